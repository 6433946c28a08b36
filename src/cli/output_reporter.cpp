#include "cli/output_reporter.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>

namespace espresso {

namespace {

std::string line_ended(const std::string& text) {
  const std::string shown = printable_lines(text);
  return shown.empty() || shown.back() == '\n' ? shown : shown + "\n";
}

// Mappings as lines below their name, lists on one line.
void outline(const Map& map, std::size_t depth, std::string& text) {
  for (const auto& [name, value] : map) {
    text += fmt::format("{}{}:", std::string(2 * depth, ' '), printable(name));
    if (value.is_map() && !value.as_map().empty()) {
      text += "\n";
      outline(value.as_map(), depth + 1, text);
    } else {
      text += fmt::format(" {}\n", printable(value.is_string() ? value.as_string() : to_json(value)));
    }
  }
}

std::string facts_text(const Event& event) {
  std::string text;
  outline(event.facts, 0, text);
  for (const auto& [name, why] : event.fact_failures)
    text += fmt::format("{}: (not known: {})\n", name, printable(why));
  return text;
}

// What is dropped, or else what is raised and who will hear it.
std::string signals_text(const Event& event) {
  std::string text;
  for (const auto& name : event.dropped)
    text += fmt::format("{} {}\n", event.check ? "would drop" : "dropped", printable(name));
  if (!event.dropped.empty()) return text;
  for (const auto& [name, listeners] : event.signals)
    text += fmt::format("{} → {}\n", printable(name), listeners.empty() ? "nobody any more" : join(listeners, ", "));
  return text;
}

class OutputReporter : public Reporter {
 public:
  explicit OutputReporter(std::ostream& out) : out_(out) {}

  void on(const Event& event) override {
    switch (event.kind) {
      case Event::Kind::operation_finished:
        said_.insert(event.host);
        add(event.host, remark(*event.result),
            line_ended(event.result->output) + line_ended(event.result->error_output));
        break;
      case Event::Kind::facts_told:
        said_.insert(event.host);
        add(event.host, "", facts_text(event));
        break;
      case Event::Kind::signals_told:
        said_.insert(event.host);
        add(event.host, event.signals.empty() && event.dropped.empty() ? " (no signal)" : "", signals_text(event));
        break;
      case Event::Kind::host_finished:
        if (!said_.contains(event.host))
          add(event.host, end(event), event.hint.empty() ? "" : "hint: " + line_ended(event.hint));
        break;
      case Event::Kind::taken_back:
      case Event::Kind::notice:
        out_ << printable(event.message) << "\n";
        break;
      case Event::Kind::run_finished:
        finish();
        break;
      default:
        break;
    }
  }

 private:
  // What stands behind the hosts' names: (remark, output).
  using Said = std::pair<std::string, std::string>;

  static std::string remark(const Result& result) {
    if (result.outcome == Outcome::ok || result.outcome == Outcome::changed) return {};
    if (result.exit_status) return fmt::format(" (exit status {})", *result.exit_status);
    if (result.message.empty()) return fmt::format(" ({})", word(result.outcome));
    return fmt::format(" ({}: {})", word(result.outcome), printable(result.message));
  }

  static std::string end(const Event& event) {
    return event.message.empty() ? fmt::format(" ({})", word(event.outcome))
                                 : fmt::format(" ({}: {})", word(event.outcome), printable(event.message));
  }

  void add(const std::string& host, std::string remark, std::string output) {
    Said said{std::move(remark), std::move(output)};
    auto& hosts = hosts_[said];
    if (hosts.empty()) order_.push_back(said);
    hosts.push_back(host);
  }

  void finish() {
    for (const auto& said : order_) {
      // As they answered, which is another order each time.
      std::sort(hosts_[said].begin(), hosts_[said].end());
      out_ << "--- " << fold_names(hosts_[said]) << said.first << "\n" << said.second;
    }
    out_.flush();
  }

  std::ostream& out_;
  std::map<Said, std::vector<std::string>> hosts_;
  std::vector<Said> order_;
  std::set<std::string> said_;
};

}  // namespace

std::unique_ptr<Reporter> make_output_reporter(std::ostream& out) { return std::make_unique<OutputReporter>(out); }

}  // namespace espresso
