#include "run/connection_notices.h"

#include "core/text.h"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace espresso {

namespace {

std::string place(const UnheededVariable& variable) {
  const std::string location = variable.span.location();
  return location.empty() ? "" : fmt::format(" ({})", location);
}

}  // namespace

std::vector<Event> connection_notices(const std::vector<HostPlan>& plans, const std::vector<Connection>& connections) {
  std::vector<std::string> unverified;
  std::map<std::pair<std::string, std::string_view>, std::vector<std::string>> unheeded;  // what is told, hint: hosts
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const Connection& connection = connections[i];
    const std::string& host = plans[i].host->name;
    if (!connection.local && connection.endpoint.host_key_check == HostKeyCheck::off) unverified.push_back(host);
    for (const auto& variable : connection.unheeded)
      unheeded[{fmt::format("'{}'{}", variable.name, place(variable)), variable.hint}].push_back(host);
  }
  std::vector<Event> notices;
  if (!unverified.empty()) {
    notices.push_back({.kind = Event::Kind::notice,
                       .message = fmt::format("host keys of {} are not verified: whoever answers is believed",
                                              fold_names(unverified)),
                       .hint = "use --host-key-check strict or accept-new"});
  }
  for (const auto& [told, hosts] : unheeded) {
    notices.push_back({.kind = Event::Kind::notice,
                       .message = fmt::format("{} has no effect on {}", told.first, fold_names(hosts)),
                       .hint = std::string(told.second)});
  }
  return notices;
}

}  // namespace espresso
