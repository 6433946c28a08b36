#include "helpers/content_check.h"

#include "core/error.h"

#include <set>

namespace espresso {

namespace {

// Whether what it includes is there is told when it is rendered: it may do without.
void check_included(const Template& text, const Storage& storage, ContentCache& contents, std::set<std::string>& seen,
                    Diagnostics& diagnostics) {
  for (const auto& name : text.includes()) {
    if (name.empty() || !seen.insert(name).second) continue;
    const Value::Item item = storage.find(name);
    if (!item) continue;
    try {
      check_included(contents.template_of(*item, {}), storage, contents, seen, diagnostics);
    } catch (const Mistakes& mistakes) {
      diagnostics.add(mistakes);
    }
  }
}

}  // namespace

void check_content(const PreparedArgument& argument, const Storage& storage, ContentCache& contents,
                   Diagnostics& diagnostics) {
  const ParameterType type = argument.parameter->type;
  const bool is_template = type == ParameterType::template_;
  const bool names_item = is_template || type == ParameterType::source || type == ParameterType::tree;
  const Computed& value = argument.argument->value;
  if (!names_item || !value.is_constant() || value.text().empty()) return;
  try {
    const Value::Item item = find_item(&storage, value.text(), argument.span());
    std::set<std::string> seen = {value.text()};
    if (is_template) check_included(contents.template_of(*item, argument.span()), storage, contents, seen, diagnostics);
  } catch (const Mistakes& mistakes) {
    diagnostics.add(mistakes);
  } catch (const Error& error) {
    diagnostics.add(argument.span(), error.what(), error.hint());
  }
}

}  // namespace espresso
