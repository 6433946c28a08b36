#pragma once

#include "core/async.h"
#include "core/error.h"
#include "ssh/session.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace espresso {

/// As whom a host's runner works, when that is not the user who logged in.
struct Become {
  enum class Method { sudo, su, doas };
  Method method = Method::sudo;
  std::string user = "root";
  std::optional<std::string> password = {};  ///< one line; handed over by stdin once it is asked for
};

std::optional<Become::Method> parse_become_method(std::string_view word);
std::string_view word(Become::Method method);

/// Starts `script`, a line for sh, as that user. sudo and doas without a password are trusted to ask for none, and the
/// channel is given at once: no round trip is spent. In all other cases nothing is written to the channel before the
/// host has asked for the password or the shell has said that it runs, so that the password is read by the one who
/// asked and by nobody else, and is tried once. Throws Unreachable, as become_refused() words it.
awaitable<std::unique_ptr<Channel>> start_as(Session& session, const Become& become, std::string login,
                                             std::string shell, std::string script, Deadline deadline);

/// Why there is no shell for that user, from what the host said before its end. `login`: the user who logged in.
Unreachable become_refused(const Become& become, const std::string& login, std::string_view words,
                           std::optional<int> status);

}  // namespace espresso
