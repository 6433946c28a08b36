#include "report/journal.h"

#include "core/error.h"
#include "report/event_json.h"
#include "report/journal_file.h"
#include "report/journal_folder.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace espresso {

namespace {

using Kind = Event::Kind;

bool is_recorded(Kind kind) {
  switch (kind) {
    case Kind::host_connecting:
    case Kind::operation_started:
    case Kind::facts_told:
    case Kind::question:
      return false;
    default:
      return true;
  }
}

class Journal : public Reporter {
 public:
  Journal(JournalOptions options, RunHeader header, Reporter& next)
      : options_(std::move(options)), header_(std::move(header)), next_(next) {}
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // A run that ended before any host was touched is none.
  ~Journal() override {
    if (file_ && !has_touched_hosts_) file_->discard();
  }

  void on(const Event& event) override {
    try {
      record(event);
    } catch (const Error& error) {
      file_.reset();
      next_.on({.kind = Kind::notice,
                .message = fmt::format("this run is not recorded any further: {}", error.what()),
                .hint = "see to the folder, or give --no-journal"});
    }
    next_.on(event);
  }

 private:
  void record(const Event& event) {
    if (event.kind == Kind::run_started) begin();
    if (!file_ || !is_recorded(event.kind)) return;
    has_touched_hosts_ = has_touched_hosts_ || !event.host.empty();
    if (event.kind == Kind::host_finished) ++ends_[event.outcome];
    if (event.kind != Kind::run_finished) return file_->add(event_line(event, options_.now()));
    Event last = event;
    last.counts = ends_;  // so that a list of runs need not read them whole
    file_->add(event_line(last, options_.now()));
    file_->finish();
    file_.reset();
  }

  void begin() {
    make_journal_folder(options_.folder);
    file_.emplace(options_.folder, options_.now());
    remove_old_journals(options_.folder, options_.keep);
    header_.id = file_->id();
    header_.time = rfc3339(options_.now());
    file_->add(header_line(header_));
  }

  JournalOptions options_;
  RunHeader header_;
  Reporter& next_;
  std::optional<JournalFile> file_;
  std::map<Outcome, std::size_t> ends_;
  bool has_touched_hosts_ = false;
};

}  // namespace

std::unique_ptr<Reporter> make_journal(JournalOptions options, RunHeader header, Reporter& next) {
  return std::make_unique<Journal>(std::move(options), std::move(header), next);
}

}  // namespace espresso
