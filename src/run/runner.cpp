#include "run/runner.h"

#include "core/error.h"
#include "core/hash.h"
#include "core/text.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace espresso {

namespace {

// Small requests go out together, up to so many bytes.
constexpr std::size_t largest_request = 64 * 1024;
// No result may name more differences than a person would read; the rest is dropped.
constexpr std::size_t most_differences = 64;
constexpr std::size_t longest_boot_id = 64;
constexpr std::size_t most_files_told = 1000;
// What a run that was cut off has left: answers of some thousands of operations.
constexpr std::size_t largest_journal = 64 * 1024 * 1024;
constexpr std::size_t most_left_signals = 10'000;
constexpr std::size_t largest_shown_content = 256 * 1024;
// A number and a newline for each of some millions of files.
constexpr std::size_t largest_wish = 32 * 1024 * 1024;

template <typename Number>
Number number_of(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::numeric_limits<Number>::max();
  return number;
}

// Tells of what was taken back, wherever it stands.
bool take_taken_back(const Record& record, std::optional<TakenBack>& taken) {
  const auto& fields = record.fields;
  if (record.kind == "reverted" && fields.size() == 8) {
    taken = TakenBack{.stages = fields[0],
                      .run = fields[1],
                      .by = fields[2],
                      .since = fields[3],
                      .at = fields[4],
                      .why = fields[5],
                      .again = fields[6],
                      .trouble = fields[7]};
    return true;
  }
  if (record.kind != "reverted-file" || fields.size() != 1 || !taken) return false;
  if (taken->files.size() < most_files_told) taken->files.push_back(fields[0]);
  return true;
}

}  // namespace

// What waits to be sent. The writer holds it alive until it has ended.
struct Runner::Outbox {
  explicit Outbox(const asio::any_io_executor& executor, std::unique_ptr<Channel> connected)
      : channel(std::move(connected)), bell(executor) {}

  struct Item {
    std::string text;
    std::shared_ptr<const Content> content;
  };

  std::unique_ptr<Channel> channel;
  Bell bell;
  std::deque<Item> items;
  bool closing = false;    ///< end once everything is sent
  bool abandoned = false;  ///< end at once
  bool ended = false;
  bool busy = false;

  void push(std::string text) {
    // Small requests go out together.
    if (!items.empty() && !items.back().content && items.back().text.size() < largest_request)
      items.back().text += text;
    else
      items.push_back({.text = std::move(text), .content = nullptr});
    bell.ring();
  }

  static awaitable<void> send_content(Outbox& box, std::shared_ptr<const Content> content) {
    for (const auto& part : content->parts) co_await send_content(box, part);
    if (!content->text.empty()) co_await box.channel->write(content->text);
    if (!content->file) co_return;
    for (std::uint64_t number = 0; number < content->file->pieces(); ++number) {
      const std::shared_ptr<const std::string> piece = content->file->piece(number);
      co_await box.channel->write(*piece);
    }
  }

  static awaitable<void> discard_all(std::shared_ptr<Outbox> box) {
    for (bool open = true; open && !box->abandoned;) {
      const auto event = co_await box->channel->read();
      open = event && event->kind != ChannelEvent::Kind::closed;
    }
  }

  static awaitable<void> write_all(std::shared_ptr<Outbox> box) {
    for (;;) {
      while (box->items.empty() && !box->closing && !box->abandoned) co_await box->bell.wait();
      if (box->abandoned || box->items.empty()) break;
      Item item = std::move(box->items.front());
      box->items.pop_front();
      box->busy = true;
      if (!item.text.empty()) co_await box->channel->write(item.text);
      if (item.content) co_await send_content(*box, item.content);
      box->busy = false;
      box->bell.ring();
    }
  }
};

namespace {

/// Lines of a host as a part of a message.
std::string on_one_line(std::string_view text) {
  std::vector<std::string> lines;
  for (const auto& line : split(text, '\n')) {
    if (const auto words = trim(line); !words.empty()) lines.push_back(printable(words));
  }
  return join(lines, "; ");
}

}  // namespace

