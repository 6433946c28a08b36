#include "evaluation.h"
#include "targets.h"

#include "model/expression.h"
#include "model/template.h"

namespace espresso {

void read_template(std::string_view input) {
  static const FuzzScope scope;
  Diagnostics diagnostics;
  const Template text = Template::parse(source_of(input), diagnostics);
  check(diagnostics);
  if (!diagnostics.empty()) return;
  Mentions mentions;
  text.collect("facts", mentions);
  Evaluator evaluator;
  try {
    (void)evaluator.render(text, scope);
  } catch (const Mistakes& mistakes) {
    check(mistakes);
  } catch (const Deferred&) {
  }
}

}  // namespace espresso
