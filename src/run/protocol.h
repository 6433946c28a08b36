#pragma once

#include "helpers/facts.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

// The protocol between the engine and the runner, the `sh` at the host (runner.sh). All of it is text lines but
// content.
//
// The command of the channel is boot_script(), run by sh: it reads the token (the first line of stdin: never in argv,
// where any local user could read it), then the library up to a line equal to the token, evaluates it and serves
// requests.
//
// Requests, engine to runner, one line each:
//   F <function>…              tell the facts that these functions of the library tell
//   D                          more of the library follows, up to a line equal to the token
//   P                          look at paths beforehand; a line follows: r_look PATH…; r_look_into SIZE PATH …
//                              (one stat for all, one sha256sum for those files that have the size of what they should
//                              hold)
//   O <id> <flags> <bytes> <key> <signals> [<user>]
//                              an operation; its line follows, then <bytes> bytes of content ("-": it is not sent)
//                              flags: c check mode, d old content wanted for a diff, i go on after a failure, l what it
//                              writes goes to the engine while it runs; at the end t or T and the seconds that it may
//                              take, by t already while it checks; "-" none
//                              of what has to be confirmed (confirm.sh): k of the stage itself, j between it and what
//                              listens to it, K of a stage that listens
//                              key: what it is known by in the journal; signals: raised where it changes something,
//                              with commas between, "-" none; user: run it in a shell of that user, which is started
//                              for it
//   L <id> <key> <stage> <signal>…
//                              what follows is of that stage, up to its E: it only runs where one of these signals is
//                              raised and not yet delivered to the stage; answered ok or quiet
//   E <id> <key> <stage>       the stage has got through: its signals are delivered
//   R <id> <key> <+|!> <signal>…
//                              these are raised, or withdrawn, for what is done on another host; answered ok
//   M <id> <key>               that the run has come this far is kept in the journal; answered ok
//   K <seconds> <stage>…       operations with k, j or K that follow are to be confirmed within that time
//   B <seconds>                nothing comes for so long, and that is no reason to take anything back
//   V <id> <key>               here ends what is to be confirmed: answered ok where nothing is, else "need", and what
//                              follows is skipped until C
//   Y                          it is confirmed, by this connection
//   U <id> <key> <why>         what is not confirmed is taken back: "changed" when it was, ok where there is nothing
//   C                          leave skip mode
//   H                          the run still wants the host's lock (state.sh); sent now and then to a host that has one
//   A                          leave the skip mode that began with what another run has left; from here on records are
//                              framed by the token that the journal is framed by
//   Q done | told | lost       end: everything is told and delivered; all but signals; the journal is still needed
// Requests are sent back to back. After an operation that failed (without `i`) or that lacks its content ("need"), the
// runner is in skip mode: it answers "skipped" to every operation, reading and dropping its content, until C. In skip
// mode that began with "need" it still runs the *check* of operations whose content was left out and answers "need" for
// those that lack theirs too, so that one more round trip brings all that is missing. A runner that finds what another
// run has left at the host (state.sh) begins in skip mode, and stays so until A. SIGUSR1 to the runner (an
// interrupt): what runs ends, all that follows is skipped for good; C does not change that.
//
// An operation's line assigns parameters and starts it, all in a subshell of its own with stdin from /dev/null:
//   path='/etc/motd' mode='0644' content_kind=inline content_text='hello'; h_fs_ensure_file; run_operation 'arg' …
// Every parameter of the helper is assigned; those not given are empty and not in $given (" path mode ").
// Content: content_kind is none, inline (content_text), blob (content_sha256, content_size, and content_cksum of large
// content) or tree (manifest_size: so many bytes of content are the manifest, which always comes; what follows is the
// archive of what was wanted, tree.h).
// Of a destination on the workstation, local_sha256 and local_size tell the file that is there; empty: there is none.
// What follows such an operation is sent when it is answered: whether the file has arrived is not for the host to know.
// `sensitive` set: no old content is sent.
//
// Answers, runner to engine, on stdout between whatever the operation itself writes there:
//   \nTOKEN <kind>[US<field>]…US\n     (US: the byte 0x1F; fields hold none, do not begin with \n, and are cut at 4 KB)
//
//   waits | broken | expired | locked <run> <host> <by> <since> <reason>
//                              another run holds the host: this one waits, has broken the lock, has taken one that
//                              nobody wants any more, or ends
//   nothing-kept <folder>      nothing can be kept at the host
//   takes-back <run> <host> <by> <since>
//                              what another run changed was not confirmed; before anything else it is taken back
//   not-taken-back <folder>    that cannot be done: it ends
//   reverted <stages> <run> <by> <since> <at> <why> <again> <trouble>
//                              it was taken back, for that reason; so many operations were run again; what went wrong.
//                              Also in the answer to U. It is followed by
//   reverted-file <path>       one for each path that was put back
//   left-signal <line>         what is left of signals: +NAME raised by the run in the @RUN before it, -STAGE delivered
//                              to it
//   left <token> <run> <since> <by>
//                              a run did not end in order; its answers follow, framed by that token:
//   left-answers bytes left-answers-end  left-errors bytes left-errors-end
//   ready <version> <pid> <process group> <boot id> <folder>     a runner for commands tells no more than its pid
//   fact <.key>… <value>…              values at the place below `facts` that the keys name, each its kind, its name,
//   "=" and
//                                      itself: "=" text, "#" whole number, "k" that many KiB, "s" that many sectors of
//                                      512 bytes, "?" boolean, "[" an empty list, "-" an item of a list; none: an empty
//                                      mapping
//   fact-output bytes fact-output-end  what a user's own fact wrote; then:
//   fact-ended <name> <status> <words> its exit status and error output
//   facts-end                          all that one F asked for is told
//   differs <before|after> <what> <from> <to>     what check found, before and after apply
//   old <path> bytes old-end           the former content of a file, for a diff; no bytes: a new file
//   new bytes new-end                  what it will hold, where only the helper knows
//   want bytes want-end                with "need" for a tree: numbers of the manifest's entries, a line each
//   file <size> bytes file-end <sha256>   a file for the workstation, of an operation with a destination (reception.h)
//   value <name> <text>                a part of the registered result; the text begins with its kind: "=" text, "#"
//                                      number, "?" boolean, "[" an empty list, "-" an item, "+" more of the one before
//   reboot                             the host is about to go down; no result may come of this operation
//   status <n>                         exit status of the command that shell.run ran
//   reason <text>                      why it is unknown, or what failed
//   note <text>                        to be told to the user whatever the outcome
//   run <id>                   in the journal only: what follows is of this run
//   undone <key>               in the journal only: what that operation changed has been taken back
//   begun <key>                in the journal only: an operation that cannot tell by checking whether it was done
//   begins result <id> <ok|changed|failed|skipped|would-change|unknown|need|quiet> <key>
// and on stderr, after all that the operation wrote there:
//   end <id>
// An operation is over when both its result and its end have come.

