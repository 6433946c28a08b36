#include "helpers/fact_uses.h"

#include "core/error.h"

#include <set>

namespace espresso {

namespace {

// Mistakes are told when the template is rendered.
void collect_in_template(const std::string& name, const Storage* storage, ContentCache& contents,
                         std::set<std::string>& seen, Mentions& into) {
  if (name.empty() || !seen.insert(name).second) return;
  try {
    const Template& text = contents.template_of(*find_item(storage, name, {}), {});
    text.collect("facts", into);
    for (const auto& included : text.includes()) collect_in_template(included, storage, contents, seen, into);
  } catch (const Mistakes&) {
  } catch (const Error&) {
  }
}

}  // namespace

void collect_facts(const PreparedCall& prepared, const Storage* storage, ContentCache& contents, Mentions& into) {
  const Call& call = *prepared.call;
  if (call.title) call.title->collect("facts", into);
  if (call.when) call.when->collect("facts", into);
  if (call.for_each) call.for_each->collect("facts", into);
  if (call.as) call.as->collect("facts", into);
  if (call.retry && call.retry->until) call.retry->until->collect("facts", into);
  std::set<std::string> seen;
  for (const auto& argument : prepared.arguments) {
    const Computed& value = argument.argument->value;
    value.collect("facts", into);
    for (const auto& condition : argument.conditions) condition.collect("facts", into);
    if (argument.parameter->type == ParameterType::template_ && value.is_constant())
      collect_in_template(value.text(), storage, contents, seen, into);
  }
}

}  // namespace espresso
