#include "run/engine.h"

#include "core/async.h"
#include "core/text.h"
#include "run/board_setup.h"
#include "run/connection_notices.h"
#include "run/host_run.h"

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <fmt/format.h>

#include <csignal>
#include <sys/resource.h>

namespace espresso {

namespace {

// Two descriptors a host (Asio's and libssh's copy), and some for everything else.
constexpr rlim_t descriptors_per_host = 2;
constexpr rlim_t other_descriptors = 64;

// How many hosts the limit of open files allows at once; the soft limit is raised as far as it goes.
std::size_t hosts_by_descriptors(std::size_t hosts) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return hosts;
  const rlim_t wanted = hosts * descriptors_per_host + other_descriptors;
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? wanted : std::min(wanted, limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= wanted) return hosts;
  return std::max<std::size_t>(1,
                               (limit.rlim_cur - std::min(limit.rlim_cur, other_descriptors)) / descriptors_per_host);
}

// For the sessions to jump hosts to end.
constexpr auto goodbye_timeout = std::chrono::seconds(2);

class Run {
 public:
  Run(const Workspace& workspace, std::vector<HostPlan> plans, Binder& binder, const RunOptions& options,
      Reporter& reporter)
      : workspace_(workspace), plans_(std::move(plans)), binder_(binder), options_(options), reporter_(reporter) {}

  RunResult carry_out() {
    const Clock::time_point begun = Clock::now();
    std::vector<Connection> connections = connect_settings();
    announce(connections);
    Connector& connector = connector_.emplace(io_.get_executor(), connector_options());
    load_identities(connector, connections);
    const Scope scope = workspace_scope(workspace_);
    StageBoard board(names_of_hosts(), [this](std::size_t host) {
      if (hosts_[host]) hosts_[host]->wake();
    });
    set_up(board, plans_);
    std::size_t forks = options_.open_session ? plans_.size() : hosts_by_descriptors(plans_.size());
    if (options_.forks > 0) forks = std::min(forks, options_.forks);
    HostSlots slots(io_.get_executor(), forks);
    std::optional<StageSteps> steps;
    if (options_.stage_question)
      steps.emplace(io_.get_executor(), board, options_.stage_question, steps_of_plans(),
                    StageSteps::Calls{.wake_all = [this] { wake_hosts(); },
                                      .quit =
                                          [this] {
                                            if (interrupts_ == 0) interrupt("quit: nothing new is begun", "");
                                          }});
    steps_ = steps ? &*steps : nullptr;
    std::set<std::string> walking;
    for (const auto& plan : plans_) walking.insert(plan.host->name);
    RunContext context{.executor = io_.get_executor(),
                       .connector = connector,
                       .catalog = workspace_.catalog,
                       .facts = workspace_.facts,
                       .binder = binder_,
                       .scope = scope,
                       .board = board,
                       .slots = slots,
                       .steps = steps_,
                       .reporter = reporter_,
                       .options = options_,
                       .interrupts = interrupts_,
                       .is_out_of_time = is_out_of_time_};
    errands_.emplace(context, workspace_, std::move(walking),
                     [this](const std::shared_ptr<HostRun>& host, std::function<void()> ended) {
                       ++under_way_;
                       spawn(io_.get_executor(), host->run(), [this, host, ended](std::exception_ptr failure) {
                         ended();
                         this->ended(failure);
                       });
                     });
    context.errands = &*errands_;
    for (std::size_t i = 0; i < plans_.size(); ++i)
      hosts_.push_back(std::make_shared<HostRun>(context, i, std::move(plans_[i]), std::move(connections[i])));
    connections = {};
    plans_ = {};
    under_way_ = walks_ = hosts_.size();
    for (auto& host : hosts_) {
      spawn(io_.get_executor(), host->run(), [this, &host](std::exception_ptr failure) {
        result_.hosts[host->name()] = host->outcome();
        host.reset();  // what it holds is not needed any more, and many may be to come
        if (--walks_ == 0) errands_->close();
        ended(failure);
      });
    }
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    listen_for_interrupts();
    if (options_.run_timeout) end_after(*options_.run_timeout);
    if (!options_.tenure.run.empty()) keep_locks();
    if (under_way_ == 0) stop_listening();
    io_.run();
    if (failure_) std::rethrow_exception(failure_);
    result_.interrupted = is_interrupted_;
    reporter_.on({.kind = Event::Kind::run_finished,
                  .duration = since(begun),
                  .check = options_.check,
                  .interrupted = result_.interrupted});
    return std::move(result_);
  }

