#pragma once

#include "run/event.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace espresso::testing {

/// Events as the engine tells them, in a few words.
inline Event run_started(std::vector<std::string> hosts, std::vector<std::string> stages = {"main"}) {
  return {.kind = Event::Kind::run_started, .hosts = std::move(hosts), .stages = std::move(stages)};
}

inline Event connecting(std::string host) { return {.kind = Event::Kind::host_connecting, .host = std::move(host)}; }

inline Event started(std::string host, std::string title, std::string stage = "main") {
  return {.kind = Event::Kind::operation_started,
          .host = std::move(host),
          .stage = std::move(stage),
          .title = std::move(title)};
}

inline Event finished(std::string host, Result result, std::string stage = "main") {
  return {.kind = Event::Kind::operation_finished,
          .host = std::move(host),
          .stage = std::move(stage),
          .result = std::make_shared<const Result>(std::move(result))};
}

inline Event stage_finished(std::string host, std::string stage = "main", Outcome outcome = Outcome::ok,
                            std::string message = {}) {
  return {.kind = Event::Kind::stage_finished,
          .host = std::move(host),
          .stage = std::move(stage),
          .outcome = outcome,
          .message = std::move(message)};
}

inline Event host_finished(std::string host, Outcome outcome, std::map<Outcome, std::size_t> counts,
                           std::string message = {}, std::string hint = {}) {
  return {.kind = Event::Kind::host_finished,
          .host = std::move(host),
          .outcome = outcome,
          .message = std::move(message),
          .hint = std::move(hint),
          .counts = std::move(counts)};
}

inline Event run_finished(std::chrono::milliseconds duration, bool check = false) {
  return {.kind = Event::Kind::run_finished, .duration = duration, .check = check};
}

/// fs.ensure_file of /etc/motd, its mode not as wanted.
inline Result motd(Outcome outcome) {
  return {.helper = "fs.ensure_file",
          .title = "fs.ensure_file /etc/motd",
          .outcome = outcome,
          .differences = {{.what = "mode", .from = "0644", .to = "0600"}}};
}

inline Result curl(Outcome outcome) {
  return {.helper = "dpkg.ensure_installed", .title = "dpkg.ensure_installed curl", .outcome = outcome};
}

}  // namespace espresso::testing
