#include "model/tags.h"

#include "core/text.h"
#include "model/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace espresso {

namespace {

// What --tags and --skip-tags have for operations by whether they have tags; none of them is a tag.
constexpr std::array<std::string_view, 3> words_for_operations = {"all", "tagged", "untagged"};
constexpr std::string_view always = "always";
constexpr std::string_view never = "never";

bool is_word_for_operations(std::string_view name) {
  return std::find(words_for_operations.begin(), words_for_operations.end(), name) != words_for_operations.end();
}

bool is_tag(std::string_view name) {
  return !name.empty() && name.find_first_of(" \t\r\n\v\f,") == std::string_view::npos;
}

bool holds(const std::vector<std::string>& tags, std::string_view name) {
  return std::find(tags.begin(), tags.end(), name) != tags.end();
}

bool names(const std::vector<ChosenTag>& chosen, std::string_view name) {
  return std::any_of(chosen.begin(), chosen.end(), [&](const auto& one) { return one.name == name; });
}

bool names_any(const std::vector<ChosenTag>& chosen, const std::vector<std::string>& tags) {
  if (tags.empty()) return names(chosen, "untagged");
  return std::any_of(tags.begin(), tags.end(), [&](const auto& tag) { return names(chosen, tag); }) ||
         (names(chosen, "tagged") && !holds(tags, never));
}

}  // namespace

// The order of the questions is Ansible's: ansible/playbook/taggable.py.
bool TagChoice::takes(const std::vector<std::string>& tags) const {
  const bool has_all = only.empty() || names(only, "all");
  const bool is_chosen =
      holds(tags, always) || (has_all && !holds(tags, never)) || (!only.empty() && names_any(only, tags));
  if (!is_chosen || skip.empty()) return is_chosen;
  if (names(skip, "all")) return holds(tags, always) && !names(skip, always);
  if (tags.empty()) return !names(skip, "untagged");
  return !names(skip, "tagged") &&
         std::none_of(tags.begin(), tags.end(), [&](const auto& tag) { return names(skip, tag); });
}

void TagChoice::check(const std::vector<std::string>& known, Diagnostics& diagnostics) const {
  for (const auto* chosen : {&only, &skip}) {
    for (const auto& tag : *chosen) {
      if (is_word_for_operations(tag.name) || tag.name == always || tag.name == never || holds(known, tag.name))
        continue;
      const std::string nearest = did_you_mean(tag.name, known);
      const std::string others = known.empty() ? "give some their 'tags' first" : "choose of " + join(known, ", ");
      diagnostics.add(tag.span, fmt::format("no stage or operation has the tag '{}'", tag.name),
                      nearest.empty() ? others : nearest);
    }
  }
}

std::vector<ChosenTag> parse_tags(std::string_view option, const std::vector<std::string>& values,
                                  Diagnostics& diagnostics) {
  std::vector<ChosenTag> tags;
  for (const auto& value : values) {
    const auto source = std::make_shared<Source>(Source{std::string(option), value});
    std::size_t offset = 0;
    for (const auto& word : split(value, ',')) {
      const std::string name(trim(word));
      const std::size_t start = offset + word.find(name);
      offset += word.size() + 1;
      if (is_tag(name))
        tags.push_back({.name = name, .span = span_at(source, start, name.size())});
      else
        diagnostics.add(span_at(source, start, std::max<std::size_t>(1, name.size())),
                        fmt::format("'{}' cannot be a tag", name), "name tags with commas between, such as web,config");
    }
  }
  return tags;
}

std::vector<std::string> read_tags(const Node& node, Diagnostics& diagnostics) {
  std::vector<std::string> tags;
  for (const auto& text : read_texts("tags", node, "tags", diagnostics)) {
    if (!is_tag(text.text))
      diagnostics.add(text.span, fmt::format("'{}' cannot be a tag", text.text),
                      "write several as a list, and each without white space and commas");
    else if (is_word_for_operations(text.text))
      diagnostics.add(text.span, fmt::format("'{}' means something else for --tags, and cannot be a tag", text.text),
                      "choose another name");
    else
      add_tags({text.text}, tags);
  }
  return tags;
}

void add_tags(const std::vector<std::string>& more, std::vector<std::string>& tags) {
  for (const auto& tag : more)
    if (!holds(tags, tag)) tags.push_back(tag);
}

}  // namespace espresso
