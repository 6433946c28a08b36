#include "evaluation.h"
#include "targets.h"

#include "model/expression.h"

namespace espresso {

namespace {

template <typename Text>
void evaluate(const Text& text, const Diagnostics& diagnostics) {
  static const FuzzScope scope;
  check(diagnostics);
  if (!diagnostics.empty()) return;
  Evaluator evaluator;
  try {
    const Value value = evaluator.evaluate(text, scope);
    (void)value.to_text();
  } catch (const Mistakes& mistakes) {
    check(mistakes);
  } catch (const Deferred&) {
  }
}

}  // namespace

void read_expression(std::string_view input) {
  const auto source = source_of(input);
  const Span span = span_at(source, 0, input.size());
  // As in `when: …`, and as in `content: "… {{ … }}"`.
  Diagnostics of_expression, of_text;
  evaluate(Expression::parse(std::string(input), span, of_expression), of_expression);
  if (input.find("{{") != std::string_view::npos)
    evaluate(Computed::parse_text(std::string(input), span, of_text), of_text);
}

}  // namespace espresso
