#pragma once

#include "core/diagnostic.h"
#include "model/inventory.h"
#include "run/connection_variables.h"

#include <optional>
#include <string>
#include <string_view>

namespace espresso {

/// A variable that was found under one of its names.
struct FoundVariable {
  std::string_view name;
  const Value* value = nullptr;
  const Origin* origin = nullptr;
  const ConnectionVariable* variable = nullptr;

  explicit operator bool() const { return value != nullptr; }
  /// Where it is written: "-e" alone when it is of the command line.
  Span span() const;
};

/// Reads a host's variables of connection_variables.h, by our names for them. A value of the wrong kind is a mistake at
/// the place where the variable is written.
class HostVariables {
 public:
  HostVariables(const Host& host, Diagnostics& diagnostics) : host_(host), diagnostics_(diagnostics) {}

  /// The first of its names that is set to something.
  FoundVariable find(std::string_view name) const;
  /// All of its names that are set to something.
  std::vector<FoundVariable> find_all(std::string_view name) const;
  /// Tells what it takes instead.
  void complain(const FoundVariable& found);
  void complain_of(const FoundVariable& found, std::string_view what);

  /// Nothing when it is not set. Numbers read as text are text: names and passwords may look like them.
  std::optional<std::string> text(std::string_view name);
  std::optional<bool> flag(std::string_view name);
  /// One text, or a list of them.
  std::optional<std::vector<std::string>> texts(std::string_view name);

  static std::optional<bool> truth(const Value& value);

 private:
  const Host& host_;
  Diagnostics& diagnostics_;
};

}  // namespace espresso
