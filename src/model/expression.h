#pragma once

#include "core/diagnostic.h"
#include "model/scope.h"
#include "model/value.h"
#include "model/yaml.h"

#include <memory>
#include <string>
#include <vector>

namespace espresso {

/// A Lua 5.4 expression as the user wrote it, with `x | f(y)`, `!=`, `in`, `not in`, `is defined`, `is not defined`
/// accepted beside Lua's own. Parsed when read, so that a mistake in it is told before any host is touched.
class Expression {
 public:
  /// `span` is the text's place. Mistakes go to `diagnostics`; the expression then must not be evaluated.
  static Expression parse(std::string text, Span span, Diagnostics& diagnostics);

  const std::string& text() const { return compiled_->text; }
  const Span& span() const { return compiled_->span; }
  /// Whether the text names this identifier at its top level ("facts"), so that one can know what will be needed.
  bool mentions(std::string_view name) const;

 private:
  friend class Evaluator;
  struct Compiled {
    std::string text;
    Span span;
    std::string lua;                    ///< the translated chunk
    std::vector<std::string> mentions;  ///< free identifiers
  };
  std::shared_ptr<const Compiled> compiled_;
};

/// An argument as written: a constant, a text with `{{ }}` in it, or lists and mappings of these.
/// A text that is one `{{ }}` and nothing else keeps the type of its value.
class Computed {
 public:
  Computed();  ///< null
  static Computed constant(Value value, Span span = {});
  static Computed parse(const Node& node, Diagnostics& diagnostics);
  /// For text that is not from a YAML file.
  static Computed parse_text(std::string text, Span span, Diagnostics& diagnostics);

  bool is_constant() const;
  bool mentions(std::string_view name) const;
  const Span& span() const;
  /// As it was written, for messages and for `plan` ("{{ item.name }}").
  std::string text() const;

 private:
  friend class Evaluator;
  struct Data;
  std::shared_ptr<const Data> data_;
};

/// Evaluates expressions: one sandboxed Lua state, bounded in instructions and memory, without io, os, load, require.
/// Not for several threads at once. The only door to Lua, together with template.h.
class Evaluator {
 public:
  Evaluator();
  ~Evaluator();
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  /// Throws Mistakes for the user's mistakes (unknown name with the nearest one, wrong type, too long, …) with the
  /// expression's place, and Deferred when it reads what is not known yet.
  Value evaluate(const Expression& expression, const Scope& scope);
  Value evaluate(const Computed& computed, const Scope& scope);
  /// The truth of a condition. A string is a mistake ("true" in quotes is not a condition).
  bool is_true(const Expression& condition, const Scope& scope);

  /// Renders a template file (template.h).
  std::string render(const class Template& text, const Scope& scope);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace espresso
