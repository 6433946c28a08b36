#include "simulated_host.h"

#include "core/text.h"

#include <fmt/format.h>

#include <deque>
#include <functional>
#include <set>

namespace espresso::simulation {

namespace {

// What a line of the protocol holds, blank by blank.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}
  std::string_view next() {
    const std::size_t end = std::min(rest_.find(' '), rest_.size());
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return word;
  }
  bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

/// The runner: takes what the engine writes, and tells what it answers on stdout and stderr.
class SimulatedRunner {
 public:
  SimulatedRunner(SimulatedHost& host, const Behaviour& behaviour) : host_(host), behaviour_(behaviour) {
    ++host_.begun;
  }

  void take(std::string_view data) {
    pending_ += data;
    if (!is_ready_ && !boot()) return;
    std::size_t begin = 0;
    while (!has_ended_) {
      const std::size_t end = pending_.find('\n', begin);
      if (end == std::string::npos) break;
      serve(std::string_view(pending_).substr(begin, end - begin));
      begin = end + 1;
    }
    keep_from(begin);
  }
  std::string take_output() { return std::exchange(output_, {}); }
  std::string take_errors() { return std::exchange(errors_, {}); }
  bool has_ended() const { return has_ended_; }

 private:
  // The library ends with a line that is the token.
  bool boot() {
    const std::size_t first = pending_.find('\n');
    if (first == std::string::npos) return false;
    const std::string end = "\n" + pending_.substr(0, first) + "\n";
    const std::size_t library = pending_.find(end, first);
    if (library == std::string::npos) return false;
    token_ = pending_.substr(0, first);
    keep_from(library + end.size());
    is_ready_ = true;
    record(output_, {"ready", "3", "1", "1", "simulated", "/simulated/" + host_.name});
    return true;
  }

  // A string that is assigned to would keep the room of the library.
  void keep_from(std::size_t begin) { std::string(pending_, begin).swap(pending_); }

  void serve(std::string_view line) {
    ++host_.lines;
    if (awaits_operation_) return carry_out();
    if (awaits_paths_) {
      awaits_paths_ = false;
      return;
    }
    Words words(line);
    const std::string_view request = words.next();
    if (request == "O") {
      id_ = words.next();
      words.next();
      if (words.next() != "-") return end_at(line);  // content
      key_ = words.next();
      signals_ = words.next();
      awaits_operation_ = true;
    } else if (request == "P") {
      awaits_paths_ = true;
    } else if (request == "L") {
      const std::string id(words.next());
      const std::string key(words.next());
      words.next();
      is_quiet_ = true;
      while (!words.empty()) is_quiet_ = is_quiet_ && !raised_.contains(words.next());
      answer(id, skips_ ? "skipped" : is_quiet_ ? "quiet" : "ok", key);
    } else if (request == "E") {
      const std::string id(words.next());
      answer(id, skips_ ? "skipped" : is_quiet_ ? "quiet" : "ok", words.next());
      is_quiet_ = false;
    } else if (request == "C") {
      skips_ = false;
    } else if (request == "H") {
      ++host_.signs_of_life;
    } else if (request == "Q") {
      host_.said_goodbye = host_.said_goodbye || words.next() != "lost";
      has_ended_ = true;
    } else {
      end_at(line);
    }
  }
  // Whoever writes to a host hears of no exception.
  void end_at(std::string_view line) {
    host_.not_understood = line;
    has_ended_ = true;
  }

  void carry_out() {
    awaits_operation_ = false;
    if (skips_ || is_quiet_) return answer(id_, skips_ ? "skipped" : "quiet", key_);
    if (behaviour_.on_operation) behaviour_.on_operation(host_);
    if (behaviour_.keeps_keys) host_.keys.push_back(key_);
    const std::size_t number = host_.operations++;
    const bool fails = number == host_.fate.fails_at;
    const bool changes = number == host_.fate.changes;
    skips_ = fails;
    if (fails) record(output_, {"reason", "as was foreseen"});
    if (changes) record(output_, {"differs", "before", "what", "from", "to"});
    if (changes && signals_ != "-")
      for (const auto& signal : split(signals_, ',')) raised_.insert(std::string(signal));
    answer(id_, fails ? "failed" : changes ? "changed" : "ok", key_);
  }

