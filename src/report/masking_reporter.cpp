#include "report/masking_reporter.h"

#include <utility>

namespace espresso {

namespace {

class Masking {
 public:
  explicit Masking(const Secrets& secrets) : secrets_(secrets) {}

  Event masked(Event event) const {
    event.title = masked(event.title);
    event.message = masked(event.message);
    event.hint = masked(event.hint);
    event.facts = masked(event.facts);
    for (auto& [name, why] : event.fact_failures) why = masked(why);
    decltype(event.signals) signals;
    for (auto& [name, listeners] : event.signals) signals.emplace(masked(name), std::move(listeners));
    event.signals = std::move(signals);
    for (auto* names : {&event.dropped, &event.operations, &event.files})
      for (auto& name : *names) name = masked(name);
    if (event.result) event.result = std::make_shared<const Result>(masked(*event.result));
    return event;
  }

 private:
  Result masked(Result result) const {
    for (auto* text : {&result.title, &result.message, &result.note, &result.hint, &result.diff, &result.output,
                       &result.error_output})
      *text = masked(*text);
    for (auto& mistake : result.mistakes) {
      for (auto* text : {&mistake.message, &mistake.hint, &mistake.text}) *text = masked(*text);
    }
    for (auto& difference : result.differences) {
      for (auto* text : {&difference.what, &difference.from, &difference.to}) *text = masked(*text);
    }
    result.values = masked(result.values);
    return result;
  }

  // The host ends what it cuts with dots.
  std::string masked(const std::string& text) const {
    constexpr std::string_view cut = "...";
    if (!text.ends_with(cut)) return secrets_.mask(text);
    return secrets_.mask_cut_end(std::string_view(text).substr(0, text.size() - cut.size())).append(cut);
  }

  Map masked(const Map& map) const {
    Map result;
    for (const auto& [name, value] : map) result.append(masked(name), masked(value));
    return result;
  }

  Value masked(const Value& value) const {
    if (value.is_map()) return masked(value.as_map());
    if (value.is_list()) {
      List list;
      for (const auto& item : value.as_list()) list.push_back(masked(item));
      return list;
    }
    if (value.is_string()) return masked(value.as_string());
    if (value.is_number() && secrets_.is_in(value.to_text())) return masked(value.to_text());
    return value;
  }

  const Secrets& secrets_;
};

}  // namespace

void MaskingReporter::on(const Event& event) {
  if (secrets_.empty())
    reporter_.on(event);
  else
    reporter_.on(Masking(secrets_).masked(event));
}

}  // namespace espresso
