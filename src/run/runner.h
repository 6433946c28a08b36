#pragma once

#include "core/async.h"
#include "helpers/operation.h"
#include "run/event.h"
#include "run/protocol.h"
#include "run/reception.h"
#include "run/told_facts.h"
#include "run/told_values.h"
#include "ssh/session.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace espresso {

/// What a host has taken back because nobody confirmed it.
struct TakenBack {
  std::string stages = {};
  std::string run = {};
  std::string by = {};
  std::string since = {};  ///< when the run began
  std::string at = {};     ///< when it was taken back
  std::string why = {};
  std::string again = {};    ///< how many operations of stages that listen were run again
  std::string trouble = {};  ///< what could not be put back or run again, and why
  std::vector<std::string> files = {};
};

/// What the runner told about one operation.
struct Answer {
  std::uint64_t id = 0;
  std::string word;                ///< ok, changed, failed, skipped, would-change, unknown, need
  std::vector<Difference> before;  ///< what check found
  std::vector<Difference> after;   ///< what it still found after apply
  std::string reason;
  std::string note;  ///< what is to be told to the user whatever the outcome
  std::optional<TakenBack> taken_back;
  std::optional<int> exit_status;
  std::optional<std::string> old_content;  ///< of `old_path`, when a diff was asked for
  std::optional<std::string> new_content;  ///< what the helper makes of it, where only the helper knows
  std::string old_path;
  std::optional<std::string> wanted;     ///< of "need" to a tree: the numbers of what the host lacks, a line each
  std::shared_ptr<Reception> reception;  ///< of the file that it may send, until the result has come
  bool may_reboot = false;               ///< its operation may take the host down …
  bool goes_down = false;                ///< … and has said that it does
  ToldValues told;
  BoundedText output;
  BoundedText error_output;
};

/// The runner ended before it was there.
class NoShell : public Unreachable {
 public:
  NoShell(const std::string& how, std::string words, std::optional<int> exit_status);
  const std::string& words() const { return words_; }  ///< what the host said until then
  std::optional<int> exit_status() const { return exit_status_; }

 private:
  std::string words_;
  std::optional<int> exit_status_;
};

/// The runner ended though it was not told to.
class RunnerEnded : public Error {
 public:
  using Error::Error;
};

/// What a run that did not end in order has left of its answers: files, framed by a token of their own.
struct LeftAnswers {
  std::string token = {};
  std::string run = {};    ///< its id
  std::string since = {};  ///< when it began
  std::string by = {};     ///< who ran it
  std::string answers = {};
  std::string errors = {};
};

/// Another run that holds the host, or did until now; or whose changes have to be taken back first.
struct Held {
  enum class Kind { waits, broken, expired, locked, takes_back };
  Kind kind = Kind::waits;
  std::string run = {};
  std::string host = {};  ///< the host's name in it
  std::string by = {};
  std::string since = {};
  std::string reason = {};
};

/// Nothing can be kept at the host.
struct NothingKept {
  std::string folder = {};
};

/// The runner answers.
struct RunnerReady {
  int pid = 0;
  int process_group = 0;     ///< 0: that of the process, which was not asked for
  std::string boot_id = {};  ///< another one after each start of the system; empty: the host tells none
  std::string state = {};    ///< the folder of the journal; empty: none is kept
  /// What was left here. When there is any of it, what was sent before is answered "skipped", up to go_on().
  std::optional<LeftAnswers> left = {};
  std::vector<std::string> left_signals = {};  ///< "@RUN", "+NAME", "-STAGE" (state.sh)
  std::optional<TakenBack> taken_back = {};
};

/// The host is about to go down, as an operation that reboots it says. The answer to it may never come.
struct GoingDown {};

/// The facts asked for, complete.
struct FactsTold {
  std::vector<FactCatalog::Group> groups;  ///< what was asked for
  ToldFacts facts;
};

/// Adds to the answer what this record tells of it, if it is one of those that stand for themselves.
bool take_detail(const Record& record, Answer& answer);

/// The long-lived `sh` at a host that executes operations, seen from here: requests go out back to back, answers come
/// in in the same order. Requests are queued without waiting; a writer of its own sends them.
class Runner {
 public:
  using Message = std::variant<RunnerReady, Held, NothingKept, FactsTold, GoingDown, Answer>;

  /// `library` are the helpers' functions (protocol.h, wrap_helper). Starts the writer at once. The token is what makes
  /// answers told from output: nobody may guess it.
  Runner(asio::any_io_executor executor, std::unique_ptr<Channel> channel, const std::vector<std::string>& library,
         RunnerKind kind = RunnerKind::full, const Tenure& tenure = {}, std::string token = new_token());
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  ~Runner();

