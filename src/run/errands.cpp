#include "run/errands.h"

#include "run/host_run.h"

#include <fmt/format.h>

namespace espresso {

namespace {

/// Stands for what is carried out for other hosts, which is part of their stages.
class ErrandStage : public Stage {
 public:
  std::string name() const override { return "delegated operations"; }
  std::string doc() const override { return "What is carried out here for other hosts."; }
  void run(Plan&) const override {}
};

HostPlan plan_of(const std::shared_ptr<const Host>& host) {
  HostPlan plan{.host = host, .stages = {}, .destinations = nullptr};
  plan.stages.push_back({.stage = std::make_shared<ErrandStage>(), .calls = {}});
  return plan;
}

}  // namespace

struct Errands::Place {
  /// `shared` without what makes the hosts of the run wait for each other: nobody waits for this one but by errands.
  Place(const RunContext& shared, const std::shared_ptr<const Host>& host, Connection connection, bool is_beside)
      : queue{.is_beside_own_walk = is_beside},
        board({host->name}, [](std::size_t) {}),
        slots(shared.executor, 1),
        context{.executor = shared.executor,
                .connector = shared.connector,
                .catalog = shared.catalog,
                .facts = shared.facts,
                .binder = shared.binder,
                .scope = shared.scope,
                .board = board,
                .slots = slots,
                .steps = nullptr,
                .reporter = shared.reporter,
                .options = shared.options,
                .interrupts = shared.interrupts,
                .is_out_of_time = shared.is_out_of_time} {
    HostPlan plan = plan_of(host);
    board.expect(plan.stages.front().stage->name(), 0);
    run = std::make_unique<HostRun>(context, 0, std::move(plan), std::move(connection), &queue);
  }

  ErrandQueue queue;
  StageBoard board;
  HostSlots slots;
  RunContext context;
  std::unique_ptr<HostRun> run;
};

namespace {

void fail(const std::shared_ptr<Errand>& errand, const std::string& host, const Error& why) {
  const Operation& operation = *errand->operation;
  Result result = result_without_answer(*operation.call, operation.title, Outcome::failed,
                                        why.within(fmt::format("'{}'", host)).what());
  result.ignored = operation.call->ignore_errors;
  errand->finish(std::move(result));
}

}  // namespace

void Errand::finish(std::optional<Result> outcome) {
  result = std::move(outcome);
  is_done = true;
  if (tell_done) tell_done();
}

Errands::Errands(RunContext& context, const Workspace& workspace, std::set<std::string> walking, Start start)
    : context_(context), workspace_(workspace), walking_(std::move(walking)), start_(std::move(start)) {}

Errands::~Errands() = default;

void Errands::ask(const std::string& host, const std::shared_ptr<Errand>& errand) {
  try {
    if (const auto lost = lost_.find(host); lost != lost_.end()) throw Error(lost->second);
    auto& place = places_[host];
    if (!place) place = open(host);
    place->queue.waiting.push_back(errand);
    place->run->wake();
  } catch (const Error& error) {
    if (!places_[host]) places_.erase(host);
    fail(errand, host, error);
  }
}

std::shared_ptr<Errands::Place> Errands::open(const std::string& name) {
  const auto host = workspace_.inventory.find_host(name);
  if (!host) throw Error("the inventory has no such host");
  Diagnostics diagnostics;
  Connection connection = connection_of(*host, context_.options.connection, diagnostics);
  if (!diagnostics.empty()) throw Error(diagnostics.all().front().message, diagnostics.all().front().hint);
  const auto place = std::make_shared<Place>(context_, host, std::move(connection), walking_.contains(name));
  start_({place, place->run.get()}, [this, name] { end(name); });
  return place;
}

// What it has not done by then is not done.
void Errands::end(const std::string& host) {
  const auto place = std::move(places_[host]);
  places_.erase(host);
  const auto& trouble = place->run->trouble();
  if (trouble && trouble->kind() == Error::Kind::unreachable) lost_.emplace(host, *trouble);
  std::vector<std::shared_ptr<Errand>> left(place->queue.under_way.begin(), place->queue.under_way.end());
  left.insert(left.end(), place->queue.waiting.begin(), place->queue.waiting.end());
  for (const auto& errand : left) {
    if (trouble)
      fail(errand, host, *trouble);
    else
      errand->finish(std::nullopt);
  }
}

void Errands::close() {
  for (const auto& [host, place] : places_) {
    place->queue.is_closed = true;
    place->run->wake();
  }
}

std::vector<std::shared_ptr<HostRun>> Errands::hosts() const {
  std::vector<std::shared_ptr<HostRun>> hosts;
  for (const auto& [name, place] : places_) hosts.emplace_back(place, place->run.get());
  return hosts;
}

}  // namespace espresso