NoShell::NoShell(const std::string& how, std::string words, std::optional<int> exit_status)
    : Unreachable(
          fmt::format("no shell could be started ({}){}{}", how, trim(words).empty() ? "" : ": ", on_one_line(words)),
          "log in with ssh and run 'sh' there to see what is in the way"),
      words_(std::move(words)),
      exit_status_(exit_status) {}

std::string Runner::new_token() { return random_hex(16); }

Runner::Runner(asio::any_io_executor executor, std::unique_ptr<Channel> channel,
               const std::vector<std::string>& library, RunnerKind kind, const Tenure& tenure, std::string token)
    : outbox_(std::make_shared<Outbox>(executor, std::move(channel))),
      token_(std::move(token)),
      output_frames_(token_),
      error_frames_(token_) {
  outbox_->push(boot_input(token_, library, kind, tenure));
  spawn(executor, Outbox::write_all(outbox_), [box = outbox_](std::exception_ptr) {
    // What broke the connection is told by the reader, who sees it too and knows more (the runner's last words).
    box->ended = true;
    box->bell.ring();
  });
}

Runner::~Runner() {
  outbox_->abandoned = true;
  outbox_->bell.ring();
}

void Runner::ask_for_facts(std::vector<FactCatalog::Group> groups, const std::string& functions) {
  outbox_->push((functions.empty() ? "" : define_request(token_, functions)) + facts_request(groups));
  facts_asked_.push_back(std::move(groups));
}
void Runner::extend_library(const std::vector<std::string>& functions) {
  std::string text;
  for (const auto& function : functions) text += function;
  outbox_->push(define_request(token_, text));
}

void Runner::look_ahead(const std::vector<LookedInto>& files, const std::vector<std::string>& paths) {
  outbox_->push(look_request(paths, files));
}

void Runner::discard_answers(const asio::any_io_executor& executor) {
  // That the connection is lost meanwhile is told by whoever else uses it.
  spawn(executor, Outbox::discard_all(outbox_), [](std::exception_ptr) {});
}

void Runner::resume() { outbox_->push("C\n"); }

void Runner::keep_lock() {
  if (ready_ && !ready_->state.empty() && !outbox_->closing) outbox_->push("H\n");
}

void Runner::go_on() {
  outbox_->push("A\n");
  if (!ready_->left) return;
  token_ = ready_->left->token;
  output_frames_ = FrameReader(token_);
  error_frames_ = FrameReader(token_);
}

void Runner::quit(Farewell farewell) {
  constexpr std::string_view words[] = {"done", "told", "lost"};
  outbox_->push(fmt::format("Q {}\n", words[static_cast<int>(farewell)]));
  outbox_->closing = true;
  outbox_->bell.ring();
}

std::uint64_t Runner::submit(const std::shared_ptr<const Operation>& operation, const Terms& terms,
                             std::shared_ptr<const Content> content) {
  const std::uint64_t id = submitted_++;
  OperationRequest request{.flags = terms.flags,
                           .line = operation->line,
                           .key = terms.key,
                           .user = operation->user,
                           .signals = terms.signals};
  // A file may be too large to lie at the host a second time; and who reboots the host says so first.
  request.flags.live = operation->destination || operation->reboots;
  if (content) request.content_size = content->size;
  outbox_->push(operation_request(id, request));
  if (content) outbox_->items.push_back({.text = {}, .content = std::move(content)});
  Answer answer;
  answer.id = id;
  if (operation->destination && !terms.flags.check)
    answer.reception = std::make_shared<Reception>(*operation->destination);
  answer.may_reboot = operation->reboots.has_value() && !terms.flags.check;
  answers_.push_back(std::move(answer));
  return id;
}

void Runner::begin_listening(const std::string& key, const std::string& stage,
                             const std::vector<std::string>& signals) {
  outbox_->push(listen_request(submitted_, key, stage, signals));
  expect_answer();
}

void Runner::end_listening(const std::string& key, const std::string& stage) {
  outbox_->push(delivered_request(submitted_, key, stage));
  expect_answer();
}

