// simulation - the engine at work on very many hosts, without a machine for any of them: plans are made and carried out
// as in any run, the sessions are in memory, and what answers is a double of the runner (simulated_host.h). Tells what
// it took, and ends with 1 when something was not as it must be (expectation.h).
//
//   simulation [--hosts 100000] [--operations 25] [--rolling 5%] … (--help)
#include "expectation.h"
#include "simulated_host.h"

#include "core/text.h"
#include "helpers/operation.h"
#include "model/stage_file.h"
#include "report/journal.h"
#include "run/engine.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <fstream>
#include <random>
#include <sys/resource.h>

namespace espresso::simulation {
namespace {

struct Parameters {
  std::size_t hosts = 100000;
  std::size_t operations = 25;
  std::size_t before = 0;
  std::string rolling = "5%";
  std::string max_failures = "5%";
  double failures = 0.01;
  unsigned seed = 1;
  unsigned latency = 0;
  unsigned renewal = 30000;
  std::string journal = {};
};

// What this process has taken so far.
struct Cost {
  Clock::time_point time = Clock::now();
  double cpu = 0;
  double memory = 0;  ///< MB at this time
};

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// Of /proc/self/status, in MB.
double memory(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1)) / 1024;
  return 0;
}

Cost cost_now() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {.cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime), .memory = memory("VmRSS")};
}

// Half of the operations are the same on all hosts, half are bound for each.
std::string stages_of(const Parameters& parameters) {
  std::string text = "stages:\n";
  std::size_t number = 0;
  const auto add = [&](std::size_t count) {
    text += "    run:\n";
    for (std::size_t i = 0; i < count; ++i, ++number) {
      if (number % 2 == 0)
        text += fmt::format("      - fs.ensure_directory: {{path: /srv/app/{}, mode: 0755, owner: root}}\n", number);
      else
        text +=
            fmt::format("      - shell.run: {{line: 'install {0} {{{{ host.name }}}}', creates: /srv/{0}}}\n", number);
      if (number == parameters.before) text += "        signal: deployed\n";
    }
  };
  if (parameters.before > 0) {
    text += "  before:\n";
    add(parameters.before);
  }
  text +=
      fmt::format("  deploy:\n    rolling: {}\n    max_failures: {}\n", parameters.rolling, parameters.max_failures);
  if (parameters.before > 0) text += "    requires: before\n";
  add(parameters.operations - parameters.before);
  text += "  reload:\n    on: deployed\n    run: [shell.run: reload]\n";
  return text;
}

// One in two hosts changes something and reloads; those that fail do so anywhere, or are not there.
std::vector<SimulatedHost> make_hosts(const Parameters& parameters) {
  std::vector<SimulatedHost> hosts(parameters.hosts);
  std::mt19937_64 random(parameters.seed);
  const auto chance = [&] { return static_cast<double>(random() >> 11) / static_cast<double>(1ULL << 53); };
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    hosts[i].name = Expectation::name_of(i);
    Fate& fate = hosts[i].fate;
    if (random() % 2 == 0) fate.changes = parameters.before;
    if (chance() >= parameters.failures) continue;
    if (random() % 2 == 0)
      fate.is_unreachable = true;
    else
      fate.fails_at = random() % (parameters.operations + (fate.changes == Fate::never ? 0 : 1));
    if (fate.fails_at == fate.changes) fate.changes = Fate::never;
  }
  return hosts;
}

Workspace make_workspace(const Parameters& parameters) {
  Workspace workspace;
  const std::string names = fmt::format("\"h[{}:{}]\"", Expectation::name_of(0).substr(1),
                                        Expectation::name_of(parameters.hosts - 1).substr(1));
  const std::string inventory = "all: {hosts: {" + names + ": }, vars: {site: simulated, user: root}}\n";
  workspace.inventory = Inventory::parse(std::make_shared<Source>(Source{"inventory.yaml", inventory}));
  Diagnostics diagnostics;
  StageFiles files = parse_stages(std::make_shared<Source>(Source{"stages.yaml", stages_of(parameters)}), diagnostics);
  files.stages.check(diagnostics);
  diagnostics.throw_if_any();
  workspace.stages = std::move(files.stages);
  return workspace;
}

StageTerms terms_of(const Workspace& workspace, const std::string& stage) {
  for (const auto& turn : workspace.stages.order({stage}, "STAGE"))
    if (turn.stage->name() == stage) return turn.stage->terms();
  return {};
}

void tell(const std::string& what, const Cost& begin, const Cost& end) {
  fmt::print("{:<11} {:8.2f} s  CPU {:8.2f} s  then resident {:8.1f} MB\n", what,
             std::chrono::duration<double>(end.time - begin.time).count(), end.cpu - begin.cpu, end.memory);
}

