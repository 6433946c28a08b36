#include "core/text.h"
#include "model/inventory.h"
#include "model/inventory_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <regex>
#include <stdexcept>

namespace espresso {

namespace {

// The library calls itself for each bracket.
constexpr std::size_t longest_regex = 1000;
constexpr int deepest_files = 8;

// The part of a pattern at `offset`, when the pattern stands in the source as it is (maybe behind a quote).
Span place_within(const Span& span, std::string_view pattern, std::size_t offset, std::size_t length) {
  if (!span.source || span.line == 0) return span;
  const std::string_view line = span.source->line(span.line);
  for (const std::size_t quote : {0, 1})
    if (span.column - 1 + quote <= line.size() && line.substr(span.column - 1 + quote).starts_with(pattern))
      return {span.source, span.line, span.column + quote + offset, std::max<std::size_t>(1, length)};
  return span;
}

bool looks_like_ipv6(std::string_view text) {
  return std::count(text.begin(), text.end(), ':') > 1 &&
         text.find_first_not_of("0123456789abcdefABCDEF:.%") == std::string_view::npos;
}

struct Subscript {
  std::string_view base;
  std::ptrdiff_t first = 0;
  std::optional<std::ptrdiff_t> last;  ///< nothing: as `first`
};

std::optional<std::ptrdiff_t> parse_index(std::string_view text) {
  std::ptrdiff_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return index;
}

// "web[0]", "web[-1]", "web[0:2]", "web[1:]".
std::optional<Subscript> parse_subscript(std::string_view term) {
  const std::size_t open = term.rfind('[');
  if (!term.ends_with(']') || open == std::string_view::npos || open == 0) return std::nullopt;
  const std::string_view inner = term.substr(open + 1, term.size() - open - 2);
  const std::size_t colon = inner.find(':');
  Subscript subscript{.base = term.substr(0, open), .last = std::nullopt};
  const auto first = parse_index(inner.substr(0, colon));
  if (!first && !(colon == 0)) return std::nullopt;
  subscript.first = first.value_or(0);
  if (colon == std::string_view::npos) return subscript;
  const std::string_view last = inner.substr(colon + 1);
  subscript.last = last.empty() ? -1 : parse_index(last);
  return subscript.last ? std::optional(subscript) : std::nullopt;
}

// Whether each "[…]" is also a set of characters of a glob: "[1-5]", but not "[01-20]" nor "[1:5]".
bool is_set(std::string_view term) {
  for (std::size_t open = term.find('['); open != std::string_view::npos; open = term.find('[', open + 1))
    if (term.size() < open + 5 || term[open + 2] != '-' || term[open + 4] != ']') return false;
  return true;
}

}  // namespace

/// The hosts that a pattern names, as marks over the inventory's hosts.
class Selection {
 public:
  using Marks = std::vector<bool>;

  Selection(const Inventory& inventory, Diagnostics& diagnostics) : inventory_(inventory), diagnostics_(diagnostics) {}

  Marks select(std::string_view pattern, const Span& span) {
    Marks named(inventory_.hosts_.size()), kept(inventory_.hosts_.size(), true), dropped(inventory_.hosts_.size());
    bool any = false, any_regular = false;
    for (const auto& [text, offset] : terms_of(pattern)) {
      if (text.empty()) continue;
      any = true;
      const char sign = text[0] == '&' || text[0] == '!' ? text[0] : '\0';
      const std::string_view term = trim(sign ? text.substr(1) : text);
      const std::size_t start = static_cast<std::size_t>(term.data() - pattern.data());
      const Marks marks = resolve(term, place_within(span, pattern, term.empty() ? offset : start, term.size()));
      any_regular = any_regular || !sign;
      for (std::size_t at = 0; at < marks.size(); ++at) {
        if (sign == '&') kept[at] = kept[at] && marks[at];
        if (sign == '!') dropped[at] = dropped[at] || marks[at];
        if (!sign) named[at] = named[at] || marks[at];
      }
    }
    if (!any) diagnostics_.add(span, "the pattern is empty", "name hosts or groups, or 'all'");
    for (std::size_t at = 0; at < named.size(); ++at)
      named[at] = (named[at] || !any_regular) && kept[at] && !dropped[at];
    return named;
  }

