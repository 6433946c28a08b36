#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace espresso {

/// Trouble with one host: ends that host only. Gains context while it unwinds.
class Error : public std::runtime_error {
 public:
  /// What ended the host decides its result: `unreachable` when no session came to be or it was lost, else `failed`.
  enum class Kind { failed, unreachable };

  explicit Error(const std::string& message, std::string hint = {}, Kind kind = Kind::failed)
      : std::runtime_error(message), hint_(std::move(hint)), kind_(kind) {}

  /// An imperative: what the user can do about it. May be empty.
  const std::string& hint() const { return hint_; }
  Kind kind() const { return kind_; }
  /// The same error, told as "context: message".
  Error within(std::string_view context) const { return Error(std::string(context) + ": " + what(), hint_, kind_); }

 private:
  std::string hint_;
  Kind kind_;
};

/// No session with the host, or none any more.
class Unreachable : public Error {
 public:
  explicit Unreachable(const std::string& message, std::string hint = {})
      : Error(message, std::move(hint), Kind::unreachable) {}
};

}  // namespace espresso
