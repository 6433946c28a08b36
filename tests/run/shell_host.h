#pragma once

#include "run/protocol.h"
#include "run/told_facts.h"

#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace espresso {

/// The real runner under a shell of this machine, spoken to through pipes. Every wait ends after a minute with a throw.
class ShellHost {
 public:
  struct Answer {
    std::string word;
    std::string reason;
    std::vector<std::string> differs;  ///< "before|mode|0644|0755"
    std::string note;
    std::string status;
    std::vector<std::string> values;  ///< "size|#12"
    std::string output;
    std::string error_output;
    std::optional<std::string> old_content;
    std::optional<std::string> new_content;
    std::optional<std::string> wanted;
    std::optional<std::string> file;  ///< what came for the workstation
    bool operator==(const Answer&) const = default;
  };

  /// `command` is run by /bin/sh, like the command of an exec channel.
  ShellHost(const std::string& command, const std::vector<std::string>& library, RunnerKind kind = RunnerKind::full,
            const Tenure& tenure = {});
  ShellHost(const ShellHost&) = delete;
  ShellHost& operator=(const ShellHost&) = delete;
  ~ShellHost();

  void send(std::string_view bytes) { outgoing_ += bytes; }
  /// An operation, with content when there is any to send.
  void submit(const std::string& line, OperationFlags flags = {}, std::optional<std::string_view> content = {},
              const std::string& user = {}, const std::vector<std::string>& signals = {});
  /// Until all of that is written.
  void flush();
  /// A request that is answered like an operation; its number must be the next.
  void mark(const std::string& request) { ++submitted_, send(request); }
  /// Of the oldest operation that was not answered yet.
  Answer answer();
  std::vector<Answer> answers(std::size_t count);
  /// Of these groups; all of them when none is named.
  Map facts(std::vector<FactCatalog::Group> groups = {});
  /// What was told before the first answer: version, pid, process group, uid.
  std::vector<std::string> ready();
  /// "kind|field|field…" of what came before that and was neither.
  const std::vector<std::string>& beginnings() const { return beginnings_; }
  /// "stages|run|…" and "path" of what was told to have been taken back.
  const std::vector<std::string>& taken_back() const { return taken_back_; }
  /// The files of the journal that another run has left.
  const std::string& left_answers() const { return left_answers_; }
  const std::string& left_errors() const { return left_errors_; }
  /// Frames are told by another token from now on.
  void go_on(const std::string& token);
  /// Its output is read no more, as when a connection is gone.
  void hang_up();
  /// Ends its input; its exit status once it has ended.
  int finish();
  pid_t pid() const { return pid_; }
  const std::string& token() const { return token_; }

 private:
  void exchange();
  void take(FrameReader& frames, std::string_view data, bool is_error);
  void take_record(const Record& record);

  std::string token_;
  FrameReader output_frames_, error_frames_;
  pid_t pid_ = -1;
  int input_ = -1, output_ = -1, errors_ = -1;
  std::string outgoing_;
  std::uint64_t submitted_ = 0;
  std::vector<Answer> answers_{1};
  std::vector<std::string> ready_, beginnings_, taken_back_;
  std::string left_answers_, left_errors_;
  ToldFacts facts_;
  std::string fact_output_;
  bool facts_told_ = false;
  std::string* stream_ = nullptr;  ///< where what lies between "old" and "old-end" goes
  std::size_t results_ = 0, ends_ = 0, delivered_ = 0;
  std::vector<std::string> error_outputs_{1};
};

/// Runs a line with /bin/sh and gives its exit status.
int run_shell(const std::string& line);

}  // namespace espresso
