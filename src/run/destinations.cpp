#include "run/destinations.h"

#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

bool holds_a_step_up(const std::filesystem::path& path) {
  return std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
}

void check_what_hosts_say(const Destination& destination) {
  const bool names_folder = destination.literal.find_first_not_of("./") != std::string::npos;
  if (names_folder && !holds_a_step_up(destination.text)) return;
  throw Mistakes(
      {.span = destination.span,
       .message = fmt::format("what the host has answered leads to '{}'", destination.text),
       .hint = names_folder ? "leave out '..'" : "begin it with the name of a directory, such as fetched/{{ … }}"});
}

}  // namespace

Destinations::Claim Destinations::claim_of(const Operation& operation, const std::string& host) {
  return {.host = host, .file = operation.paths.empty() ? operation.title : operation.paths.front()};
}

void Destinations::claim(const Operation& operation, const std::string& host) {
  const Destination& destination = *operation.destination;
  const Claim claim = claim_of(operation, host);
  auto& first = claims_.emplace(destination.path, claim).first->second;
  if (first == claim || first.told) return;
  first.told = true;
  throw Mistakes({.span = destination.span,
                  .message = fmt::format("'{}' would hold both '{}' of '{}' and '{}' of '{}'", destination.text,
                                         first.file, first.host, claim.file, host),
                  .hint = first.host == host ? "give each a place of its own" : "put {{ host.name }} into it"});
}

void Destinations::claim_now(const Operation& operation, const std::string& host) {
  const auto known = claims_.find(operation.destination->path);
  if (known != claims_.end() && known->second == claim_of(operation, host)) return;
  check_what_hosts_say(*operation.destination);
  if (known != claims_.end()) known->second.told = false;
  claim(operation, host);
}

}  // namespace espresso
