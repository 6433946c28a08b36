#pragma once

#include <string>

namespace espresso {

/// The user whose process this is, as the password database knows him: looked up once.
struct Account {
  std::string name;  ///< empty: the database does not know him
  std::string home;
};

const Account& own_account();

/// $HOME, else what the password database says, else "/".
std::string home_directory();

}  // namespace espresso