 private:
  std::vector<std::string> names_of_hosts() const {
    std::vector<std::string> names;
    for (const auto& plan : plans_) names.push_back(plan.host->name);
    return names;
  }

  std::vector<Connection> connect_settings() const {
    Diagnostics diagnostics;
    std::vector<Connection> connections;
    for (const auto& plan : plans_) connections.push_back(connection_of(*plan.host, options_.connection, diagnostics));
    diagnostics.throw_if_any();
    return connections;
  }

  Connector::Options connector_options() {
    auto options = options_.connector;
    options.notice = [this](const std::string& message, const std::string& hint) {
      asio::post(io_, [this, message, hint] {
        reporter_.on({.kind = Event::Kind::notice, .message = message, .hint = hint});
      });
    };
    return options;
  }

  // Key files are read once, before any host is touched.
  static void load_identities(Connector& connector, const std::vector<Connection>& connections) {
    std::set<std::string> loaded;
    for (const auto& connection : connections) {
      for (const auto& file : connection.named_identities) {
        if (connection.local || !loaded.insert(file).second) continue;
        try {
          connector.load_identity(file);
        } catch (const Error& error) {
          throw Mistakes(Diagnostic{.span = {}, .message = error.what(), .hint = error.hint()});
        }
      }
    }
  }

  void announce(const std::vector<Connection>& connections) {
    Event event{.kind = Event::Kind::run_started, .check = options_.check};
    std::set<std::string> stages;
    for (const auto& plan : plans_) {
      event.hosts.push_back(plan.host->name);
      for (const auto& stage : plan.stages) {
        if (stages.insert(stage.stage->name()).second) event.stages.push_back(stage.stage->name());
        event.stage_hosts[stage.stage->name()].push_back(plan.host->name);
      }
    }
    for (const auto& plan : plans_) {
      for (const auto& stage : plan.stages) {
        const std::string name = stage.stage->name();
        const StageTerms terms = stage.stage->terms();
        if (!terms.rolling.empty() && !event.stage_batches.contains(name))
          event.stage_batches[name] = batch_sizes(terms, event.stage_hosts[name].size());
      }
    }
    reporter_.on(event);
    for (const auto& notice : connection_notices(plans_, connections)) reporter_.on(notice);
  }

  void listen_for_interrupts() {
    signals_.async_wait([this](asio::error_code error, int) {
      if (error) return;
      const bool is_first = interrupts_ == 0;
      interrupt(is_first ? "interrupted: what runs is let finish, nothing new is begun"
                         : "interrupted again: what runs is ended",
                is_first ? "interrupt once more to end what runs" : "");
      if (steps_) steps_->interrupt();
      listen_for_interrupts();
    });
  }

  void end_after(std::chrono::milliseconds time) {
    run_limit_.expires_after(time);
    run_limit_.async_wait([this, time](asio::error_code error) {
      if (error) return;
      is_out_of_time_ = true;
      interrupts_ = std::max(interrupts_, 2);
      reporter_.on({.kind = Event::Kind::notice,
                    .message = fmt::format("the run's {} are over: what runs is ended, nothing new is begun",
                                           render_duration(time))});
      interrupt_hosts();
      if (steps_) steps_->interrupt();
    });
  }

