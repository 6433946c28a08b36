#pragma once

#include "model/described.h"
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
  Arguments(std::string_view function, const std::vector<Value>& values);

  /// Without what is given by name.
  std::size_t size() const { return size_; }
  bool has(std::size_t i) const { return i < size_ && !values_[i].is_null(); }
  /// What is given by name to a function that takes any number of arguments; null when it is not given.
  const Value& named(std::string_view name) const;
  /// All of that.
  Map all_named() const;
  /// A flag: given, and neither false nor empty.
  bool is_set(std::size_t i) const;
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
  std::size_t size_;
};

/// The key that marks a last argument as a mapping of those given by name.
constexpr const char* named_arguments = "__espresso_named";

using LibraryFunction = Value (*)(const Arguments&);

/// A function of expressions: of it come the help, the names of its arguments, and a test.
/// Those without `call` are written in Lua (lua_library.cpp).
struct FunctionEntry {
  const char* name;
  const char* signature;  ///< "join(list [, separator])": the names are those of `join(xs, separator=', ')`
  const char* doc;
  const char* example;
  const char* result;  ///< of the example, as JSON
  LibraryFunction call;
};
using FunctionEntries = std::vector<FunctionEntry>;

/// All, sorted by name.
const FunctionEntries& function_entries();
/// By what they work on; each in the file of its name.
FunctionEntries text_functions();
FunctionEntries list_functions();
FunctionEntries mapping_functions();
FunctionEntries number_functions();
FunctionEntries encoding_functions();
FunctionEntries regex_functions();

/// nullptr: no such function.
const FunctionEntry* find_function(std::string_view name);
/// The names of its arguments, in order.
const std::vector<std::string>& parameters_of(const FunctionEntry& function);

/// Whether an expression may call this name: a function of the library, or one of Lua's that remain.
bool is_expression_function(std::string_view name);
const std::vector<std::string>& expression_function_names();

bool contains(const Value& container, const Value& item);
/// What Jinja takes for true: not false, null, 0 or empty.
bool is_jinja_true(const Value& value);
/// The order of numbers, texts or lists; throws Complaint for anything else.
bool is_less(const Value& a, const Value& b);

/// The tests of `x is …`, sorted.
const std::vector<std::string>& test_names();
/// `arguments`: the value, then those of the test.
bool passes_test(std::string_view test, const std::vector<Value>& arguments);

/// What `attribute` leads to: a key, the index of a list, or several with dots between them; nullptr: nothing.
const Value* find_attribute(const Value& value, std::string_view attribute);
/// The same; throws Complaint when there is nothing.
const Value& attribute_of(std::string_view function, const Value& value, std::string_view attribute);

/// What `value.name(…)` is, as in Python: "a".upper(), mapping.items().
Value call_method(const Value& value, std::string_view name, const std::vector<Value>& arguments);
/// `value[from:to:step]`, counted as Python does.
Value slice_of(const Value& value, const Value& from, const Value& to, const Value& step);

/// The characters of UTF-8; a byte that is none counts as one.
std::vector<std::string_view> characters_of(std::string_view text);

/// Throws Complaint when a result of so many bytes is too large.
void check_size(std::size_t size);
/// Throws Complaint when it does not fit.
std::int64_t whole(double number);

/// The bytes that one value, or all values of one evaluation, may take.
constexpr std::size_t max_value_size = 64 * 1024 * 1024;
/// Roughly the bytes the value would take if nothing in it were shared; throws Complaint beyond `limit`.
/// Lists that hold one list twice, nested, would otherwise grow without bound when they are written out.
std::size_t measure(const Value& value, std::size_t limit = max_value_size, int depth = 0);

}  // namespace espresso
