#include "ssh/config_line.h"

#include "ssh/config_values.h"

#include <algorithm>

namespace espresso {

Span ConfigLine::place(const ConfigWord& word) const {
  return {source, number, word.offset + 1, std::max<std::size_t>(1, word.length)};
}

void ConfigLine::fail(const ConfigWord& word, std::string message, std::string hint) const {
  throw Mistakes(Diagnostic{.span = place(word), .message = std::move(message), .hint = std::move(hint)});
}

std::shared_ptr<const Written> ConfigLine::written(const ConfigWord& word) const {
  return std::make_shared<const Written>(Written{.text = word.text, .place = place(word), .from_user = from_user});
}

const ConfigWord& ConfigLine::take() {
  if (taken == values.size()) fail(keyword, fmt::format("'{}' has no value", keyword.text), "write one behind it");
  const ConfigWord& word = values[taken++];
  if (word.text.empty())
    fail(word, fmt::format("'{}' has an empty value", keyword.text), "write one between the quotes");
  return word;
}

std::vector<Written> ConfigLine::take_list() {
  std::vector<Written> list;
  while (const ConfigWord* word = take_if_any()) {
    if (word->text.empty()) fail(*word, fmt::format("'{}' has an empty value", keyword.text), "remove it");
    if (equal_but_for_case(word->text, "none") && values.size() > 1)
      fail(*word, "'none' stands with other values", "let it stand alone, or remove it");
    list.push_back(*written(*word));
  }
  return list;
}

ConfigWord ConfigLine::take_rest() {
  const std::size_t start = std::min(text.find_first_not_of(" \t\r\n=", value_offset), text.size());
  taken = values.size();
  return {.text = std::string(text.substr(start)), .offset = start, .length = text.size() - start};
}

unsigned ConfigLine::take_number() {
  const ConfigWord& word = take();
  const auto number = parse_ssh_number(word.text);
  if (!number) fail(word, fmt::format("'{}' is not a number", word.text), "write a whole number from 0 to 2147483647");
  return *number;
}

std::optional<std::chrono::seconds> ConfigLine::take_time() {
  const ConfigWord& word = take();
  if (word.text == "none") return std::nullopt;
  const auto time = parse_ssh_time(word.text);
  if (!time) fail(word, fmt::format("'{}' is not a time", word.text), "write it as '90', '10m' or '1h30m'");
  return time;
}

bool take_yes_or_no(ConfigLine& line) {
  constexpr ConfigChoice<bool> choices[] = {{"yes", true}, {"no", false}, {"true", true}, {"false", false}};
  return take_choice(line, choices, "write 'yes' or 'no'");
}

}  // namespace espresso
