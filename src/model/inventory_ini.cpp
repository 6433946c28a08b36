#include "core/text.h"
#include "model/inventory_host_name.h"
#include "model/inventory_readers.h"
#include "model/python_literal.h"
#include "model/shell_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>

namespace espresso {

namespace {

constexpr std::string_view blanks = " \t\r\f\v";
const std::vector<std::string> section_kinds = {"hosts", "children", "vars"};

Value value_of_text(std::string_view text) {
  auto value = parse_python_literal(text);
  return value ? std::move(*value) : Value(text);
}

// "name", and maybe a comment: a name has neither blanks nor ':' nor ']'.
std::optional<std::string_view> name_on(std::string_view line) {
  const std::string_view name = line.substr(0, line.find_first_of(" \t\r\f\v:]"));
  const std::string_view rest = trim(line.substr(name.size()));
  if (name.empty() || (!rest.empty() && rest[0] != '#')) return std::nullopt;
  return name;
}

class Reader {
 public:
  Reader(std::shared_ptr<const Source> source, InventoryBuilder& builder, Diagnostics& diagnostics)
      : source_(std::move(source)), builder_(builder), diagnostics_(diagnostics) {}

  void read() {
    std::string_view text = source_->text;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      line_ = text.substr(0, end);
      ++number_;
      read_line();
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    tell_missing_children();
    for (const auto& [name, span] : undeclared_)
      diagnostics_.add(span, fmt::format("the section '[{0}:vars]' is for a group '{0}' that does not exist", name),
                       hint_for_group(name));
  }

 private:
  enum class Kind { hosts, children, vars, wrong };
  struct Child {
    InventoryBuilder::Id parent;
    std::string parent_name, name;
    Span span;
  };

  void read_line() {
    const std::size_t first = line_.find_first_not_of(blanks);
    if (first == std::string_view::npos || line_[first] == '#' || line_[first] == ';') return;
    const std::string_view line = line_.substr(first, line_.find_last_not_of(blanks) + 1 - first);
    if (!is_valid_utf8(line)) {
      diagnostics_.add(place(line), "this line is not UTF-8", "save the file as UTF-8");
    } else if (line[0] == '[' && read_header(line)) {
      return;
    } else if (kind_ == Kind::hosts) {
      read_host(line);
    } else if (kind_ == Kind::children) {
      read_child(line);
    } else if (kind_ == Kind::vars) {
      read_variable(line);
    }
  }

  Span place(std::string_view part) const {
    const auto column = static_cast<std::size_t>(part.data() - line_.data()) + 1;
    const std::size_t mark = number_ == 1 && source_->text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    return {source_, number_, column + mark, std::max<std::size_t>(1, part.size())};
  }

  // Whether the line is a section's header, right or wrong; what stands below a wrong one is not told of again.
  // "[a:c].example.org" and "[2001:db8::1]:22" are hosts.
  bool read_header(std::string_view line) {
    const std::size_t close = line.find(']');
    const std::string_view after = close == std::string_view::npos ? "" : line.substr(close + 1);
    const bool is_alone = trim(after).empty() || trim(after)[0] == '#';
    if (close == std::string_view::npos || (!is_alone && blanks.find(after[0]) != std::string_view::npos)) {
      diagnostics_.add(place(line), fmt::format("'{}' is no section", line),
                       "write the name alone in brackets: [web], [web:vars] or [web:children]");
      return true;
    }
    if (!is_alone) return false;
    const std::string_view inner = line.substr(1, close - 1);
    const std::string_view name = inner.substr(0, inner.find(':'));
    const std::string_view kind = name.size() < inner.size() ? inner.substr(name.size() + 1) : "hosts";
    if (name.empty() || inner.find_first_of(blanks) != std::string_view::npos ||
        kind.find(':') != std::string_view::npos) {
      diagnostics_.add(place(line.substr(0, close + 1)),
                       fmt::format("'[{}]' is no section: a group's name has neither blanks nor colons", inner),
                       "write [web], [web:vars] or [web:children]");
      kind_ = Kind::wrong;
    } else if (const auto found = std::find(section_kinds.begin(), section_kinds.end(), kind);
               found == section_kinds.end()) {
      const std::string near = did_you_mean(kind, section_kinds);
      diagnostics_.add(place(kind), fmt::format("a section cannot be '{}'", kind),
                       near.empty() ? "write [group], [group:vars] or [group:children]" : near);
      kind_ = Kind::wrong;
    } else {
      enter(static_cast<Kind>(found - section_kinds.begin()), name, line.substr(0, close + 1));
    }
    return true;
  }

  // As Ansible: [group:vars] alone declares no group.
  void enter(Kind kind, std::string_view name, std::string_view header) {
    kind_ = kind;
    name_ = name;
    const bool is_awaited =
        std::any_of(awaited_.begin(), awaited_.end(), [&](const auto& c) { return c.name == name_; });
    if (kind != Kind::vars)
      undeclared_.erase(name_);
    else if (!builder_.find_group(name_) && !is_awaited)
      undeclared_.emplace(name_, place(header));
    group_ = builder_.group(name_, place(header));
    if (kind != Kind::vars && is_awaited) add_awaited();
  }

