#pragma once

#include "model/stage.h"
#include "model/value.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <vector>

namespace espresso {

/// What stands beside the helper in a stage file: the same keys with the same meaning.
struct CallOptions {
  std::string name = {};
  std::string when = {};  ///< a bare expression; empty: always
  Value for_each = {};    ///< a list, or a text "{{ … }}" whose value is one; null: once
  std::string register_as = {};
  std::string as = {};        ///< a user
  std::string delegate = {};  ///< a host
  std::vector<std::string> tags = {};
  bool ignore_errors = false;
  bool sensitive = false;
  std::optional<std::chrono::milliseconds> timeout = {};
  std::optional<std::size_t> retries = {};
  std::optional<std::chrono::milliseconds> delay = {};
  std::string until = {};  ///< a bare expression
};

/// Builds the call behind a typed wrapper (helpers/wrappers.h, generated from the helpers' headers). Texts may hold
/// {{ }}, as in a stage file: a text that holds "{{" for another reason must be written "{{ '{{' }}".
/// What is given is checked like the calls of a stage file; mistakes carry the file and line of the wrapper's caller.
class TypedCall {
 public:
  TypedCall(std::string helper, const std::source_location& place);

  /// Empty texts, lists and mappings, and what has no value, are not given.
  void give(const char* parameter, const std::string& text);
  void give(const char* parameter, const std::vector<std::string>& texts);
  void give(const char* parameter, const std::map<std::string, std::string>& texts);
  void give(const char* parameter, const std::optional<std::string>& text);
  void give(const char* parameter, const std::optional<bool>& value);
  void give(const char* parameter, const std::optional<std::int64_t>& value);
  void give(const char* parameter, const std::optional<std::chrono::seconds>& value);
  /// A required list may be empty.
  void give_list(const char* parameter, const std::vector<std::string>& texts);

  /// Throws Mistakes for expressions that cannot be read.
  void add_to(Plan& plan, const CallOptions& options);

 private:
  void give_value(const char* parameter, const Value& value);

  std::shared_ptr<Call> call_;
  Diagnostics diagnostics_;
};

}  // namespace espresso