void Runner::raise(const std::string& key, const std::vector<std::string>& signals) {
  outbox_->push(raise_request(submitted_, key, '+', signals));
  expect_answer();
}

void Runner::withdraw(const std::string& key, const std::vector<std::string>& signals) {
  outbox_->push(raise_request(submitted_, key, '!', signals));
  expect_answer();
}

void Runner::keep_mark(const std::string& key) {
  outbox_->push(mark_request(submitted_, key));
  expect_answer();
}

void Runner::forget_signals(const std::vector<std::string>& signals) {
  outbox_->push(forget_request(submitted_, signals));
  expect_answer();
}

void Runner::begin_confirm(std::chrono::seconds within, const std::string& stages) {
  outbox_->push(confirm_request(within, stages));
}

void Runner::end_confirm(const std::string& key) {
  outbox_->push(end_confirm_request(submitted_, key));
  expect_answer();
}

void Runner::confirm_here() { outbox_->push("Y\n"); }

void Runner::pause(std::chrono::seconds pause) { outbox_->push(pause_request(pause)); }

void Runner::take_back(const std::string& why) {
  outbox_->push(take_back_request(submitted_, why));
  expect_answer();
}

void Runner::expect_answer() {
  Answer answer;
  answer.id = submitted_++;
  answers_.push_back(std::move(answer));
}

awaitable<void> Runner::drain(Deadline deadline) {
  bool in_time = true;
  while (in_time && !outbox_->ended && (outbox_->busy || !outbox_->items.empty())) {
    in_time = co_await outbox_->bell.wait(deadline);
  }
}

awaitable<void> Runner::see_end(Deadline deadline) {
  for (;;) {
    const auto event = co_await outbox_->channel->read(deadline);
    if (!event || event->kind == ChannelEvent::Kind::closed || Clock::now() >= deadline) co_return;
  }
}

awaitable<std::optional<Runner::Message>> Runner::receive(Deadline deadline) {
  while (messages_.empty()) {
    std::optional<ChannelEvent> event = co_await outbox_->channel->read(deadline);
    if (!event) co_return std::nullopt;
    if (event->kind == ChannelEvent::Kind::closed) ended(*event);
    if (event->kind == ChannelEvent::Kind::output) {
      for (auto& piece : output_frames_.feed(event->data)) take_output(std::move(piece));
    } else {
      for (auto& piece : error_frames_.feed(event->data)) take_error_output(std::move(piece));
    }
    deliver_complete();
    // A host that never stops talking would keep this from ever looking at the clock.
    if (messages_.empty() && Clock::now() >= deadline) co_return std::nullopt;
  }
  Message message = std::move(messages_.front());
  messages_.pop_front();
  co_return message;
}

Answer& Runner::current_output() {
  const std::uint64_t at = output_done_ - first_;
  if (at >= answers_.size()) nonsense("an answer to an operation that was not sent");
  return answers_[at];
}

void Runner::take_output(FrameReader::Piece piece) {
  if (piece.record) return take_record(*piece.record);
  if (!ready_ && !stream_) return noise_.append(piece.output);
  if (!stream_ && output_done_ - first_ >= answers_.size()) return;  // a process left behind by an operation talks on
  if (!stream_)
    current_output().output.append(piece.output);
  else if (stream_->reception)
    stream_->reception->take(piece.output);
  else if (stream_->bytes->size() < stream_->limit)
    *stream_->bytes += piece.output;
}

void Runner::take_error_output(FrameReader::Piece piece) {
  if (piece.record) {
    if (piece.record->kind != "end" || piece.record->fields.size() != 1) nonsense(piece.record->kind);
    if (number_of<std::uint64_t>(piece.record->fields[0]) != error_done_ || error_done_ >= submitted_) nonsense("end");
    ++error_done_;
    return;
  }
  if (!ready_) error_noise_.append(piece.output);
  if (!ready_ && submitted_ == 0) return;
  const std::uint64_t at = error_done_ - first_;
  if (at < answers_.size()) answers_[at].error_output.append(piece.output);
}