 private:
  // At commas; at colons too where these cannot belong to a name.
  std::vector<Word> terms_of(std::string_view pattern) const {
    std::vector<Word> terms;
    for (const auto& word : split_words(pattern, ',')) {
      const std::string_view text = word.text;
      const std::string_view bare = text.starts_with('&') || text.starts_with('!') ? text.substr(1) : text;
      if (bare.starts_with('~') || bare.starts_with('@') || inventory_.find_host(bare) || looks_like_ipv6(bare)) {
        terms.push_back(word);
        continue;
      }
      for (const auto& part : split_words(text, ':')) terms.push_back({part.text, word.offset + part.offset});
    }
    return terms;
  }

  Marks resolve(std::string_view term, const Span& span) {
    Marks marks(inventory_.hosts_.size());
    if (term.empty()) {
      diagnostics_.add(span, "a host or group is missing here");
    } else if (inventory_.find_host(term)) {
      marks[inventory_.host_index_.at(term)] = true;
    } else if (term == "*" || inventory_.find_group(term)) {
      mark_group(marks, term == "*" ? "all" : term);
    } else if (term[0] == '~') {
      mark_regex(marks, term.substr(1), span);
    } else if (term[0] == '@') {
      mark_file(marks, std::string(term.substr(1)), span);
    } else if (!mark_range(marks, term, span, false) && !mark_subscript(marks, term, span) && !mark_glob(marks, term) &&
               !mark_range(marks, term, span, true)) {
      tell_unknown(term, span);
    }
    return marks;
  }

  void mark_group(Marks& marks, std::string_view group) {
    for (const auto& host : inventory_.hosts_of(group)) marks[inventory_.position_of(*host)] = true;
  }

  template <typename Matches>
  bool mark_matching(Marks& marks, const Matches& matches) {
    bool found = false;
    for (const auto& group : inventory_.groups_)
      if (group->name != "all" && group->name != "ungrouped" && matches(group->name)) {
        mark_group(marks, group->name);
        found = true;
      }
    for (std::size_t at = 0; at < marks.size(); ++at)
      if (matches(inventory_.hosts_[at]->name)) found = marks[at] = true;
    return found;
  }

  bool mark_glob(Marks& marks, std::string_view term) {
    if (!is_glob(term) || (is_range(term) && !is_set(term))) return false;
    return mark_matching(marks, [&](const std::string& name) { return matches_glob(term, name); });
  }

  void mark_regex(Marks& marks, std::string_view text, const Span& span) {
    try {
      if (text.size() > longest_regex)
        return diagnostics_.add(span, fmt::format("a regular expression of more than {} characters", longest_regex));
      // Otherwise "(a+)+b" takes time in powers of a name's length: an extension of GCC's library, where the only thing
      // that is lost is "\1".
      const std::regex regex(text.begin(), text.end(), std::regex::ECMAScript | std::regex_constants::__polynomial);
      const auto matches = [&](const std::string& name) {
        return std::regex_search(name, regex, std::regex_constants::match_continuous);
      };
      if (!mark_matching(marks, matches))
        diagnostics_.add(span, fmt::format("pattern '~{}' names no host or group", text));
    } catch (const std::regex_error& error) {
      if (error.code() == std::regex_constants::error_complexity)
        return diagnostics_.add(span, fmt::format("'{}' refers back to a part of itself", text),
                                "write both parts out");
      diagnostics_.add(span, fmt::format("'{}' is no regular expression", text));
    }
  }

