#include "report/event_json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace espresso {

namespace {

using Json = nlohmann::ordered_json;
using Kind = Event::Kind;

double in_seconds(std::chrono::milliseconds duration) { return static_cast<double>(duration.count()) / 1000.0; }

void put(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

void put(Json& object, const char* key, bool value) {
  if (value) object[key] = true;
}

void put(Json& object, const char* key, const std::vector<std::string>& names) {
  if (!names.empty()) object[key] = names;
}

void put_result(Json& object, const Result& result) {
  put(object, "helper", result.helper);
  put(object, "title", result.title);
  object["outcome"] = word(result.outcome);
  put(object, "message", result.message);
  put(object, "note", result.note);
  put(object, "hint", result.hint);
  put(object, "location", result.location);
  put(object, "called_from", result.called_from);
  for (const auto& mistake : result.mistakes) {
    Json entry;
    put(entry, "location", mistake.location);
    put(entry, "message", mistake.message);
    put(entry, "hint", mistake.hint);
    put(entry, "text", mistake.text);
    object["mistakes"].push_back(std::move(entry));
  }
  for (const auto& difference : result.differences) {
    Json entry;
    put(entry, "what", difference.what);
    put(entry, "from", difference.from);
    put(entry, "to", difference.to);
    object["differences"].push_back(std::move(entry));
  }
  put(object, "diff", result.diff);
  put(object, "stdout", result.output);
  put(object, "stderr", result.error_output);
  if (result.exit_status) object["exit_status"] = *result.exit_status;
  if (!result.values.empty()) object["values"] = Json::parse(to_json(result.values));
  put(object, "values_cut", result.values_cut);
  if (result.tries > 0) object["tries"] = result.tries;
  put(object, "ignored", result.ignored);
  put(object, "rescued", result.rescued);
  put(object, "sensitive", result.sensitive);
  object["duration"] = in_seconds(result.duration);
}

void put_event(Json& object, const Event& event) {
  const Kind kind = event.kind;
  put(object, "host", event.host);
  put(object, "stage", event.stage);
  if (kind == Kind::operation_started || kind == Kind::operation_finished) object["index"] = event.index;
  if (kind == Kind::operation_finished && event.result) return put_result(object, *event.result);
  put(object, "title", event.title);
  if (kind == Kind::stage_finished || kind == Kind::host_finished) object["outcome"] = word(event.outcome);
  put(object, "message", event.message);
  put(object, "hint", event.hint);
  for (const auto& [outcome, count] : event.counts) object["counts"][std::string(word(outcome))] = count;
  if (event.rescued > 0) object["rescued"] = event.rescued;
  if (kind == Kind::host_connected || kind == Kind::host_finished || kind == Kind::run_finished)
    object["duration"] = in_seconds(event.duration);
  put(object, "hosts", event.hosts);
  put(object, "stages", event.stages);
  if (!event.stage_hosts.empty()) object["stage_hosts"] = event.stage_hosts;
  if (!event.stage_batches.empty()) object["stage_batches"] = event.stage_batches;
  if (kind == Kind::facts_told) object["facts"] = Json::parse(to_json(event.facts));
  if (kind == Kind::signals_told) object["signals"] = event.signals;
  put(object, "dropped", event.dropped);
  put(object, "operations", event.operations);
  put(object, "files", event.files);
  if (!event.fact_failures.empty()) object["fact_failures"] = event.fact_failures;
  put(object, "check", event.check);
  put(object, "interrupted", event.interrupted);
}

}  // namespace

std::string_view name_of(Event::Kind kind) {
  switch (kind) {
    case Kind::run_started:
      return "run_started";
    case Kind::host_connecting:
      return "host_connecting";
    case Kind::host_connected:
      return "host_connected";
    case Kind::stage_started:
      return "stage_started";
    case Kind::operation_started:
      return "operation_started";
    case Kind::operation_finished:
      return "operation_finished";
    case Kind::stage_finished:
      return "stage_finished";
    case Kind::facts_told:
      return "facts_told";
    case Kind::taken_back:
      return "taken_back";
    case Kind::signals_told:
      return "signals_told";
    case Kind::host_finished:
      return "host_finished";
    case Kind::question:
      return "question";
    case Kind::notice:
      return "notice";
    case Kind::run_finished:
      return "run_finished";
  }
  return "notice";
}

std::string rfc3339(std::chrono::system_clock::time_point time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const auto seconds = (milliseconds - (milliseconds % 1000 + 1000) % 1000) / 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(seconds)),
                     milliseconds - seconds * 1000);
}

std::string event_line(const Event& event, std::chrono::system_clock::time_point time) {
  Json object{{"event", name_of(event.kind)}, {"time", rfc3339(time)}};
  put_event(object, event);
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace espresso