  /// `functions` (protocol.h, fact_functions) are sent first, unless they are part of the library.
  void ask_for_facts(std::vector<FactCatalog::Group> groups, const std::string& functions = {});
  /// Adds to the library.
  void extend_library(const std::vector<std::string>& functions);
  /// What the checks of these operations will look at is looked at together, in one process for all.
  void look_ahead(const std::vector<LookedInto>& files, const std::vector<std::string>& paths);
  /// How an operation is run, beside what it is.
  struct Terms {
    OperationFlags flags = {};
    std::string key = {};                   ///< what it is known by in the journal
    std::vector<std::string> signals = {};  ///< raised where it changes something
  };
  /// `content` is sent along, if any. Returns the id the answer will carry.
  std::uint64_t submit(const std::shared_ptr<const Operation>& operation, const Terms& terms,
                       std::shared_ptr<const Content> content);
  /// What follows is only run where the stage has signals to be delivered; answered "ok", or "quiet" like all of it.
  void begin_listening(const std::string& key, const std::string& stage, const std::vector<std::string>& signals);
  /// They are delivered.
  void end_listening(const std::string& key, const std::string& stage);
  /// They are raised for a change that is about to be made on another host; or withdrawn: it was not made.
  void raise(const std::string& key, const std::vector<std::string>& signals);
  void withdraw(const std::string& key, const std::vector<std::string>& signals);
  /// The journal tells that it has come to this mark.
  void keep_mark(const std::string& key);
  /// What was raised under these names is forgotten; without any, all of it. Answered "changed".
  void forget_signals(const std::vector<std::string>& signals);
  /// What follows is to be confirmed in time, as far as its flags say so (OperationFlags::keeping).
  void begin_confirm(std::chrono::seconds within, const std::string& stages);
  /// Here it ends: answered "ok" where there is nothing to confirm, else "need". Then all that follows is skipped.
  void end_confirm(const std::string& key);
  /// This connection confirms it.
  void confirm_here();
  /// Nothing comes for so long.
  void pause(std::chrono::seconds pause);
  /// What is not confirmed is taken back. Answered "changed", "ok" where there is nothing, or "failed".
  void take_back(const std::string& why);
  /// Leave skip mode.
  void resume();
  /// Leave the skip mode that began with what was left. Nothing else may be under way.
  void go_on();
  /// Tells a host that keeps a lock for this run that the run still wants it.
  void keep_lock();
  /// From now on nobody receives: what the host still says is read and dropped, so that it holds nothing up.
  void discard_answers(const asio::any_io_executor& executor);
  /// Ends the runner once it has done what it was sent.
  enum class Farewell {
    done,  ///< all is told, all signals are delivered
    told,  ///< all is told
    lost,  ///< the journal is still needed
  };
  void quit(Farewell farewell);

  /// The next message; nothing when the deadline passed. Throws Unreachable when the connection is lost, Error when the
  /// runner ended or talks nonsense.
  awaitable<std::optional<Message>> receive(Deadline deadline);
  /// Waits until all requests are handed to the connection, or it failed, or the deadline passed.
  awaitable<void> drain(Deadline deadline);
  /// After quit(): waits until the runner has ended, or the deadline passed. Throws Unreachable when the connection is
  /// lost before.
  awaitable<void> see_end(Deadline deadline);

  /// What has come so far of the next answer; there must be one that has not been received.
  const Answer& unfinished_answer() const { return answers_.at(0); }

  /// Set once the runner is ready.
  const std::optional<RunnerReady>& ready() const { return ready_; }

 private:
  static std::string new_token();
  struct Outbox;  // shared with the writer, which may outlive this object by a moment

  void take_output(FrameReader::Piece piece);
  void take_error_output(FrameReader::Piece piece);
  void take_record(const Record& record);
  void take_before_ready(const Record& record);
  bool take_fact(const Record& record);
  bool begins_stream(const Record& record, Answer& answer);
  bool ends_stream(const Record& record);
  static void take_result(const Record& record, Answer& answer);
  void deliver_complete();
  Answer& current_output();
  void expect_answer();
  [[noreturn]] void ended(const ChannelEvent& event);
  [[noreturn]] static void nonsense(const std::string& what);

  std::shared_ptr<Outbox> outbox_;
  std::string token_;
  FrameReader output_frames_;
  FrameReader error_frames_;
  std::optional<RunnerReady> ready_;
  RunnerReady beginning_;  ///< what has come of it so far
  /// What came before it was ready: an rc file's words, or why it did not start.
  BoundedText noise_{8 * 1024};
  BoundedText error_noise_{8 * 1024};
  std::uint64_t submitted_ = 0;
  std::deque<Answer> answers_;  ///< those not delivered yet; the front has id `first_`
  std::uint64_t first_ = 0;
  std::uint64_t output_done_ = 0;  ///< results of all ids below this have come
  std::uint64_t error_done_ = 0;   ///< ends of all ids below this have come
  /// What the host sends between two records ("old" … "old-end") goes to a field of the current answer.
  struct Stream {
    std::string end;
    std::string* bytes = nullptr;
    std::size_t limit = 0;
    Reception* reception = nullptr;  ///< "file": the bytes go there instead
  };
  std::optional<Stream> stream_;
  std::deque<std::vector<FactCatalog::Group>> facts_asked_;
  ToldFacts facts_;
  std::optional<std::string> fact_output_;  ///< of a user's own, until its end is told
  std::deque<Message> messages_;
};

}  // namespace espresso
