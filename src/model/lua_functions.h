#pragma once

#include "model/value.h"

#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// What is wrong with a call or a value, without its place: whoever evaluates knows the place.
struct Complaint {
  std::string message;
  std::string hint = {};
};

/// The arguments of a library function, with what is wrong about them said in one way.
class Arguments {
 public:
  Arguments(std::string_view function, const std::vector<Value>& values) : function_(function), values_(values) {}

  std::size_t size() const { return values_.size(); }
  bool has(std::size_t i) const { return i < values_.size() && !values_[i].is_null(); }
  const Value& any(std::size_t i) const;
  /// Any scalar or content, as text.
  std::string text(std::size_t i) const;
  std::string text(std::size_t i, std::string_view otherwise) const {
    return has(i) ? text(i) : std::string(otherwise);
  }
  const List& list(std::size_t i) const;
  const Map& map(std::size_t i) const;
  const Value& number(std::size_t i) const;
  std::int64_t integer(std::size_t i) const;
  std::int64_t integer(std::size_t i, std::int64_t otherwise) const { return has(i) ? integer(i) : otherwise; }
  [[noreturn]] void wrong(std::size_t i, std::string_view expected) const;

 private:
  std::string_view function_;
  const std::vector<Value>& values_;
};

using LibraryFunction = Value (*)(const Arguments&);

/// A function of expressions. Those without `call` are written in Lua, as they call functions of the user's
/// (lua_library.cpp).
struct FunctionEntry {
  const char* name;
  const char* signature;
  const char* doc;
  LibraryFunction call;
};

/// Sorted by name.
const std::vector<FunctionEntry>& function_entries();

/// Whether an expression may call this name: a function of the library, or one of Lua's that remain.
bool is_expression_function(std::string_view name);
const std::vector<std::string>& expression_function_names();

/// "a list", "an integer", "null": for messages.
std::string described(const Value& value);

bool contains(const Value& container, const Value& item);
/// `is string`, `is list`, …
bool is_kind(const Value& value, std::string_view test);

/// The bytes that one value, or all values of one evaluation, may take.
constexpr std::size_t max_value_size = 64 * 1024 * 1024;
/// Roughly the bytes the value would take if nothing in it were shared; throws Complaint beyond `limit`.
/// Lists that hold one list twice, nested, would otherwise grow without bound when they are written out.
std::size_t measure(const Value& value, std::size_t limit = max_value_size, int depth = 0);

}  // namespace espresso
