#include "helpers/facts.h"

#include "core/embedded.h"
#include "core/text.h"
#include "helpers/header_parts.h"
#include "helpers/parts.h"
#include "model/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace espresso {

extern const std::vector<EmbeddedText> embedded_facts;

namespace {

// A user's fact travels to every host that uses it.
constexpr std::size_t largest_user_fact = 64 * 1024;

std::string first_part(const std::string& path) { return path.substr(0, path.find('.')); }

Fact read_fact(const Text& path, const Node& body, Diagnostics& diagnostics) {
  Fact fact{.path = path.text, .type = {}, .doc = {}};
  for (const auto& [key, value] : body.entries) {
    const auto text = read_text(key.text, value, "a text", diagnostics);
    if (key.text == "type")
      fact.type = text ? text->text : "";
    else if (key.text == "doc")
      fact.doc = text ? text->text : "";
    else
      unknown_key(key, {"type", "doc"}, diagnostics);
  }
  return fact;
}

FactGroup parse_group(const EmbeddedText& file, Diagnostics& diagnostics) {
  const auto source = std::make_shared<Source>(Source{std::string(file.name), std::string(file.text)});
  HeaderParts parts = take_header_apart(source->text);
  FactGroup group;
  group.name = std::filesystem::path(file.name).stem();
  group.body = without_comments(parts.body);
  const Node root = parse_header(source, std::move(parts.yaml), diagnostics);
  for (const auto& [key, value] : root.entries) {
    if (key.text == "summary") {
      if (const auto text = read_text("summary", value, "a text", diagnostics)) group.summary = text->text;
    } else if (key.text == "facts") {
      for (const auto& [path, body] : value.entries)
        group.facts.push_back(read_fact({path.text, path.span}, body, diagnostics));
    } else {
      unknown_key(key, {"summary", "facts"}, diagnostics);
    }
  }
  return group;
}

bool is_name(const std::string& text) {
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos;
}

// The comment that its file begins with, below "#!", says what it is.
std::string summary_of(const std::string& text) {
  for (const auto& line : split(text, '\n')) {
    if (line.starts_with("#!")) continue;
    return line.starts_with('#') ? std::string(trim(std::string_view(line).substr(1))) : "";
  }
  return {};
}

}  // namespace

std::vector<std::string> FactGroup::keys() const {
  std::vector<std::string> keys;
  for (const auto& fact : facts) {
    std::string key = first_part(fact.path);
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
  }
  return keys;
}

FactCatalog::FactCatalog() {
  Diagnostics diagnostics;
  for (const auto& file : embedded_facts) add(std::make_shared<FactGroup>(parse_group(file, diagnostics)));
  diagnostics.throw_if_any();
}

void FactCatalog::add(Group group) {
  for (const auto& key : group->keys()) {
    if (!by_key_.emplace(key, group).second) throw std::logic_error("two files tell facts." + key);
    unknown_.edit_map().set(key, Value(Deferred{.name = "facts." + key, .reason = "the facts of the host"}));
  }
  groups_.push_back(std::move(group));
}

void FactCatalog::load(const std::filesystem::path& folder, Diagnostics& diagnostics) {
  std::set<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".sh") files.insert(entry.path());
  }
  for (const auto& file : files) {
    try {
      const auto source = load_source(file.string());
      const std::string name = file.stem();
      const auto refuse = [&](std::string message, std::string hint) {
        diagnostics.add({.source = source}, std::move(message), std::move(hint));
      };
      if (!is_name(name)) {
        refuse(fmt::format("'{}' cannot be the name of a fact", name),
               "choose letters, digits and '_' for the file, and no digit first");
      } else if (const Group known = telling(name)) {
        refuse(known->is_user ? fmt::format("there are two files of the fact '{}'", name)
                              : fmt::format("facts.{} is built in", name),
               known->is_user ? "leave one of them" : "choose another name for the file");
      } else if (source->text.size() > largest_user_fact) {
        refuse(fmt::format("the file of the fact '{}' is larger than 64 KB", name),
               "keep it small: it is sent to every host that uses it");
      } else {
        const std::string summary = summary_of(source->text);
        add(std::make_shared<FactGroup>(FactGroup{.name = name,
                                                  .summary = summary,
                                                  .facts = {{.path = name, .type = "of your own", .doc = summary}},
                                                  .body = source->text,
                                                  .is_user = true}));
      }
    } catch (const Mistakes& mistakes) {
      diagnostics.add(mistakes);
    }
  }
}

FactCatalog::Group FactCatalog::telling(std::string_view key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second;
}

std::vector<FactCatalog::Group> FactCatalog::telling(const Mentions& mentions) const {
  if (mentions.whole) return groups_;
  std::vector<Group> wanted;
  for (const auto& key : mentions.keys) {
    const Group group = telling(key);
    if (group && std::find(wanted.begin(), wanted.end(), group) == wanted.end()) wanted.push_back(group);
  }
  return wanted;
}

std::vector<std::string> FactCatalog::keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, group] : by_key_) keys.push_back(key);
  return keys;
}

std::vector<std::string> FactCatalog::names_below(std::string_view key) const {
  const Group group = telling(key);
  std::vector<std::string> names;
  for (const auto& fact : group ? group->facts : std::vector<Fact>()) {
    const std::vector<std::string> path = split(fact.path, '.');
    if (path.front() != key) continue;
    if (path.size() == 1 || path[1] == "*") return {};  // a mapping of the host's own names, or no mapping
    if (std::find(names.begin(), names.end(), path[1]) == names.end()) names.push_back(path[1]);
  }
  return names;
}

}  // namespace espresso