  // What hosts hear of a run that has nothing for them to do: they are held until it has ended.
  void keep_locks() {
    lock_renewal_.expires_after(options_.lock_renewal);
    lock_renewal_.async_wait([this](asio::error_code error) {
      // What is due already when the last host ends cannot be cancelled any more.
      if (error || under_way_ == 0) return;
      for (const auto& host : hosts_)
        if (host) host->keep_lock();
      for (const auto& host : errands_->hosts()) host->keep_lock();
      keep_locks();
    });
  }

  void wake_hosts() {
    for (const auto& host : hosts_)
      if (host) host->wake();
    for (const auto& host : errands_->hosts()) host->wake();
  }

  void interrupt(const std::string& message, const std::string& hint) {
    ++interrupts_;
    is_interrupted_ = true;
    reporter_.on({.kind = Event::Kind::notice, .message = message, .hint = hint});
    interrupt_hosts();
  }

  void interrupt_hosts() {
    wake_hosts();
    // Who waits for a new connection to confirm what was changed still gets one.
    const bool is_awaited =
        std::any_of(hosts_.begin(), hosts_.end(), [](const auto& host) { return host && host->awaits_confirmation(); });
    if (interrupts_ > 1 || !is_awaited) connector_->abandon();
    for (const auto& host : hosts_) {
      if (!host) continue;
      ++under_way_;
      // It may have ended before this has.
      spawn(io_.get_executor(), host->interrupt(std::min(interrupts_, 2)),
            [this, host](std::exception_ptr failure) { ended(failure); });
    }
    for (const auto& host : errands_->hosts()) {
      ++under_way_;
      spawn(io_.get_executor(), host->interrupt(std::min(interrupts_, 2)),
            [this, host](std::exception_ptr failure) { ended(failure); });
    }
  }

  void stop_listening() {
    signals_.cancel();
    run_limit_.cancel();
    lock_renewal_.cancel();
  }

  std::vector<StageSteps::Step> steps_of_plans() const {
    std::vector<StageSteps::Step> steps;
    for (const auto& name : options_.stage_order) steps.push_back({.stage = name});
    for (std::size_t host = 0; host < plans_.size(); ++host) {
      for (const auto& stage : plans_[host].stages) {
        for (auto& step : steps) {
          if (step.stage != stage.stage->name()) continue;
          step.hosts.push_back(host);
          step.only_on_signal = step.only_on_signal || stage.only_on_signal;
        }
      }
    }
    return steps;
  }

  void ended(std::exception_ptr failure) {
    if (failure && !failure_) failure_ = failure;
    if (--under_way_ > 0) return;
    stop_listening();
    // With the hosts has ended what needs jump hosts.
    spawn(io_.get_executor(), connector_->close(Clock::now() + goodbye_timeout), [this](std::exception_ptr broken) {
      if (broken && !failure_) failure_ = broken;
    });
  }

  const Workspace& workspace_;
  std::vector<HostPlan> plans_;
  Binder& binder_;
  const RunOptions& options_;
  Reporter& reporter_;
  asio::io_context io_{1};
  asio::signal_set signals_{io_};
  asio::steady_timer run_limit_{io_};
  asio::steady_timer lock_renewal_{io_};
  std::vector<std::shared_ptr<HostRun>> hosts_;  ///< null: it has ended
  std::optional<Errands> errands_;
  std::size_t walks_ = 0;  ///< under way
  RunResult result_;
  std::size_t under_way_ = 0;
  int interrupts_ = 0;
  bool is_interrupted_ = false;  ///< by the user
  bool is_out_of_time_ = false;
  std::exception_ptr failure_;
  StageSteps* steps_ = nullptr;
  std::optional<Connector> connector_;  // ends first: its threads post to io_
};

}  // namespace

RunResult run_hosts(const Workspace& workspace, std::vector<HostPlan> plans, Binder& binder, const RunOptions& options,
                    Reporter& reporter) {
  return Run(workspace, std::move(plans), binder, options, reporter).carry_out();
}

}  // namespace espresso
