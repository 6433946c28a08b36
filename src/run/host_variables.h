#pragma once

#include "core/diagnostic.h"
#include "model/inventory.h"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace espresso {

/// A variable that was found under one of its names.
struct FoundVariable {
  std::string_view name;
  const Value* value = nullptr;
  const Origin* origin = nullptr;

  explicit operator bool() const { return value != nullptr; }
  /// Where it is written: "-e" alone when it is of the command line.
  Span span() const;
};

/// Reads a host's variables. A value of the wrong kind is a mistake at the place where the variable is written.
class HostVariables {
 public:
  using Names = std::initializer_list<std::string_view>;
  HostVariables(const Host& host, Diagnostics& diagnostics) : host_(host), diagnostics_(diagnostics) {}

  /// The first of these names that is set to something.
  FoundVariable find(Names names) const;
  void complain(const FoundVariable& found, std::string_view takes);
  void complain_of(const FoundVariable& found, std::string_view what);

  /// Nothing when no name is set. Numbers read as text are text: names and passwords may look like them.
  std::optional<std::string> text(Names names, std::string_view takes);
  std::optional<bool> flag(Names names);
  /// One text, or a list of them.
  std::optional<std::vector<std::string>> texts(Names names, std::string_view takes);

  static std::optional<bool> truth(const Value& value);

 private:
  const Host& host_;
  Diagnostics& diagnostics_;
};

}  // namespace espresso
