#include "report/event_json.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <utility>

namespace espresso {

namespace {

using Json = nlohmann::ordered_json;
using Kind = Event::Kind;

std::optional<Kind> kind_of(const std::string& name) {
  for (int number = 0; number <= static_cast<int>(Kind::run_finished); ++number) {
    const auto kind = static_cast<Kind>(number);
    if (name_of(kind) == name) return kind;
  }
  return std::nullopt;
}

// Each leaves alone what is not there, and throws Json::exception where it is of another type.
template <typename T>
void take(const Json& object, const char* key, T& value) {
  if (const auto found = object.find(key); found != object.end()) found->get_to(value);
}

void take(const Json& object, const char* key, std::chrono::milliseconds& duration) {
  double seconds = 0;
  take(object, key, seconds);
  duration = std::chrono::milliseconds(std::llround(seconds * 1000));
}

void take(const Json& object, const char* key, Outcome& outcome) {
  std::string text;
  take(object, key, text);
  outcome = parse_outcome(text).value_or(outcome);
}

void take(const Json& object, const char* key, Map& values) {
  if (const auto found = object.find(key); found != object.end()) {
    const Value value = parse_json(found->dump());
    if (value.is_map()) values = value.as_map();
  }
}

void take(const Json& object, const char* key, std::map<Outcome, std::size_t>& counts) {
  std::map<std::string, std::size_t> by_word;
  take(object, key, by_word);
  for (const auto& [text, count] : by_word) {
    if (const auto outcome = parse_outcome(text)) counts[*outcome] = count;
  }
}

std::shared_ptr<const Result> result_of(const Json& object) {
  Result result;
  take(object, "helper", result.helper);
  take(object, "title", result.title);
  take(object, "outcome", result.outcome);
  take(object, "message", result.message);
  take(object, "note", result.note);
  take(object, "hint", result.hint);
  take(object, "location", result.location);
  take(object, "called_from", result.called_from);
  for (const auto& entry : object.value("mistakes", Json::array())) {
    LateMistake& mistake = result.mistakes.emplace_back();
    take(entry, "location", mistake.location);
    take(entry, "message", mistake.message);
    take(entry, "hint", mistake.hint);
    take(entry, "text", mistake.text);
  }
  for (const auto& entry : object.value("differences", Json::array())) {
    Difference& difference = result.differences.emplace_back();
    take(entry, "what", difference.what);
    take(entry, "from", difference.from);
    take(entry, "to", difference.to);
  }
  take(object, "diff", result.diff);
  take(object, "stdout", result.output);
  take(object, "stderr", result.error_output);
  if (object.contains("exit_status")) take(object, "exit_status", result.exit_status.emplace());
  take(object, "values", result.values);
  take(object, "values_cut", result.values_cut);
  take(object, "tries", result.tries);
  take(object, "ignored", result.ignored);
  take(object, "rescued", result.rescued);
  take(object, "sensitive", result.sensitive);
  take(object, "duration", result.duration);
  return std::make_shared<const Result>(std::move(result));
}

Event event_of(Kind kind, const Json& object) {
  Event event{.kind = kind};
  take(object, "host", event.host);
  take(object, "stage", event.stage);
  take(object, "index", event.index);
  if (kind == Kind::operation_finished) {
    event.result = result_of(object);
    return event;
  }
  take(object, "title", event.title);
  take(object, "outcome", event.outcome);
  take(object, "message", event.message);
  take(object, "hint", event.hint);
  take(object, "counts", event.counts);
  take(object, "rescued", event.rescued);
  take(object, "duration", event.duration);
  take(object, "hosts", event.hosts);
  take(object, "stages", event.stages);
  take(object, "stage_hosts", event.stage_hosts);
  take(object, "stage_batches", event.stage_batches);
  take(object, "facts", event.facts);
  take(object, "fact_failures", event.fact_failures);
  take(object, "signals", event.signals);
  take(object, "dropped", event.dropped);
  take(object, "operations", event.operations);
  take(object, "files", event.files);
  take(object, "check", event.check);
  take(object, "interrupted", event.interrupted);
  return event;
}

}  // namespace

std::optional<Event> parse_event(std::string_view line) {
  try {
    const Json object = Json::parse(line);
    if (!object.is_object()) return std::nullopt;
    const auto kind = kind_of(object.value("event", ""));
    if (!kind) return std::nullopt;
    return event_of(*kind, object);
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace espresso
