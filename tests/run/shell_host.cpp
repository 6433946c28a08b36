#include "shell_host.h"

#include "core/hash.h"
#include "core/text.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace espresso {

namespace {

constexpr int longest_wait_ms = 60'000;

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  return ends;
}

}  // namespace

ShellHost::ShellHost(const std::string& command, const std::vector<std::string>& library, RunnerKind kind,
                     const Tenure& tenure)
    : token_(random_hex(16)), output_frames_(token_), error_frames_(token_) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto in = make_pipe(), out = make_pipe(), err = make_pipe();
  pid_ = fork();
  if (pid_ == 0) {
    std::signal(SIGPIPE, SIG_DFL);
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  close(err[1]);
  input_ = in[1];
  output_ = out[0];
  errors_ = err[0];
  fcntl(input_, F_SETFL, O_NONBLOCK);
  send(boot_input(token_, library, kind, tenure));
}

ShellHost::~ShellHost() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  for (const int descriptor : {input_, output_, errors_}) {
    if (descriptor >= 0) close(descriptor);
  }
}

void ShellHost::submit(const std::string& line, OperationFlags flags, std::optional<std::string_view> content,
                       const std::string& user, const std::vector<std::string>& signals) {
  OperationRequest request{
      .flags = flags, .line = line, .key = "key" + std::to_string(submitted_), .user = user, .signals = signals};
  if (content) request.content_size = content->size();
  send(operation_request(submitted_++, request));
  if (content) send(*content);
}

void ShellHost::go_on(const std::string& token) {
  send("A\n");
  token_ = token;
  output_frames_ = FrameReader(token);
  error_frames_ = FrameReader(token);
}

void ShellHost::hang_up() {
  for (int* descriptor : {&output_, &errors_}) {
    close(*descriptor);
    *descriptor = -1;
  }
}

void ShellHost::take_record(const Record& record) {
  const auto& [kind, fields] = record;
  Answer& answer = answers_.back();
  if (kind == "ready")
    ready_ = fields;
  else if (kind == "fact")
    facts_.take(fields);
  else if (kind == "facts-end")
    facts_told_ = true;
  else if (kind == "left-answers")
    stream_ = &left_answers_;
  else if (kind == "left-errors")
    stream_ = &left_errors_;
  else if (kind == "differs")
    answer.differs.push_back(join(fields, "|"));
  else if (kind == "value")
    answer.values.push_back(join(fields, "|"));
  else if (kind == "note")
    answer.note = fields.at(0);
  else if (kind == "status")
    answer.status = fields.at(0);
  else if (kind == "reason")
    answer.reason = fields.at(0);
  else if (kind == "old")
    stream_ = &answer.old_content.emplace();
  else if (kind == "new")
    stream_ = &answer.new_content.emplace();
  else if (kind == "want")
    stream_ = &answer.wanted.emplace();
  else if (kind == "file")
    stream_ = &answer.file.emplace();
  else if (kind == "reverted" || kind == "reverted-file")
    taken_back_.push_back(join(fields, "|"));
  else if (kind.ends_with("-end"))
    stream_ = nullptr;
  else if (ready_.empty())
    beginnings_.push_back(kind + "|" + join(fields, "|"));
  if (kind != "result") return;
  if (fields.at(0) != std::to_string(results_)) throw std::runtime_error("result out of turn: " + fields[0]);
  answer.word = fields.at(1);
  stream_ = nullptr;
  ++results_;
  answers_.emplace_back();
}

void ShellHost::take(FrameReader& frames, std::string_view data, bool is_error) {
  for (const auto& piece : frames.feed(data)) {
    if (!is_error && piece.record)
      take_record(*piece.record);
    else if (!is_error && stream_)
      *stream_ += piece.output;
    else if (!is_error)
      answers_.back().output += piece.output;
    else if (!piece.record)
      error_outputs_.back() += piece.output;
    else if (piece.record->fields.at(0) != std::to_string(ends_))
      throw std::runtime_error("end out of turn");
    else
      ++ends_, error_outputs_.emplace_back();
  }
}

void ShellHost::exchange() {
  std::array<pollfd, 3> set{
      {{output_, POLLIN, 0}, {errors_, POLLIN, 0}, {outgoing_.empty() ? -1 : input_, POLLOUT, 0}}};
  if (poll(set.data(), set.size(), longest_wait_ms) <= 0) throw std::runtime_error("the runner is silent");
  std::array<char, 65536> buffer{};
  for (const bool is_error : {false, true}) {
    auto& entry = set[is_error];
    if (entry.revents == 0) continue;
    const ssize_t length = read(entry.fd, buffer.data(), buffer.size());
    if (length > 0)
      take(is_error ? error_frames_ : output_frames_, {buffer.data(), static_cast<std::size_t>(length)}, is_error);
    else if (!is_error)
      throw std::runtime_error("the runner has ended: " + error_outputs_.back());
    else
      close(errors_), errors_ = -1;
  }
  if (set[2].revents == 0) return;
  const ssize_t written = write(input_, outgoing_.data(), outgoing_.size());
  if (written > 0)
    outgoing_.erase(0, static_cast<std::size_t>(written));
  else if (errno != EAGAIN)
    throw std::runtime_error("the runner reads no more: " + error_outputs_.back());
}

ShellHost::Answer ShellHost::answer() {
  while (results_ <= delivered_ || ends_ <= delivered_) exchange();
  Answer answer = answers_[delivered_];
  answer.error_output = error_outputs_[delivered_];
  ++delivered_;
  return answer;
}

std::vector<ShellHost::Answer> ShellHost::answers(std::size_t count) {
  std::vector<Answer> all;
  while (all.size() < count) all.push_back(answer());
  return all;
}

Map ShellHost::facts(std::vector<FactCatalog::Group> groups) {
  if (groups.empty()) groups = FactCatalog().groups();
  facts_told_ = false;
  facts_ = {};
  send(define_request(token_, fact_functions(groups)) + facts_request(groups));
  while (!facts_told_) exchange();
  return facts_.values;
}

std::vector<std::string> ShellHost::ready() {
  while (ready_.empty()) exchange();
  return ready_;
}

void ShellHost::flush() {
  while (!outgoing_.empty()) exchange();
}

int ShellHost::finish() {
  flush();
  close(input_);
  input_ = -1;
  // Until the end of its output: what it still answers is taken.
  try {
    while (output_ >= 0) exchange();
  } catch (const std::runtime_error&) {
  }
  std::array<char, 65536> buffer{};
  for (ssize_t length; errors_ >= 0 && (length = read(errors_, buffer.data(), buffer.size())) > 0;)
    take(error_frames_, {buffer.data(), static_cast<std::size_t>(length)}, true);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  for (const int descriptor : {output_, errors_}) {
    if (descriptor >= 0) close(descriptor);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run_shell(const std::string& line) {
  const int status = std::system(line.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

}  // namespace espresso