  // This group was named as a child before it was declared.
  void add_awaited() {
    for (const auto& child : awaited_)
      if (child.name == name_) builder_.add_child(child.parent, group_, child.span);
    std::erase_if(awaited_, [&](const auto& child) { return child.name == name_; });
  }

  std::string hint_for_group(const std::string& name) const {
    std::vector<std::string> names = builder_.group_names();
    std::erase(names, name);
    const std::string near = did_you_mean(name, names);
    return near.empty() ? fmt::format("declare it with '[{}]'", name) : near;
  }

  void read_host(std::string_view line) {
    std::vector<ShellWord> words;
    try {
      words = split_shell_words(line);
    } catch (const std::invalid_argument& error) {
      diagnostics_.add(place(line), error.what(), "quote a value as a whole: name='a value'");
      return;
    }
    if (words.empty()) return;
    const ShellWord& first = words.front();
    const Span span = place(line.substr(first.offset, first.length));
    if (first.text.find('=') != std::string::npos) {
      diagnostics_.add(span, fmt::format("'{}' is a variable, but a host stands here", first.text),
                       fmt::format("write variables of a group below '[{}:vars]'", name_.empty() ? "all" : name_));
      return;
    }
    if (first.text == "---") {
      diagnostics_.add(span, "'---' begins a YAML file, but this one is read as INI", "name it *.yaml");
      return;
    }
    const auto named = parse_host_names(first.text, span, diagnostics_);
    std::vector<InventoryBuilder::Id> hosts;
    if (named) {
      for (const auto& name : named->names) {
        hosts.push_back(builder_.host(name));
        builder_.add_host(group_, hosts.back());
        if (named->port) builder_.set_host_variable(hosts.back(), "ansible_port", *named->port, span);
      }
    }
    for (std::size_t at = 1; at < words.size(); ++at) read_host_variable(line, words[at], hosts);
  }

  void read_host_variable(std::string_view line, const ShellWord& word,
                          const std::vector<InventoryBuilder::Id>& hosts) {
    const std::string_view written = line.substr(word.offset, word.length);
    const std::size_t equals = word.text.find('=');
    if (equals == 0 || equals == std::string::npos) {
      diagnostics_.add(place(written), fmt::format("'{}' is no variable", word.text),
                       "write name=value, without blanks around '='; quote a value that has blanks: name='a value'");
      return;
    }
    const std::size_t from = std::min(written.find('=') + 1, written.size());
    const Span span = place(from == written.size() ? written : written.substr(from));
    const Value value = value_of_text(std::string_view(word.text).substr(equals + 1));
    const std::string name = word.text.substr(0, equals);
    for (const auto host : hosts) builder_.set_host_variable(host, name, value, span);
  }

  void read_variable(std::string_view line) {
    const std::size_t equals = line.find('=');
    const std::string_view name = trim(line.substr(0, equals));
    if (equals == std::string_view::npos || name.empty()) {
      diagnostics_.add(place(line), fmt::format("'{}' is no variable", line), "write name=value");
      return;
    }
    const std::string_view value = trim(line.substr(equals + 1));
    builder_.set_group_variable(group_, std::string(name), value_of_text(value), place(value.empty() ? line : value));
  }

  // A section may follow later. As with Ansible, such a child comes after those that are declared before it.
  void read_child(std::string_view line) {
    const auto name = name_on(line);
    if (!name)
      diagnostics_.add(place(line), fmt::format("'{}' is no name of a group", line),
                       "write one group a line; variables of a group stand below '[group:vars]'");
    else if (const auto known = builder_.find_group(std::string(*name)))
      builder_.add_child(group_, *known, place(*name));
    else
      awaited_.push_back({group_, name_, std::string(*name), place(*name)});
  }

  void tell_missing_children() {
    for (const auto& child : awaited_) {
      diagnostics_.add(
          child.span,
          fmt::format("'[{}:children]' names a group '{}' that does not exist", child.parent_name, child.name),
          builder_.find_host(child.name)
              ? fmt::format("'{}' is a host: write it below '[{}]'", child.name, child.parent_name)
              : hint_for_group(child.name));
    }
  }

  std::shared_ptr<const Source> source_;
  InventoryBuilder& builder_;
  Diagnostics& diagnostics_;
  std::string_view line_;
  std::size_t number_ = 0;
  Kind kind_ = Kind::hosts;
  std::string name_;
  InventoryBuilder::Id group_ = builder_.group("ungrouped", {});
  std::vector<Child> awaited_;              ///< whose section has not come yet
  std::map<std::string, Span> undeclared_;  ///< so far, only their variables were read
};

}  // namespace

void read_ini_inventory(const std::shared_ptr<const Source>& source, InventoryBuilder& builder,
                        Diagnostics& diagnostics) {
  Reader(source, builder, diagnostics).read();
}

}  // namespace espresso
