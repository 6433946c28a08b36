#include "targets.h"

#include "model/sealed.h"
#include "model/vault.h"
#include "model/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace espresso {

namespace {

bool same(const Value& first, const Value& second) {
  if (first.is_list() && second.is_list()) {
    const List &ours = first.as_list(), &theirs = second.as_list();
    return std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(), same);
  }
  if (first.is_map() && second.is_map()) {
    const Map &ours = first.as_map(), &theirs = second.as_map();
    return std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(), [](const auto& mine, const auto& other) {
      return mine.first == other.first && same(mine.second, other.second);
    });
  }
  if (first.is_number() && second.is_number() && std::isnan(first.as_number())) return std::isnan(second.as_number());
  return first == second;
}

void check(const Span& span, std::string_view message) {
  if (span.line == 0) return;
  const std::string_view line = span.source->line(span.line);
  // A place may be behind the last character of a line: something is missing there. A '\r' before it is no part of it.
  if (span.column == 0 || span.column > line.size() + 2)
    throw std::logic_error(fmt::format("{} is no place in the text, for: {}", span.location(), message));
}

void check(const Diagnostic& diagnostic) {
  if (diagnostic.message.empty()) throw std::logic_error("a mistake without a message");
  check(diagnostic.span, diagnostic.message);
  for (const auto& note : diagnostic.notes) check(note.span, note.message);
  if (render(diagnostic).empty()) throw std::logic_error("a mistake that is not told");
}

// Of any tag but YAML's own: which of them stand for secrets is not decided twice.
bool has_tags(const Node& node) {
  return (!node.tag.empty() && !node.tag.starts_with("!!")) ||
         std::any_of(node.items.begin(), node.items.end(), has_tags) ||
         std::any_of(node.entries.begin(), node.entries.end(),
                     [](const auto& entry) { return has_tags(entry.key) || has_tags(entry.value); });
}

}  // namespace

const std::vector<FuzzTarget>& fuzz_targets() {
  static const std::vector<FuzzTarget> targets = {
      {"expression", read_expression}, {"hosts", read_hosts}, {"ini", read_ini},
      {"inventory", read_inventory},   {"json", read_json},   {"stages", read_stages},
      {"template", read_template},     {"yaml", read_yaml},
  };
  return targets;
}

void check(const Diagnostics& diagnostics) {
  for (const auto& diagnostic : diagnostics.all()) check(diagnostic);
}

void check(const Mistakes& mistakes) {
  if (mistakes.diagnostics().empty()) throw std::logic_error("mistakes, but none is told");
  for (const auto& diagnostic : mistakes.diagnostics()) check(diagnostic);
}

void expect_same(const Value& first, const Value& second, std::string_view how) {
  if (!same(first, second))
    throw std::logic_error(fmt::format("{}: {} has become {}", how, to_json(first), to_json(second)));
}

bool asks_for_secrets(std::string_view input) {
  if (is_vault(input) || is_sealed(input)) return true;
  try {
    Diagnostics ignored;
    return has_tags(parse_yaml(source_of(input), ignored));
  } catch (const Mistakes&) {
    return false;  // those who read secrets find the same mistake first
  }
}

std::shared_ptr<const Source> source_of(std::string_view input) {
  return std::make_shared<Source>(Source{"input", std::string(input)});
}

}  // namespace espresso
