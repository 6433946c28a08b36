#include "model/expression.h"
#include "model/lua_computed.h"
#include "model/lua_sandbox.h"
#include "model/template.h"

#include <fmt/format.h>

// Evaluator: the door from expression.h to the sandbox.

namespace espresso {

struct Evaluator::State {
  Sandbox sandbox;
};

Evaluator::Evaluator() : state_(std::make_unique<State>()) {}
Evaluator::~Evaluator() = default;

Value Evaluator::evaluate(const Expression& expression, const Scope& scope) {
  return state_->sandbox.evaluate(expression.compiled_, scope);
}

Value Evaluator::evaluate(const Computed& computed, const Scope& scope) {
  const Computed::Data& data = *computed.data_;
  switch (data.kind) {
    case Computed::Data::Kind::constant:
      return data.value;
    case Computed::Data::Kind::list: {
      List list;
      for (const auto& item : data.items) list.push_back(evaluate(item, scope));
      return list;
    }
    case Computed::Data::Kind::map: {
      Map map;
      for (const auto& [key, value] : data.entries) map.set(key, evaluate(value, scope));
      return map;
    }
    case Computed::Data::Kind::text:
      break;
  }
  if (data.pieces.size() == 1 && data.pieces[0].expression) return evaluate(*data.pieces[0].expression, scope);
  std::string text;
  for (const auto& piece : data.pieces)
    text += piece.expression ? evaluate(*piece.expression, scope).to_text() : piece.literal;
  return text;
}

bool Evaluator::is_true(const Expression& condition, const Scope& scope) {
  const Value value = evaluate(condition, scope);
  if (value.is_string() || value.is_item()) {
    throw Mistakes(Diagnostic{
        .span = condition.span(),
        .message = fmt::format("a condition is true or false, not {}", value.is_item() ? "content" : "a string"),
        .hint = "compare it: x == 'text'"});
  }
  return value.is_true();
}

std::string Evaluator::render(const Template& text, const Scope& scope) {
  return state_->sandbox.render(text.chunk(), scope);
}

}  // namespace espresso