void Runner::take_record(const Record& record) {
  const auto& fields = record.fields;
  const auto is = [&](std::string_view kind, std::size_t count) {
    return record.kind == kind && fields.size() == count;
  };
  if (!ready_) return take_before_ready(record);
  if (take_fact(record)) return;
  Answer& answer = current_output();
  if (take_detail(record, answer)) return;
  if (begins_stream(record, answer)) {
    if (is("old", 1)) answer.old_path = fields[0];
  } else if (ends_stream(record)) {
    stream_.reset();
  } else if (is("reboot", 0) && answer.may_reboot && !answer.goes_down) {
    answer.goes_down = true;
    messages_.emplace_back(GoingDown{});
  } else if (is("result", 3)) {
    if (number_of<std::uint64_t>(fields[0]) != answer.id) nonsense("result");
    stream_.reset();
    take_result(record, answer);
    ++output_done_;
  } else {
    nonsense(record.kind);
  }
}

void Runner::take_before_ready(const Record& record) {
  const auto& fields = record.fields;
  const auto is = [&](std::string_view kind, std::size_t count) {
    return record.kind == kind && fields.size() == count;
  };
  const auto held = [&](Held::Kind kind) {
    messages_.emplace_back(Held{
        .kind = kind, .run = fields[0], .host = fields[1], .by = fields[2], .since = fields[3], .reason = fields[4]});
  };
  auto& left = beginning_.left;
  if (take_taken_back(record, beginning_.taken_back)) return;
  if (stream_ && record.kind == stream_->end && fields.empty()) {
    stream_.reset();
  } else if (is("ready", 5)) {
    if (number_of<int>(fields[0]) != protocol_version) nonsense("protocol version " + fields[0]);
    beginning_.pid = number_of<int>(fields[1]);
    beginning_.process_group = fields[2].empty() ? 0 : number_of<int>(fields[2]);
    beginning_.boot_id = fields[3].substr(0, longest_boot_id);
    beginning_.state = fields[4];
    ready_ = std::move(beginning_);
    messages_.emplace_back(*ready_);
  } else if (is("left-signal", 1) && beginning_.left_signals.size() < most_left_signals) {
    beginning_.left_signals.push_back(fields[0]);
  } else if (is("left", 4) && !left && !fields[0].empty()) {
    left = LeftAnswers{.token = fields[0], .run = fields[1], .since = fields[2], .by = fields[3]};
  } else if (left && is("left-answers", 0)) {
    stream_ = Stream{.end = "left-answers-end", .bytes = &left->answers, .limit = largest_journal};
  } else if (left && is("left-errors", 0)) {
    stream_ = Stream{.end = "left-errors-end", .bytes = &left->errors, .limit = largest_journal};
  } else if (is("waits", 5)) {
    held(Held::Kind::waits);
  } else if (is("broken", 5)) {
    held(Held::Kind::broken);
  } else if (is("expired", 5)) {
    held(Held::Kind::expired);
  } else if (is("locked", 5)) {
    held(Held::Kind::locked);
  } else if (is("takes-back", 4)) {
    held(Held::Kind::takes_back);
  } else if (is("not-taken-back", 1)) {
    throw Error("what another run changed and nobody confirmed cannot be taken back",
                fmt::format("see '{}' at the host: 'kept' has what was there before; remove it when all is well",
                            printable(fields[0])));
  } else if (is("nothing-kept", 1)) {
    messages_.emplace_back(NothingKept{.folder = fields[0]});
  } else {
    nonsense(record.kind + " before ready");
  }
}

bool Runner::take_fact(const Record& record) {
  const auto& fields = record.fields;
  if (record.kind == "facts-end" && fields.empty()) {
    if (facts_asked_.empty()) nonsense("facts that nobody asked for");
    messages_.emplace_back(FactsTold{.groups = std::move(facts_asked_.front()), .facts = std::move(facts_)});
    facts_asked_.pop_front();
    facts_ = {};
  } else if (facts_asked_.empty()) {
    return false;
  } else if (record.kind == "fact" && !fields.empty()) {
    facts_.take(fields);
  } else if (record.kind == "fact-output" && fields.empty()) {
    // One byte more than may be: enough to know that it is too much.
    stream_ =
        Stream{.end = "fact-output-end", .bytes = &fact_output_.emplace(), .limit = ToldFacts::largest_output + 1};
  } else if (fact_output_ && record.kind == "fact-output-end" && fields.empty()) {
    stream_.reset();
  } else if (fact_output_ && !stream_ && record.kind == "fact-ended" && fields.size() == 3) {
    facts_.take_output(fields[0], *fact_output_, number_of<int>(fields[1]), fields[2]);
    fact_output_.reset();
  } else {
    return false;
  }
  return true;
}

