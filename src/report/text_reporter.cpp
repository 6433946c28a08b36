#include "report/text_reporter.h"

#include "core/text.h"
#include "report/folding.h"
#include "report/live_block.h"
#include "report/summary.h"
#include "report/wording.h"

#include <fmt/format.h>

#include <optional>
#include <ostream>
#include <unordered_set>
#include <utility>

namespace espresso {

namespace {

using Kind = Event::Kind;

class TextReporter : public Reporter {
 public:
  TextReporter(std::ostream& out, TextOptions options)
      : out_(out),
        options_(std::move(options)),
        wording_({.color = options_.color, .diff = options_.diff, .all_output = options_.verbosity > 0}),
        summary_(wording_) {
    if (options_.is_terminal && !options_.quiet) block_.emplace(options_.width, options_.now);
  }

  void on(const Event& event) override {
    const std::string text = lines(event);
    has_told_ = has_told_ || !text.empty();
    const std::string written = block_ ? block_->update(event, text) : text;
    if (!written.empty()) out_ << written << std::flush;
  }

 private:
  // What the event lets be told now.
  std::string lines(const Event& event) {
    switch (event.kind) {
      case Kind::run_started:
        folding_.expect(event.hosts, event.stage_hosts, event.stage_batches);
        return {};
      case Kind::operation_finished:
        return event.result ? operation_finished(event, *event.result) : std::string();
      case Kind::stage_finished:
        return stage_finished(event);
      case Kind::host_finished:
        return host_finished(event);
      case Kind::taken_back:
      case Kind::notice:
        return "note: " + printable(event.message) + "\n" + wording_.hint(event.hint);
      case Kind::run_finished:
        return run_finished(event);
      default:
        return {};
    }
  }

  std::string operation_finished(const Event& event, const Result& result) {
    summary_.operation_finished(event);
    const bool is_failure = result.outcome == Outcome::failed;
    const bool ends_the_host = is_failure && !result.ignored;
    Folding::Bucket said;
    if (ends_the_host || is_shown(result)) {
      const bool is_note = !result.note.empty() && result.outcome == Outcome::ok;
      said = {.label = is_note ? "log" : wording_.label(result),
              .text = wording_.sentence(event.stage, result),
              .details = wording_.details(result)};
    }
    folding_.pass(event.stage, event.host, !ends_the_host && is_shown(result) ? &said : nullptr);
    const std::string text = told(folding_.take_complete());
    return ends_the_host ? text + at_once(said, event.host) : text;
  }

  std::string stage_finished(const Event& event) {
    const Folding::Bucket said{.label = wording_.label(event.outcome),
                               .text = printable(event.stage) + ": " + printable(event.message),
                               .details = wording_.hint(event.hint)};
    folding_.leave(event.stage, event.host, event.message.empty() || options_.quiet ? nullptr : &said);
    return told(folding_.take_complete());
  }

  std::string host_finished(const Event& event) {
    summary_.host_finished(event);
    folding_.leave_all(event.host);
    std::string text = told(folding_.take_complete());
    const bool went_wrong = event.outcome == Outcome::failed || event.outcome == Outcome::unreachable;
    if (event.message.empty() || !went_wrong) return text;
    return text +
           at_once({wording_.label(event.outcome), printable(event.message), wording_.hint(event.hint)}, event.host);
  }

  // A blank line parts the summary from what was told before it.
  std::string run_finished(const Event& event) {
    const std::string rest = told(folding_.take_all());
    if (options_.quiet) return rest;
    const std::string summary = summary_.text(event);
    return rest + (has_told_ || !rest.empty() ? "\n" + summary : summary);
  }

  bool is_shown(const Result& result) const {
    if (options_.quiet) return false;
    return options_.verbosity > 0 || !result.note.empty() ||
           (result.outcome != Outcome::ok && result.outcome != Outcome::skipped);
  }

  // Details that have been told before, on another host, are not told again.
  std::string at_once(const Folding::Bucket& said, const std::string& host) {
    const bool is_news = told_details_.insert(said.details).second;
    return line(said, {host}) + (is_news ? said.details : std::string());
  }

  static std::string told(const std::vector<Folding::Bucket>& buckets) {
    std::string text;
    for (const auto& bucket : buckets) text += line(bucket, bucket.hosts) + bucket.details;
    return text;
  }

  static std::string line(const Folding::Bucket& said, const std::vector<std::string>& hosts) {
    return fmt::format("{}  {}  {}\n", said.label, host_names(hosts), said.text);
  }

  std::ostream& out_;
  TextOptions options_;
  Wording wording_;
  Folding folding_;
  Summary summary_;
  std::optional<LiveBlock> block_;
  std::unordered_set<std::string> told_details_;
  bool has_told_ = false;
};

}  // namespace

std::unique_ptr<Reporter> make_text_reporter(std::ostream& out, TextOptions options) {
  return std::make_unique<TextReporter>(out, std::move(options));
}

}  // namespace espresso
