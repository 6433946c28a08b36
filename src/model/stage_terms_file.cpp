#include "model/stage_terms_file.h"

#include "model/fields.h"

#include <fmt/format.h>

#include <charconv>

namespace espresso {

namespace {

// No fleet has more hosts; a larger number is a slip of the finger.
constexpr std::size_t most_hosts = 10'000'000;
constexpr std::size_t whole = 100;

std::optional<std::size_t> parse_count(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > most_hosts) return std::nullopt;
  return number;
}

std::optional<HostShare> parse_share(const Node& node) {
  if (!node.is_scalar()) return std::nullopt;
  std::string_view text = node.text;
  const bool is_percent = text.ends_with('%');
  if (is_percent) text.remove_suffix(1);
  const auto amount = parse_count(text);
  if (!amount || (is_percent && *amount > whole)) return std::nullopt;
  return HostShare{.amount = *amount, .is_percent = is_percent};
}

std::vector<HostShare> read_batches(const Node& node, Diagnostics& diagnostics) {
  constexpr std::string_view takes = "a number of hosts from 1 on, a percentage from 1% to 100%, or a list of these";
  std::vector<HostShare> batches;
  const auto add = [&](const Node& item) {
    const auto share = parse_share(item);
    if (share && share->amount > 0)
      batches.push_back(*share);
    else
      wrong_kind("rolling", item, takes, diagnostics);
  };
  if (!node.is_list()) {
    add(node);
  } else if (node.items.empty()) {
    diagnostics.add(node.span, "'rolling' has no batch", "say how many hosts one has, such as 25%");
  } else {
    for (const auto& item : node.items) add(item);
  }
  return batches;
}

}  // namespace

bool StageTermsReader::read(const Node::Entry& entry, Diagnostics& diagnostics) {
  const auto& [key, value] = entry;
  bool is_in_force = true;
  if (key.text == "rolling") {
    terms_.rolling = read_batches(value, diagnostics);
  } else if (key.text == "throttle") {
    const auto count = value.is_scalar() ? parse_count(value.text) : std::nullopt;
    if (count && *count > 0)
      terms_.throttle = *count;
    else
      wrong_kind("throttle", value, "a number of hosts from 1 on", diagnostics);
  } else if (key.text == "max_failures") {
    terms_.max_failures = parse_share(value);
    if (!terms_.max_failures)
      wrong_kind("max_failures", value, "a number of hosts, or a percentage up to 100%", diagnostics);
  } else if (key.text == "run_once") {
    is_in_force = terms_.run_once = read_boolean("run_once", value, diagnostics);
  } else if (key.text == "barrier") {
    is_in_force = terms_.barrier = read_boolean("barrier", value, diagnostics);
  } else {
    return false;
  }
  if (is_in_force) keys_.emplace(key.text, key.span);
  return true;
}

StageTerms StageTermsReader::finish(Diagnostics& diagnostics) const {
  const auto once = keys_.find("run_once");
  if (once == keys_.end()) return terms_;
  for (const auto* word : {"rolling", "throttle", "max_failures"}) {
    const auto other = keys_.find(word);
    if (other == keys_.end()) continue;
    diagnostics.add({.span = other->second,
                     .message = fmt::format("'{}' contradicts 'run_once': only one host goes through the stage", word),
                     .hint = "remove one of them",
                     .notes = {{once->second, "it runs once"}}});
  }
  return terms_;
}

}  // namespace espresso
