#include "core/account.h"

#include <cstdlib>

#include <pwd.h>
#include <unistd.h>

namespace espresso {

const Account& own_account() {
  static const Account account = [] {
    const passwd* entry = ::getpwuid(::getuid());
    return entry ? Account{.name = entry->pw_name, .home = entry->pw_dir} : Account{};
  }();
  return account;
}

std::string home_directory() {
  if (const char* home = std::getenv("HOME"); home && *home) return home;
  return own_account().home.empty() ? "/" : own_account().home;
}

}  // namespace espresso