constexpr int protocol_version = 3;

/// The line of `sh` that is a runner once it has read boot_input(). It can be quoted for any login shell.
std::string_view boot_script();
/// The command that runs such a line as the user who logged in.
std::string shell_command(std::string_view script, std::string_view shell = "/bin/sh");

/// For commands: one that knows nothing but O, C and Q, and of operations those of shell.run that give a line or words
/// and nothing else (commands.sh). It begins sooner.
enum class RunnerKind { full, for_commands };

/// For whom a runner works: it takes the host's lock in that name, and keeps a journal (state.sh).
struct Tenure {
  std::string run = {};              ///< its id; empty: nothing is kept, no lock taken (check mode)
  std::string host = {};             ///< the host's name in that run
  std::string by = {};               ///< user@workstation
  std::string since = {};            ///< when the run began, in UTC
  std::string reason = {};           ///< what for
  std::string place = {};            ///< the folder at the host, or its name below that for the state of programs
  std::chrono::seconds patience{0};  ///< how long to wait for a lock
  bool breaks_lock = false;
  std::chrono::seconds longest{1800};  ///< how long an operation may take where nothing else is said
};

/// How often hosts are told that a run still wants their locks; and how long nothing may be heard of one whose runner
/// does nothing, before another run takes its lock. In whole minutes, as find(1) has them.
constexpr std::chrono::seconds lock_renewal{30};
constexpr std::chrono::minutes lock_expiry{5};

/// What is sent first: token, library (runner, prelude, the helpers' functions), token. A runner for commands takes no
/// functions and no tenure.
std::string boot_input(const std::string& token, const std::vector<std::string>& helper_functions,
                       RunnerKind kind = RunnerKind::full, const Tenure& tenure = {});

/// What hosts need besides where a stage has `confirm`: part of the helpers' functions.
std::string confirm_functions();

/// The definition of a helper's function for boot_input().
std::string wrap_helper(const std::string& function, std::string_view body);

