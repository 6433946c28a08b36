#pragma once

#include "ssh/config_tree.h"
#include "ssh/config_words.h"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace espresso {

/// A line of ssh_config, taken apart. What takes values throws Mistakes when they are missing or bad.
struct ConfigLine {
  std::shared_ptr<const Source> source;
  std::size_t number = 0;
  std::string_view text;
  ConfigWord keyword = {};
  std::size_t value_offset = 0;  ///< where the text after the keyword begins
  std::vector<ConfigWord> values = {};
  std::size_t taken = 0;  ///< how many of the values are used up
  bool from_user = true;  ///< not in a file of the system

  Span place(const ConfigWord& word) const;
  [[noreturn]] void fail(const ConfigWord& word, std::string message, std::string hint = {}) const;
  std::shared_ptr<const Written> written(const ConfigWord& word) const;

  const ConfigWord& take();
  const ConfigWord* take_if_any() { return taken < values.size() ? &values[taken++] : nullptr; }
  /// All that are left; "none" only alone.
  std::vector<Written> take_list();
  /// The text up to the end of the line, quotes and comments included.
  ConfigWord take_rest();
  unsigned take_number();
  /// Nothing for "none".
  std::optional<std::chrono::seconds> take_time();
};

template <typename Value>
struct ConfigChoice {
  std::string_view word;
  Value value;
};

/// The next value as one of the words, whatever their case.
template <typename Value, std::size_t count>
Value take_choice(ConfigLine& line, const ConfigChoice<Value> (&choices)[count], std::string_view hint) {
  const ConfigWord& word = line.take();
  for (const auto& choice : choices)
    if (equal_but_for_case(word.text, choice.word)) return choice.value;
  line.fail(word, fmt::format("'{}' is no value of '{}'", word.text, line.keyword.text), std::string(hint));
}

bool take_yes_or_no(ConfigLine& line);

/// Sets a member of SshOptions that nothing has set before.
template <auto member, typename Value>
ConfigEffect set_option(const Value& value) {
  return [value](ConfigDraft& draft) {
    auto& slot = draft.options.*member;
    if (!slot) slot = value;
  };
}

}  // namespace espresso