  void mark_file(Marks& marks, const std::string& path, const Span& span) {
    if (open_files_ == deepest_files) {
      diagnostics_.add(span, fmt::format("'@{}' is read within itself", path));
      return;
    }
    std::shared_ptr<const Source> source;
    try {
      source = load_source(path);
    } catch (const Mistakes& mistakes) {
      for (const auto& mistake : mistakes.diagnostics()) diagnostics_.add(span, mistake.message);
      return;
    }
    ++open_files_;
    std::size_t number = 0;
    for (const auto& text : split(source->text, '\n')) {
      ++number;
      const std::string_view line = trim(text);
      if (line.empty() || line[0] == '#') continue;
      const auto column = static_cast<std::size_t>(line.data() - text.data()) + 1;
      const Marks of_line = select(line, {source, number, column, line.size()});
      for (std::size_t at = 0; at < marks.size(); ++at) marks[at] = marks[at] || of_line[at];
    }
    --open_files_;
  }

  // A range whose names are hosts, all of them. When `is_last` the term can be nothing else, and what lacks is told.
  bool mark_range(Marks& marks, std::string_view term, const Span& span, bool is_last) {
    if (!is_range(term)) return false;
    std::vector<std::string> names, unknown;
    try {
      names = expand_range(term);
    } catch (const std::invalid_argument& error) {
      if (is_last) diagnostics_.add(span, error.what());
      return is_last;
    }
    for (const auto& name : names)
      if (!inventory_.find_host(name)) unknown.push_back(fmt::format("'{}'", name));
    if (!unknown.empty()) {
      if (!is_last || unknown.size() == names.size()) return false;
      if (unknown.size() > 3) unknown = {unknown[0], unknown[1], fmt::format("{} more", unknown.size() - 2)};
      diagnostics_.add(span, fmt::format("pattern '{}' names hosts that do not exist: {}", term, enumerate(unknown)));
      return true;
    }
    for (const auto& name : names) marks[inventory_.host_index_.at(name)] = true;
    return true;
  }

  bool mark_subscript(Marks& marks, std::string_view term, const Span& span) {
    const auto subscript = parse_subscript(term);
    if (!subscript || !inventory_.find_group(subscript->base)) return false;
    const auto hosts = inventory_.hosts_of(subscript->base);
    const auto size = static_cast<std::ptrdiff_t>(hosts.size());
    const auto from_start = [&](std::ptrdiff_t index) { return index < 0 ? index + size : index; };
    const std::ptrdiff_t first = from_start(subscript->first);
    if (first < 0 || first >= size) {
      diagnostics_.add(
          span,
          fmt::format("'{}' lies beyond the {} {} of '{}'", term, size, size == 1 ? "host" : "hosts", subscript->base),
          "count from 0; -1 is the last");
      return true;
    }
    const std::ptrdiff_t last = std::min(subscript->last ? from_start(*subscript->last) : first, size - 1);
    for (std::ptrdiff_t at = first; at <= last; ++at)
      marks[inventory_.position_of(*hosts[static_cast<std::size_t>(at)])] = true;
    return true;
  }

  void tell_unknown(std::string_view term, const Span& span) {
    if (is_glob(term)) {
      diagnostics_.add(span, fmt::format("pattern '{}' names no host or group", term));
      return;
    }
    std::vector<std::string> names;
    for (const auto& group : inventory_.groups_) names.push_back(group->name);
    for (const auto& host : inventory_.hosts_) names.push_back(host->name);
    diagnostics_.add(span, fmt::format("no host or group is named '{}'", term), did_you_mean(term, names));
  }

  const Inventory& inventory_;
  Diagnostics& diagnostics_;
  int open_files_ = 0;
};

std::vector<std::shared_ptr<const Host>> Inventory::select(std::string_view pattern, const Span& span) const {
  Diagnostics diagnostics;
  const auto marks = Selection(*this, diagnostics).select(pattern, span);
  diagnostics.throw_if_any();
  std::vector<std::shared_ptr<const Host>> selected;
  for (std::size_t at = 0; at < marks.size(); ++at)
    if (marks[at]) selected.push_back(hosts_[at]);
  return selected;
}

std::vector<std::shared_ptr<const Host>> Inventory::select_option(std::string_view pattern,
                                                                  std::string_view option) const {
  const auto source = std::make_shared<Source>(Source{std::string(option), std::string(pattern)});
  return select(pattern, {source, 1, 1, std::max<std::size_t>(1, pattern.size())});
}

}  // namespace espresso
