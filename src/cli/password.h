#pragma once

#include "cli/settings.h"

#include <optional>
#include <string>

namespace espresso {

/// The user broke a question off.
struct Interrupted {};

/// What is asked for.
struct Question {
  std::string prompt;
  std::string what;     ///< "the password"
  std::string option;   ///< that makes us ask
  std::string instead;  ///< other ways to give it, as the rest of a hint; may be empty
};

/// Asks on the terminal, without echo. Throws Mistakes when there is no terminal or nothing was typed, Interrupted when
/// a signal came; the terminal is left as it was.
std::string ask_password(const Question& question);

/// The passphrase of an encrypted key file, for the first, second, third time. Nothing when there is no terminal, or
/// the user typed nothing. Throws Interrupted.
std::optional<std::string> ask_passphrase(const std::string& file, unsigned attempt);

/// What opens secrets: "the passphrase of secrets". Asked for twice when it is a new one. `instead` is as in Question;
/// without it, the options are named that open secrets. Throws as ask_password does.
std::string ask_secret(const std::string& what, bool is_new, const std::string& instead = {});

/// The password to log in with, if it is to be asked for.
std::optional<std::string> login_password(const Settings& settings);
/// The password to become another user with: of the file, else of the environment, else asked for when that is wanted.
std::optional<std::string> become_password(const Settings& settings);

}  // namespace espresso