int simulate(const Parameters& parameters) {
  const Cost start = cost_now();
  const Workspace workspace = make_workspace(parameters);
  std::vector<SimulatedHost> hosts = make_hosts(parameters);
  const std::size_t deploy = parameters.operations - parameters.before;
  Expectation expectation({.hosts = parameters.hosts, .before = parameters.before, .deploy = deploy},
                          terms_of(workspace, "deploy"), hosts);
  Behaviour behaviour{.latency = std::chrono::microseconds(parameters.latency)};
  behaviour.on_operation = [&](const SimulatedHost& host) { expectation.begins_operation(host); };
  RunOptions options;
  options.tenure = {.run = "simulated", .by = "me@here", .since = "now"};
  options.lock_renewal = std::chrono::milliseconds(parameters.renewal);
  options.open_session = [&](const Host& host) -> awaitable<std::unique_ptr<Session>> {
    SimulatedHost& simulated = hosts[std::stoul(host.name.substr(1))];
    if (simulated.fate.is_unreachable) {
      expectation.is_lost(simulated);
      throw Unreachable("it is not there");
    }
    co_return open_simulated_session(simulated, behaviour);
  };
  const Cost loaded = cost_now();
  Evaluator evaluator;
  Binder binder(workspace.catalog, evaluator);
  auto plans = plan_hosts(workspace, workspace.stages.order({"deploy"}, "STAGE"), workspace.inventory.hosts(), binder);
  const Cost planned = cost_now();
  std::unique_ptr<Reporter> journal;
  if (!parameters.journal.empty()) journal = make_journal({.folder = parameters.journal}, {}, expectation);
  const RunResult result =
      run_hosts(workspace, std::move(plans), binder, options, journal ? *journal : static_cast<Reporter&>(expectation));
  const Cost done = cost_now();

  fmt::print("{} hosts x {} operations, rolling {}, max_failures {}\n", parameters.hosts, parameters.operations,
             parameters.rolling, parameters.max_failures);
  for (const auto& [outcome, count] : expectation.ends()) fmt::print("{:<11} {:8}\n", word(outcome), count);
  fmt::print("{:<11} {:8} at the same time, {} operations carried out\n", "at most", expectation.most_at_once(),
             expectation.operations());
  tell("loaded", start, loaded);
  tell("planned", loaded, planned);
  tell("carried out", planned, done);
  const double peak = memory("VmHWM");
  fmt::print("{:<11} {:8.1f} MB, {:.1f} KB a host, {:.1f} KB of that beyond what is loaded\n", "peak", peak,
             peak * 1024 / static_cast<double>(parameters.hosts),
             (peak - loaded.memory) * 1024 / static_cast<double>(parameters.hosts));
  fmt::print("{:<11} {:8.1f} us of CPU, the doubles' own included\n", "operation",
             (done.cpu - planned.cpu) * 1e6 / static_cast<double>(std::max<std::size_t>(1, expectation.operations())));
  std::size_t signs_of_life = 0;
  for (const auto& host : hosts) signs_of_life += host.signs_of_life;
  fmt::print("{:<11} {:8} times\n", "held anew", signs_of_life);
  const auto complaints = expectation.complaints(result.hosts);
  for (const auto& complaint : complaints) fmt::print(stderr, "simulation: {}\n", complaint);
  return complaints.empty() ? 0 : 1;
}

}  // namespace
}  // namespace espresso::simulation

int main(int argc, char** argv) {
  using namespace espresso;
  simulation::Parameters parameters;
  CLI::App app("the engine at work on hosts in memory");
  app.add_option("--hosts", parameters.hosts)->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--operations", parameters.operations, "on each host")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--before", parameters.before, "so many of them are of a stage that does not roll")
      ->capture_default_str();
  app.add_option("--rolling", parameters.rolling)->capture_default_str();
  app.add_option("--max-failures", parameters.max_failures)->capture_default_str();
  app.add_option("--failures", parameters.failures, "chance of a host to fail, or not to be there")
      ->capture_default_str();
  app.add_option("--seed", parameters.seed)->capture_default_str();
  app.add_option("--latency", parameters.latency, "of each answer, in microseconds")->capture_default_str();
  app.add_option("--renewal", parameters.renewal, "after so many milliseconds hosts are told again that they are held")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--journal", parameters.journal, "a folder for the journal of the run");
  CLI11_PARSE(app, argc, argv);
  if (parameters.before >= parameters.operations) {
    fmt::print(stderr, "simulation: --before leaves no operation to the stage that rolls\n");
    return 2;
  }
  try {
    return simulation::simulate(parameters);
  } catch (const std::exception& error) {
    fmt::print(stderr, "simulation: {}\n", error.what());
  }
  return 1;
}
