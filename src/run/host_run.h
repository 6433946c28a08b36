#pragma once

#include "core/async.h"
#include "helpers/operation.h"
#include "run/confirmed_change.h"
#include "run/connection.h"
#include "run/engine.h"
#include "run/errands.h"
#include "run/event.h"
#include "run/host_slots.h"
#include "run/host_journal.h"
#include "run/result.h"
#include "run/runner.h"
#include "run/stage_board.h"
#include "run/stage_steps.h"
#include "run/workspace.h"

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace espresso {

/// What all hosts of a run share.
struct RunContext {
  asio::any_io_executor executor;
  Connector& connector;
  const Catalog& catalog;
  const FactCatalog& facts;
  Binder& binder;
  const Scope& scope;  ///< workspace_scope()
  StageBoard& board;   ///< knows hosts by their numbers
  HostSlots& slots;
  StageSteps* steps;  ///< null: nobody is asked
  Reporter& reporter;
  const RunOptions& options;
  /// How often the user interrupted: 1 means no new operations, 2 ends those running.
  const int& interrupts;
  /// The run's own time was over: it was interrupted as if by the user, twice.
  const bool& is_out_of_time;
  Errands* errands = nullptr;  ///< null: none are for other hosts
};

/// One host's walk through its plan: connect, stream the operations, read the answers, end. Its trouble ends here.
class HostRun {
 public:
  /// `errands`: what it does for others, in place of a walk of its own; null: none. Of such a host nothing is told but
  /// notices.
  HostRun(RunContext& context, std::size_t number, HostPlan plan, Connection connection,
          ErrandQueue* errands = nullptr);
  ~HostRun();
  HostRun(const HostRun&) = delete;
  HostRun& operator=(const HostRun&) = delete;

  /// Never throws; what went wrong is in outcome() and was reported.
  awaitable<void> run();
  /// What it waits for on other hosts may have come, or an interrupt.
  void wake() { bell_.ring(); }
  const std::string& name() const { return plan_.host->name; }
  Outcome outcome() const { return outcome_; }
  /// What ended it early.
  const std::optional<Error>& trouble() const { return trouble_; }
  /// It needs a new connection, which an interrupt must not keep it from.
  bool awaits_confirmation() const;

  /// The host is told that the run still wants its lock.
  void keep_lock();

  /// Tells the runner to skip what it has not begun (first interrupt), or ends what runs (second). Does not throw.
  awaitable<void> interrupt(int count);

 private:
  /// One call under way: its operations' results, for `register`.
  struct CallRun {
    std::shared_ptr<const Call> call;
    std::size_t stage = 0;
    std::shared_ptr<CallRun> component = {};  ///< the call of the component it stands in; null: it stands in the stage
    std::string title_begin = {};             ///< what its component's titles begin with
    bool keeps_results = false;
    bool is_list = false;        ///< a loop or a component, of which a list is registered
    std::size_t unanswered = 0;  ///< operations; of a component its calls, and one while more may come
    std::vector<Result> results = {};
  };
  /// A component under way: where the walk is in it.
  struct Position {
    std::shared_ptr<CallRun> component;
    std::vector<std::shared_ptr<const ComponentUse>> uses;
    std::size_t use = 0;
    std::size_t call = 0;
  };
  /// Of an operation that may be tried more than once.
  struct Tries {
    std::shared_ptr<const Operation> operation;
    std::shared_ptr<const ComponentUse> use;  ///< what its `until` sees; null: what the stage sees
    std::string key = {};                     ///< of the first try
    std::size_t made = 1;                     ///< with the one under way
    std::optional<Clock::time_point> begun = {};
  };
  /// An operation in line at the host; or a result that is known already and waits for its turn to be told; or where a
  /// stage that listens to signals begins or ends, or where signals are raised for what is done elsewhere.
  struct Pending {
    enum class Kind { operation, result, begin_listening, end_listening, raise, withdraw, heard, end_confirm };
    std::shared_ptr<CallRun> call;
    std::shared_ptr<const Operation> operation = {};  ///< of Kind::operation
    Kind kind = Kind::operation;
    Result result = {};    ///< of Kind::result
    std::string key = {};  ///< what the journal at the host knows it by
    /// What goes along: nothing at first, or a tree's manifest; then, when the host said "need", what it lacks.
    std::shared_ptr<const Content> content = {};
    bool lacks_content = false;                           ///< the host said "need", and `content` is what it lacks
    bool is_timed = false;                                ///< it counts against the time of its stage
    std::optional<std::chrono::milliseconds> limit = {};  ///< what was left of that when it was sent
    bool dropped = false;  ///< what comes of it is not told: an operation before it has failed
    std::shared_ptr<Tries> tries = {};
    std::shared_ptr<Errand> errand = {};  ///< it is another host's
  };
  /// What another host does in the place of this one.
  struct Elsewhere {
    Pending pending;
    std::shared_ptr<Errand> errand;
  };
  /// A change that has to be confirmed, while it is under way.
  struct Unconfirmed {
    ConfirmedChange change;
    bool is_bound = false;  ///< nothing more belongs to it
    bool is_sent = false;   ///< some of it went through the present connection
    bool is_confirmed = false;
    std::optional<Clock::time_point> awaits_since = {};  ///< the host has got through all of it
    std::vector<std::string> titles = {};                ///< of operations that changed something
  };
  /// What is about to be tried again.
  struct Waiting {
    Pending pending;
    Result result;  ///< of the last try
    Deadline due;
  };
  // From an established session to the runner's first answer; a login shell's rc files are in it.
  static constexpr std::chrono::milliseconds boot_timeout = std::chrono::seconds(60);

  static constexpr std::string_view ends_with_this_machine =
      "espresso runs on this machine (connection: local) and would end with it";

  using Farewell = Runner::Farewell;
  /// Part of a stage.
  enum class Section { run, rescue, always };
  /// An operation of the stage that the walk is in has failed, and `rescue` or `always` are under way.
  struct Recovery {
    std::string title = {};
    bool may_be_rescued = false;
  };
  /// Why nothing more can be sent at the moment.
  enum class Block { none, answers, facts, other_hosts, finished };

  bool begins_in_turn() const;
  void pass_by_listeners();
  awaitable<bool> come_to_turn();
  awaitable<void> work();
  awaitable<void> take_leave();
  awaitable<void> go_on_after(const Unreachable& lost);
  Tenure tenure() const;
  std::string key_of(std::string_view what);
  static std::string first_key_of(std::string_view what);
  void tell_held(const Held& held);
  void begin_after_others(const RunnerReady& ready);
  Block settle_left();
  void deliver_left_signals();
  void tell_left_signals_to_others();
  awaitable<void> settle_signals();
  awaitable<Runner::Message> expect_message();
  void tell_signals(Event event);
  Unconfirmed* unconfirmed_at(std::size_t stage);
  void see_whether_to_confirm();
  void end_unconfirmed();
  bool ends_unconfirmed_before();
  void set_keeping(const Pending& pending, OperationFlags& flags);
  void take_end_of_unconfirmed(Pending pending, const Answer& answer);
  bool may_be_taken_back() const;
  void tell_of_pause(std::chrono::milliseconds pause);
  awaitable<void> confirm();
  awaitable<void> confirm_anew(Deadline deadline);
  bool is_taken_back() const;
  void fail_unconfirmed(const TakenBack& taken, const std::string& why);
  void tell_taken_back(const TakenBack& taken, const std::string& why) const;
  void tell_taken_back_of_others(const TakenBack& taken) const;
  awaitable<void> take_back(std::string why);
  awaitable<Answer> answer_to_take_back();
  awaitable<void> leave_unconfirmed();
  void tell_left_unconfirmed() const;
  bool has_to_confirm() const;
  void restart_walk(std::vector<StagePlan> before);
  bool take_from_journal(Pending& pending);
  std::vector<std::string> signals_of(const Pending& pending) const;
  void mark_stage(Pending::Kind kind);
  void take_mark(const Pending& pending, const Answer& answer);
  void drop(const Pending& pending);
  awaitable<void> wait_for_others();
  awaitable<void> see_delivered();
  bool is_delivered(const std::string& listener);
  std::string end_what_runs(const RunnerReady& runner) const;
  awaitable<void> arrive();
  std::chrono::milliseconds patience_for_return() const;
  std::optional<std::chrono::milliseconds> awaited();
  awaitable<void> pause_before_attempt(std::size_t attempt, Deadline deadline);
  awaitable<void> connect(std::chrono::milliseconds timeout);
  awaitable<std::unique_ptr<Channel>> start(std::shared_ptr<Session> session, std::string script,
                                            Deadline deadline) const;
  awaitable<void> carry_out();
  Deadline answer_deadline() const;
  std::chrono::milliseconds limit_of(const Pending& pending) const;
  void set_limit(Pending& pending, OperationFlags& flags) const;
  bool is_within_stage(Pending& pending);
  void tell_of_stage_time(const Pending& pending, Result& result) const;
  void forget_names();
  awaitable<void> see_reboot();
  awaitable<Answer> last_words(Deadline deadline);
  awaitable<std::optional<Error>> reconnect(const std::string& former_boot, Deadline deadline,
                                            std::string_view in_time);
  awaitable<std::optional<Error>> try_to_connect(Deadline deadline);
  awaitable<void> say_goodbye();
  Unreachable no_shell(const NoShell& ended) const;
  /// No operation but fixed commands, which depend on nothing: the smaller runner will do.
  bool has_only_commands() const;
  void add_helpers(const std::shared_ptr<const Call>& call, std::vector<std::shared_ptr<const Helper>>& helpers) const;
  std::vector<std::string> library() const;
  std::vector<FactCatalog::Group> predicted_facts() const;
  Block ask_for_fact(const std::string& key);
  void take_facts(FactsTold told);
  bool asks_for_facts() const;
  void tell_facts(const Map& known);

  Block advance();
  Block bind_next();
  void send_next();
  bool is_held_up() const;
  bool will_be_held_up() const;
  bool holds_up(const Pending& pending) const;
  void go_to_next_stage();
  Block begin_stage();
  Block leave_out_stage(const Ruling& ruling);
  Ruling ask_others(const StagePlan& stage);
  Ruling ask_user(const StagePlan& stage);
  bool is_unheard(const StagePlan& stage) const;
  void hear_others(const StagePlan& stage);
  std::vector<std::size_t> raisers_of(const StagePlan& stage) const;
  bool was_heard_here(const StagePlan& stage, std::size_t host, const std::set<std::string>& runs) const;
  bool hears_what_was_left(const StagePlan& stage) const;
  void mark_heard(const StagePlan& stage);
  awaitable<void> see_acknowledged();
  bool is_at_rest() const { return is_idle() && was_connected_; }
  Map registered_in(const StagePlan& stage) const;
  void take_registered(const StagePlan& stage, const Map& values);
  Block next_of_component();
  Block begin_call(const std::shared_ptr<const Call>& call);
  Block needs_first(const std::vector<Deferred>& names);
  void enter_component(const std::shared_ptr<CallRun>& call, const Binding& binding);
  void leave_out(const std::shared_ptr<CallRun>& call, const Binding& binding);
  std::string why_not_known(const Deferred& deferred) const;
  void renew_name(const Call& call, const CallRun* registrant);
  bool is_for_elsewhere(const Pending& pending) const;
  bool must_wait(const Pending& pending) const;
  Pending mark_for_elsewhere(const Pending& pending, Pending::Kind kind);
  void send_elsewhere(Pending pending);
  bool take_from_elsewhere();
  Block bind_errand();
  void finish_errand(const Pending& pending, Result result);
  void step();
  static std::string title_of(const CallRun& call);
  void add_known(const std::shared_ptr<CallRun>& call, Outcome outcome, std::string message);
  void add_known(const std::shared_ptr<CallRun>& call, Result result);
  void send(Pending pending);
  void send_again();
  void send_all(std::list<Pending> pending);
  bool is_idle() const { return outstanding_.empty() && again_.empty() && next_.empty() && !waiting_ && !elsewhere_; }

  void take(Runner::Message message);
  void take_answer(const Answer& answer);
  void settle_known_results();
  void settle(Pending pending, Result result);
  void finish_operation(const Pending& pending, Result result);
  void may_be_tried_again(Pending& pending, const std::shared_ptr<const ComponentUse>& use) const;
  std::optional<std::string> why_not_through(const Tries& tries, Result& result);
  bool is_tried_again(Pending& pending, Result& result);
  void find_last_try(Pending& pending) const;
  awaitable<void> try_again();

  bool can_recover(std::size_t stage) const;
  void recover(const Result& failed);
  void drop_all();
  void forgo(std::size_t first, std::size_t end);
  std::size_t end_of_section() const;
  std::optional<Block> end_section();
  void begin_section(Section section);
  void give_up_rescue();
  void finish_call(CallRun& call);
  void tell_stage(std::size_t stage);
  void finish_stages();
  void finish_stage(std::size_t stage, StageEnd end, const std::string& why = {});
  void give_up();
  void tell_end();
  void fail_in(std::size_t stage);
  bool begin_aftermath();
  void resize_stages(std::size_t kept);
  void tell_board(std::size_t stage, StageEnd end);
  void keep_raised(const Pending& pending, const Result& result);
  void head_changed();
  void report(Event event) const;

  RunContext& context_;
  const std::size_t number_;  ///< among the hosts of the run
  Bell bell_;
  HostPlan plan_;
  Connection connection_;
  Scope scope_;
  std::shared_ptr<Session> session_;
  std::unique_ptr<Runner> runner_;

  std::size_t stage_ = 0;  ///< position of the walk
  std::size_t call_ = 0;
  bool stage_begun_ = false;
  Section section_ = Section::run;
  std::optional<Recovery> recovery_;
  std::vector<Position> components_;  ///< within that call: a component, one that it calls, …
  // Lists: empty, they take nothing, and most hosts of a large run wait for their turn or have ended.
  std::list<Pending> next_;         ///< bound, not sent
  std::list<Pending> outstanding_;  ///< sent, not answered, in the order of the answers
  std::list<Pending> again_;        ///< answered "need", or skipped because of one: to be sent again, in order
  std::unique_ptr<Waiting> waiting_;
  std::unique_ptr<Elsewhere> elsewhere_;
  ErrandQueue* const errands_;                                 ///< null: it has a walk of its own
  std::vector<std::shared_ptr<const Helper>> errand_helpers_;  ///< that were asked of it
  bool walk_ended_ = false;  ///< a failure is known that the host has not been told of
  bool failed_ = false;
  std::set<FactCatalog::Group> facts_asked_;
  std::size_t facts_awaited_ = 0;  ///< how often facts were asked for that are not told yet
  bool was_surprised_ = false;     ///< a fact was read that was not asked for beforehand
  std::map<std::string, std::string, std::less<>> fact_failures_;  ///< by name of a user's fact
  std::optional<Clock::time_point> going_down_since_;              ///< the last of `outstanding_` reboots the host
  std::map<std::string, const CallRun*> registrants_;  ///< the latest call to register a name, null when none is left
  std::set<std::string, std::less<>> never_known_;     ///< registered results that check mode cannot have
  std::vector<Outcome> stage_outcomes_;
  std::vector<bool> stage_skipped_;                  ///< what it requires failed elsewhere
  std::vector<bool> stage_quiet_;                    ///< none of its signals is raised
  std::vector<std::set<std::string>> stage_raised_;  ///< of what is heard on other hosts
  std::optional<std::size_t> failed_in_;             ///< the stage
  bool is_aftermath_ = false;                        ///< it failed, and only what listens to that goes on
  bool has_told_end_ = false;
  bool has_given_up_ = false;        ///< other hosts know that nothing more comes from here
  std::size_t told_stages_ = 0;      ///< stages whose start was reported
  std::size_t finished_stages_ = 0;  ///< stages whose end was reported
  std::size_t index_ = 0;
  std::map<std::string, std::size_t, std::less<>> keys_;  ///< how often each was given out
  /// The host has told what was left there, and until that is looked through it skips all it is sent.
  bool looks_through_left_ = false;
  bool told_connected_ = false;
  bool was_connected_ = false;                                  ///< a runner has been ready
  HostJournal journal_;                                         ///< what was left there and has not been used
  bool goes_on_ = false;                                        ///< a run was cut off there
  std::vector<std::string> left_signals_;                       ///< until they are put into the walk
  std::set<std::pair<std::string, std::string>> former_marks_;  ///< of the journal that was left: key and run
  std::set<std::size_t> heard_from_;  ///< other hosts of which something was heard, which they keep until they know
  std::set<std::string> heard_in_;    ///< runs that were cut off, in which something was heard and not told any more
  bool keeps_what_it_heard_ = false;  ///< one of them may still
  std::set<std::string> listeners_elsewhere_;  ///< stages to which something that was raised here is still to come
  std::set<std::string> undelivered_to_;       ///< those to which it has not come
  bool waits_for_lock_ = false;
  std::size_t interrupts_under_way_ = 0;
  bool takes_leave_ = false;  ///< nothing is left but that the host forgets the run
  Clock::time_point begun_{};
  Clock::time_point head_since_{};  ///< when the first of `outstanding_` became the first
  std::map<Outcome, std::size_t> counts_;
  std::size_t rescued_ = 0;
  std::map<std::size_t, Clock::time_point> stages_since_;  ///< of those with a time: when the first operation was sent
  std::map<std::size_t, std::string> stage_remarks_;       ///< by stage: what is told at its end
  std::deque<Unconfirmed> unconfirmed_;                    ///< in the order of the walk
  /// Which of them the runner was told of last: its first stage, and how many stages it is about.
  std::optional<std::pair<std::size_t, std::size_t>> told_confirm_;
  Outcome outcome_ = Outcome::skipped;
  std::optional<Error> trouble_;
};

}  // namespace espresso
