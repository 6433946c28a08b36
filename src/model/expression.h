#pragma once

#include "core/diagnostic.h"
#include "model/mentions.h"
#include "model/scope.h"
#include "model/value.h"
#include "model/yaml.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace espresso {

struct LuaChunk;

/// A Lua 5.4 expression as the user wrote it, with what Jinja's users write beside Lua's own: `x | f(y)`, `f(y,
/// key=z)`,
/// `!=`, `in`, `not in`, `is defined`, `is not none` and other tests, `a if c else b`, `[1, 2]`, `{'key': 1}`,
/// `x[1:3]`, `x.upper()`; `null`, `none` and `nil` are one.
/// - `x | f(y)` is `f(x, y)` and binds tighter than all operators, as in Jinja: `a == b | lower` is `a == lower(b)`.
///   Lua's bitwise `|` is given up for it.
/// - `~` joins texts; Lua's exclusive or and its `[[…]]` texts are given up.
/// - Lists count from 1, as Lua does, and -1 is the last; slices count as in Python. `first(x)` and `last(x)` do not
/// need
///   to know.
/// - Names and keys that do not exist are mistakes, except directly before `or`, before `is defined` and in `default(x,
/// y)`.
/// - A value that is null counts as not defined.
/// - Functions may be written in place, `map(users, function(u) return u.name end)`; they assign to local variables
/// only. Parsed when read, so that a mistake in it is told before any host is touched.
class Expression {
 public:
  /// `span` is the text's place. Mistakes go to `diagnostics`; the expression then must not be evaluated.
  static Expression parse(std::string text, Span span, Diagnostics& diagnostics);

  const std::string& text() const;
  const Span& span() const;
  /// Whether the text names this identifier at its top level ("facts"), so that one can know what will be needed.
  bool mentions(std::string_view name) const;
  /// Adds how it uses this name.
  void collect(std::string_view name, Mentions& into) const;

 private:
  friend class Evaluator;
  std::shared_ptr<const LuaChunk> compiled_;
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
  void collect(std::string_view name, Mentions& into) const;
  const Span& span() const;
  /// As it was written, for messages and for `plan` ("{{ item.name }}").
  std::string text() const;

 private:
  friend class Evaluator;
  struct Data;
  explicit Computed(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
  static std::shared_ptr<const Data> parse_pieces(const std::string& text, const Span& span, const Node* node,
                                                  Diagnostics& diagnostics);
  static Computed constant_of(const Computed& computed);
  std::shared_ptr<const Data> data_;
};

/// A function that expressions can call, for `espresso doc expressions`.
struct FunctionDoc {
  std::string name;
  std::string signature;  ///< "join(list [, separator])"
  std::string doc;        ///< one line
  std::string example;
  std::string result;  ///< of the example, as JSON
};

/// All functions of the library, sorted by name.
const std::vector<FunctionDoc>& expression_functions();

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