  void answer(std::string_view id, std::string_view word, std::string_view key) {
    record(output_, {"result", id, word, key});
    record(errors_, {"end", id});
  }
  void record(std::string& stream, std::initializer_list<std::string_view> words) const {
    stream += '\n';
    stream += token_;
    char separator = ' ';
    for (const auto word : words) {
      stream += separator;
      stream += word;
      separator = '\x1f';
    }
    stream += "\x1f\n";
  }

  SimulatedHost& host_;
  const Behaviour& behaviour_;
  std::string token_, pending_, output_, errors_;
  std::string id_, key_, signals_;  ///< of the operation whose line is awaited
  std::set<std::string, std::less<>> raised_;
  bool is_ready_ = false;
  bool awaits_operation_ = false;
  bool awaits_paths_ = false;
  bool skips_ = false;
  bool is_quiet_ = false;
  bool has_ended_ = false;
};

class SimulatedChannel : public Channel {
 public:
  SimulatedChannel(const asio::any_io_executor& executor, SimulatedHost& host, const Behaviour& behaviour)
      : runner_(host, behaviour), latency_(behaviour.latency), bell_(executor) {}

  awaitable<void> write(std::string_view data, Deadline /*deadline*/) override {
    if (runner_.has_ended()) throw Error("the command has ended and takes no more input");
    runner_.take(data);
    add(ChannelEvent::Kind::output, runner_.take_output());
    add(ChannelEvent::Kind::error_output, runner_.take_errors());
    bell_.ring();
    co_return;
  }
  awaitable<void> send_eof() override { co_return; }
  awaitable<std::optional<ChannelEvent>> read(Deadline deadline) override {
    while (!has_come()) {
      if (unread_.empty() && runner_.has_ended())
        co_return ChannelEvent{.kind = ChannelEvent::Kind::closed, .exit_status = 0};
      const bool awaits_due = !unread_.empty() && unread_.front().due < deadline;
      const bool is_early = co_await bell_.wait(awaits_due ? unread_.front().due : deadline);
      if (!is_early && !awaits_due) co_return std::nullopt;
    }
    ChannelEvent event = std::move(unread_.front().event);
    unread_.pop_front();
    co_return event;
  }

 private:
  struct Unread {
    ChannelEvent event;
    Deadline due;
  };
  bool has_come() const { return !unread_.empty() && (latency_.count() == 0 || unread_.front().due <= Clock::now()); }
  void add(ChannelEvent::Kind kind, std::string data) {
    if (data.empty()) return;
    const Deadline due = latency_.count() == 0 ? Deadline() : Clock::now() + latency_;
    unread_.push_back({.event = {.kind = kind, .data = std::move(data)}, .due = due});
  }

  SimulatedRunner runner_;
  std::chrono::microseconds latency_;
  Bell bell_;
  std::deque<Unread> unread_;
};

class SimulatedSession : public Session {
 public:
  SimulatedSession(SimulatedHost& host, const Behaviour& behaviour) : host_(host), behaviour_(behaviour) {}
  awaitable<std::unique_ptr<Channel>> exec(std::string /*command*/, Deadline /*deadline*/) override {
    const auto executor = co_await asio::this_coro::executor;
    co_return std::make_unique<SimulatedChannel>(executor, host_, behaviour_);
  }
  awaitable<void> close(Deadline /*deadline*/) override { co_return; }

 private:
  SimulatedHost& host_;
  const Behaviour& behaviour_;
};

}  // namespace

std::unique_ptr<Session> open_simulated_session(SimulatedHost& host, const Behaviour& behaviour) {
  return std::make_unique<SimulatedSession>(host, behaviour);
}

}  // namespace espresso::simulation