/// The functions that tell these facts, and what they are written with: for boot_input() or define_request().
std::string fact_functions(const std::vector<FactCatalog::Group>& groups);
/// The requests to add to the library, and to tell the facts of these groups, whose functions it holds.
std::string define_request(const std::string& token, const std::string& functions);
std::string facts_request(const std::vector<FactCatalog::Group>& groups);

/// What an operation is to a change that has to be confirmed.
enum class Keeping {
  none,    ///< it has nothing to do with it
  own,     ///< it is of the stage itself: what it changes has to be confirmed
  joined,  ///< it comes before what listens to the stage
  again,   ///< it is of a stage that listens: it is run again when all is taken back
};

struct OperationFlags {
  bool check = false;
  bool diff = false;
  bool ignore_errors = false;
  bool live = false;                               ///< what it writes goes to the engine while it runs
  std::optional<std::chrono::seconds> limit = {};  ///< how long it may take
  bool is_watched_at_once = false;                 ///< not just from when it changes something
  Keeping keeping = Keeping::none;
};
/// A file at the host that content is meant for: only one of the same size can hold it already.
struct LookedInto {
  std::string path;
  std::uint64_t size = 0;
};
/// The request to look at paths and into files before the operations that will check them. What was seen is forgotten
/// as soon as an operation may have changed something. Paths that hold a newline or backslash are left out.
std::string look_request(const std::vector<std::string>& paths, const std::vector<LookedInto>& files);

/// An operation as it is asked for.
struct OperationRequest {
  OperationFlags flags = {};
  std::string line = {};
  std::optional<std::uint64_t> content_size = {};  ///< so many bytes will follow
  std::string key = {};                            ///< what it is known by in the journal
  std::string user = {};                           ///< as whom it is run; empty: as the runner's own
  std::vector<std::string> signals = {};           ///< raised where it changes something
};
/// The request without its content.
std::string operation_request(std::uint64_t id, const OperationRequest& request);

/// The requests that stand before and after the operations of a stage that listens to signals.
std::string listen_request(std::uint64_t id, const std::string& key, const std::string& stage,
                           const std::vector<std::string>& signals);
std::string delivered_request(std::uint64_t id, const std::string& key, const std::string& stage);
/// The request to raise ('+') or withdraw ('!') signals.
std::string raise_request(std::uint64_t id, const std::string& key, char how, const std::vector<std::string>& signals);

std::string mark_request(std::uint64_t id, const std::string& key);

/// The requests about a change that has to be confirmed: what it is; that it ends here; that nothing comes for a while;
/// to take it back.
std::string confirm_request(std::chrono::seconds within, const std::string& stages);
std::string end_confirm_request(std::uint64_t id, const std::string& key);
std::string pause_request(std::chrono::seconds pause);
std::string take_back_request(std::uint64_t id, const std::string& why);
/// The script for a new connection to confirm it: it writes confirmed_word, or what stands in its way.
std::string confirm_script(const std::string& state_folder, const std::string& run);
constexpr std::string_view confirmed_word = "espresso: confirmed";

/// The request to forget what was raised under these names; all of it, when there are none.
std::string forget_request(std::uint64_t id, const std::vector<std::string>& signals);

/// One record of the runner's stdout or stderr.
struct Record {
  std::string kind;
  std::vector<std::string> fields;
};

/// Takes the bytes of one stream apart into records and output. Strict: a malformed record is output, and what a record
/// may hold is bounded, since hosts are not trusted.
class FrameReader {
 public:
  explicit FrameReader(std::string token) : token_(std::move(token)) {}
  struct Piece {
    std::optional<Record> record;
    std::string output;  ///< when there is no record
  };
  /// The pieces that are complete with this data. Output comes as soon as it cannot be part of a record.
  std::vector<Piece> feed(std::string_view data);

 private:
  std::string token_;
  std::string pending_;
};

/// Output of one operation, bounded: its head and its tail are kept, the cut is told.
class BoundedText {
 public:
  explicit BoundedText(std::size_t limit = 128 * 1024) : limit_(limit) {}
  void append(std::string_view data);
  bool empty() const { return total_ == 0; }
  std::uint64_t total() const { return total_; }
  bool is_cut() const { return total_ > limit_; }
  /// "head… [1234 bytes left out] …tail" when it was cut.
  std::string text() const;

 private:
  std::size_t limit_;
  std::string head_, tail_;
  std::uint64_t total_ = 0;
};

}  // namespace espresso
