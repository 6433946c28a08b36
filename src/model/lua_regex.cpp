#include "model/lua_functions.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <string>

// Regular expressions by RE2, the only door to it: its time grows with the text and never explodes, so that no pattern
// can hang a run. For that it knows neither look-around nor references back to a group (re2/re2.h, RE2Syntax).

namespace espresso {

namespace {

re2::StringPiece piece_of(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view_of(const re2::StringPiece& piece) { return {piece.data(), piece.size()}; }

class Regex {
 public:
  Regex(std::string_view function, const std::string& pattern, bool ignore_case, bool multiline)
      : regex_((multiline ? "(?m)" : "") + pattern, options(ignore_case)) {
    if (!regex_.ok()) {
      throw Complaint{fmt::format("{}: the pattern is wrong: {}", function, regex_.error()),
                      pattern.find("(?=") != std::string::npos || pattern.find("(?!") != std::string::npos ||
                              pattern.find("(?<") != std::string::npos
                          ? "there is no look-ahead or look-behind here"
                          : ""};
    }
  }

  /// The whole match, then its groups. From `start`; empty: there is none.
  std::vector<re2::StringPiece> find(const std::string& text, std::size_t start,
                                     RE2::Anchor anchor = RE2::UNANCHORED) const {
    std::vector<re2::StringPiece> groups(static_cast<std::size_t>(regex_.NumberOfCapturingGroups()) + 1);
    if (!regex_.Match(piece_of(text), start, text.size(), anchor, groups.data(), static_cast<int>(groups.size())))
      groups.clear();
    return groups;
  }

  std::size_t group_of(const std::string& name) const {
    const auto& names = regex_.NamedCapturingGroups();
    const auto found = names.find(name);
    if (found == names.end()) throw Complaint{fmt::format("the pattern has no group '{}'", name)};
    return static_cast<std::size_t>(found->second);
  }

 private:
  static RE2::Options options(bool ignore_case) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_case_sensitive(!ignore_case);
    options.set_max_mem(8 << 20);
    return options;
  }
  RE2 regex_;
};

// "\1", "\g<1>" and "\g<name>" of a replacement.
void append_replacement(std::string& out, const std::string& replacement, const Regex& regex,
                        const std::vector<re2::StringPiece>& groups) {
  const auto append_group = [&](std::size_t number) {
    if (number >= groups.size()) throw Complaint{fmt::format("the pattern has no group {}", number)};
    out += view_of(groups[number]);
  };
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    const char next = i + 1 < replacement.size() ? replacement[i + 1] : '\0';
    if (replacement[i] != '\\' || next == '\0') {
      out += replacement[i];
      continue;
    }
    ++i;
    if (next >= '0' && next <= '9') {
      append_group(static_cast<std::size_t>(next - '0'));
    } else if (const std::size_t end = replacement.find('>', i); next == 'g' && end != std::string::npos) {
      const std::string name = replacement.substr(i + 2, end - i - 2);
      const bool number = !name.empty() && name.size() < 4 && name.find_first_not_of("0123456789") == std::string::npos;
      append_group(number ? std::stoul(name) : regex.group_of(name));
      i = end;
    } else {
      out += next == 'n' ? '\n' : next == 't' ? '\t' : next;
    }
  }
}

Value regex_replace(const Arguments& a) {
  const std::string text = a.text(0), replacement = a.text(2, "");
  const Regex regex("regex_replace", a.text(1), a.is_set(3), a.is_set(4));
  std::int64_t left = a.integer(5, -1);
  std::string out;
  std::size_t at = 0, search = 0;
  while (search <= text.size() && left-- != 0) {
    const auto groups = regex.find(text, search);
    if (groups.empty()) break;
    const auto start = static_cast<std::size_t>(groups[0].data() - text.data());
    const std::size_t end = start + groups[0].size();
    out.append(text, at, start - at);
    append_replacement(out, replacement, regex, groups);
    check_size(out.size());
    at = end;
    search = end;
    if (groups[0].empty()) {
      // After an empty match the search goes on behind the next character, which stays.
      if (end < text.size()) out += text[end];
      at = search = end + 1;
    }
  }
  return at < text.size() ? out.append(text, at) : out;
}

// Of a match: the group, or all, as Python's findall gives them.
Value groups_of(const std::vector<re2::StringPiece>& groups) {
  if (groups.size() <= 2) return view_of(groups.back());
  List list;
  for (std::size_t i = 1; i < groups.size(); ++i) list.emplace_back(view_of(groups[i]));
  return list;
}

Value regex_findall(const Arguments& a) {
  const std::string text = a.text(0);
  const Regex regex("regex_findall", a.text(1), a.is_set(3), a.is_set(2));
  List found;
  for (std::size_t at = 0; at <= text.size();) {
    const auto groups = regex.find(text, at);
    if (groups.empty()) break;
    found.push_back(groups_of(groups));
    at = static_cast<std::size_t>(groups[0].data() - text.data()) + std::max<std::size_t>(1, groups[0].size());
    if (found.size() > 1'000'000) throw Complaint{"regex_findall: more than a million matches"};
  }
  return found;
}

// (text, pattern, group …): the match, or a list of those groups; null: there is none.
Value regex_search(const Arguments& a) {
  const std::string text = a.text(0);
  const Regex regex("regex_search", a.text(1), is_jinja_true(a.named("ignorecase")),
                    is_jinja_true(a.named("multiline")));
  const auto groups = regex.find(text, 0);
  if (groups.empty()) return {};
  if (a.size() < 3) return view_of(groups[0]);
  List list;
  for (std::size_t i = 2; i < a.size(); ++i) {
    std::string out;
    append_replacement(out, a.text(i), regex, groups);
    list.emplace_back(std::move(out));
  }
  return list;
}

Value regex_escape(const Arguments& a) {
  const std::string text = a.text(0);
  std::string out;
  for (const char c : text) {
    if (std::string_view(R"(\.^$*+?{}[]|()-&~# )").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

Value found_at(const Arguments& a, std::string_view function, RE2::Anchor anchor) {
  return !Regex(function, a.text(1), a.is_set(2), a.is_set(3)).find(a.text(0), 0, anchor).empty();
}
Value regex_match(const Arguments& a) { return found_at(a, "regex_match", RE2::ANCHOR_START); }
Value regex_test(const Arguments& a) { return found_at(a, "regex_test", RE2::UNANCHORED); }

}  // namespace

FunctionEntries regex_functions() {
  return {
      {"regex_escape", "regex_escape(text)", "The text as a pattern that matches it literally.", "'a.b' | regex_escape",
       R"("a\\.b")", regex_escape},
      {"regex_findall", "regex_findall(text, pattern [, multiline [, ignorecase]])",
       "All that matches the pattern, or its groups.", R"('a1 b22' | regex_findall('[0-9]+'))", R"(["1","22"])",
       regex_findall},
      {"regex_match", "regex_match(text, pattern [, ignorecase [, multiline]])",
       "Whether the text begins with what matches.", "regex_match('web1', 'web')", "true", regex_match},
      {"regex_replace", "regex_replace(text, pattern [, replacement [, ignorecase [, multiline [, count]]]])",
       "What matches becomes the replacement, in which \\\\1 or \\\\g<name> is a group. Patterns are RE2's: without "
       "look-around and back-references.",
       R"('web12' | regex_replace('([a-z]+)([0-9]+)', '\\2-\\1'))", R"("12-web")", regex_replace},
      {"regex_search", "regex_search(text, pattern, … [, ignorecase [, multiline]])",
       "What matches first, or a list of the groups named ('\\\\1'); null when nothing does.",
       R"('port=80' | regex_search('port=([0-9]+)', '\\1') | first)", R"("80")", regex_search},
      {"regex_test", "regex_test(text, pattern [, ignorecase [, multiline]])", "Whether the text holds what matches.",
       "regex_test('a web server', 'w.b')", "true", regex_test},
  };
}

}  // namespace espresso