bool take_detail(const Record& record, Answer& answer) {
  if (take_taken_back(record, answer.taken_back)) return true;
  const auto& fields = record.fields;
  const auto is = [&](std::string_view kind, std::size_t count) {
    return record.kind == kind && fields.size() == count;
  };
  if (is("differs", 4)) {
    auto& list = fields[0] == "after" ? answer.after : answer.before;
    if (list.size() < most_differences) list.push_back({.what = fields[1], .from = fields[2], .to = fields[3]});
  } else if (is("value", 2)) {
    answer.told.take(fields[0], fields[1]);
  } else if (is("status", 1)) {
    answer.exit_status = number_of<int>(fields[0]);
  } else if (is("note", 1)) {
    answer.note = fields[0];
  } else if (is("reason", 1)) {
    answer.reason = fields[0];
  } else {
    return false;
  }
  return true;
}

bool Runner::begins_stream(const Record& record, Answer& answer) {
  const auto begin = [&](std::optional<std::string>& field, std::size_t limit) {
    stream_ = Stream{.end = record.kind + "-end", .bytes = &field.emplace(), .limit = limit};
    return true;
  };
  const std::size_t count = record.fields.size();
  if (record.kind == "old" && count == 1) return begin(answer.old_content, largest_shown_content);
  if (record.kind == "new" && count == 0) return begin(answer.new_content, largest_shown_content);
  if (record.kind == "want" && count == 0) return begin(answer.wanted, largest_wish);
  if (record.kind == "file" && count == 1 && answer.reception) {
    answer.reception->begin(number_of<std::uint64_t>(record.fields[0]));
    stream_ = Stream{.end = "file-end", .reception = answer.reception.get()};
    return true;
  }
  return false;
}

bool Runner::ends_stream(const Record& record) {
  if (!stream_ || record.kind != stream_->end || record.fields.size() != (stream_->reception ? 1U : 0U)) return false;
  if (stream_->reception) stream_->reception->end(record.fields[0]);
  return true;
}

// The host has done its part of fetching a file; whether it is here shows only now.
void Runner::take_result(const Record& record, Answer& answer) {
  answer.word = record.fields[1];
  if (answer.reception && answer.word == "changed") {
    if (std::string problem = answer.reception->finish(); !problem.empty()) {
      answer.word = "failed";
      answer.reason = std::move(problem);
    }
  }
  answer.reception.reset();
}

void Runner::deliver_complete() {
  while (!answers_.empty() && output_done_ > first_ && error_done_ > first_) {
    messages_.emplace_back(std::move(answers_.front()));
    answers_.pop_front();
    ++first_;
  }
}

void Runner::nonsense(const std::string& what) {
  throw Error(fmt::format("the runner at the host answered out of turn ({})", printable(what)),
              "run with -vvv to see the conversation, and report it");
}

void Runner::ended(const ChannelEvent& event) {
  std::string how = "without a status";
  if (!event.exit_signal.empty())
    how = "killed by " + printable(event.exit_signal);
  else if (event.exit_status)
    how = fmt::format("status {}", *event.exit_status);
  if (ready_) {
    std::string last;
    if (!answers_.empty()) last = on_one_line(answers_.front().error_output.text());
    throw RunnerEnded(
        fmt::format("the shell at the host ended ({}) before it answered{}", how, last.empty() ? "" : ": " + last));
  }
  std::string words(trim(error_noise_.text()));
  if (!words.empty()) words += '\n';
  throw NoShell(how, words + noise_.text(), event.exit_status);
}

}  // namespace espresso
