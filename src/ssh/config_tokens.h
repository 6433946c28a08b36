#pragma once

#include "ssh/config_tree.h"

#include <string>
#include <string_view>

namespace espresso {

/// What tokens stand for (ssh_config(5), TOKENS). Which of them a value may hold depends on its keyword.
class ConfigTokens {
 public:
  struct Meaning {
    const LocalUser& user;
    std::string host;         ///< %h
    std::string original;     ///< %n
    std::string key_alias;    ///< %k
    std::string remote_user;  ///< %r
    std::uint16_t port;       ///< %p
  };
  explicit ConfigTokens(Meaning meaning) : meaning_(std::move(meaning)) {}

  /// Throws Mistakes, at the place of the value, when it holds another token than those `allowed`, or when `${NAME}` is
  /// not set where `with_variables` says that it counts.
  std::string expand(const Written& value, std::string_view allowed, bool with_variables = false) const;

 private:
  std::string meaning_of(char token) const;
  Meaning meaning_;
};

constexpr std::string_view all_client_tokens = "CdhikLlnpru";
constexpr std::string_view proxy_tokens = "hknpr";

/// Hostname, which knows `%h` alone.
std::string expand_host_name(const Written& value, const std::string& host);

/// "~", "~/file", "~user/file" by the password database. Throws Mistakes when there is no such user.
std::string expand_home(const Written& path, const LocalUser& user);

}  // namespace espresso
