#include "run/become.h"

#include "core/hash.h"
#include "core/secrets.h"
#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace espresso {

namespace {

// What a host says before its shell runs: more than any lecture, little enough for 1000 hosts.
constexpr std::size_t most_words = 8 * 1024;
// What an error shows of it.
constexpr std::size_t most_shown = 400;

constexpr std::array<std::string_view, 3> method_words = {"sudo", "su", "doas"};

// Random, and written otherwise in the command than when it is shown: a login shell that shows its commands (set -x)
// asks for no password and tells of no shell.
struct Marks {
  std::string prompt_argument, prompt;
  std::string hello_command, hello;
};

Marks new_marks() {
  const std::string a = random_hex(8), b = random_hex(8);
  return {.prompt_argument = a + "%%" + b + ":",
          .prompt = a + "%" + b + ":",
          .hello_command = fmt::format("printf %s-%s {} {}; ", a, b),
          .hello = a + "-" + b};
}

// doas takes a password from a terminal only, and there is none.
bool may_ask(const Become& become) {
  return become.method == Become::Method::su || (become.method == Become::Method::sudo && become.password.has_value());
}

// In the language of our reading of it: the host's may be another.
std::string command_as(const Become& become, const std::string& shell, std::string_view script,
                       std::string_view prompt) {
  const std::string user = quote_for_any_shell(become.user), line = quote_for_any_shell(script);
  constexpr std::string_view run = "exec env LC_ALL=C";
  switch (become.method) {
    case Become::Method::su:
      return fmt::format("{} su -s {} -c {} {}", run, shell, line, user);
    case Become::Method::doas:
      return fmt::format("{} doas -n -u {} {} -c {}", run, user, shell, line);
    case Become::Method::sudo:
      break;
  }
  const std::string asking = prompt.empty() ? "-n" : fmt::format("-S -p {}", quote_for_any_shell(prompt));
  return fmt::format("{} sudo {} -H -u {} -- {} -c {}", run, asking, user, shell, line);
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool holds(std::string_view text, std::initializer_list<std::string_view> phrases) {
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](std::string_view phrase) { return text.find(phrase) != std::string_view::npos; });
}

std::string_view unfinished_line(std::string_view text) {
  const std::size_t end = text.rfind('\n');
  return end == std::string_view::npos ? text : text.substr(end + 1);
}

// Ours; or, since sudo-rs wraps or drops what -p says and su has no such option, a line that looks like the question.
bool asks_for_password(std::string_view text, const Marks& marks) {
  const std::string_view line = trim(unfinished_line(text));
  if (line.ends_with(marks.prompt)) return true;
  return line.ends_with(':') && lower(line).find("password") != std::string::npos;
}

void keep_end(std::string& text) {
  if (text.size() > most_words) text.erase(0, text.size() - most_words);
}

// For an error. A host may repeat what it was told.
std::string shown(std::string_view words, const Become& become) {
  std::string text = known_secrets().mask_cut_begin(words);
  const std::string secret = become.password.value_or("");
  for (std::size_t at = 0; !secret.empty() && (at = text.find(secret, at)) != std::string::npos; at += 3)
    text.replace(at, secret.size(), "***");
  return clip(printable(trim(text)), most_shown);
}

Unreachable not_accepted(const Become& become) {
  const bool is_su = become.method == Become::Method::su;
  return Unreachable(fmt::format("{} did not accept the password", word(become.method)),
                     is_su ? fmt::format("give the password of '{}'; it was tried once", become.user)
                           : "give the password of the user who logs in; it was tried once");
}

Unreachable none_given(const Become& become, const std::string& login) {
  switch (become.method) {
    case Become::Method::su:
      return Unreachable("su asks for a password, and none is given",
                         fmt::format("give the password of '{}' with -K or 'become_password'", become.user));
    case Become::Method::doas:
      return Unreachable(
          "doas asks for a password, and takes it only from a terminal, which there is not",
          fmt::format("let doas.conf at the host say 'permit nopass {} as {}', or use sudo or su", login, become.user));
    case Become::Method::sudo:
      break;
  }
  return Unreachable("sudo asks for a password, and none is given",
                     fmt::format("give it with -K or 'become_password', or let sudoers at the host say "
                                 "'{} ALL=({}) NOPASSWD: ALL'",
                                 login, become.user));
}

// What no password helps against, found out when one is asked for.
std::optional<Unreachable> account_trouble(const Become& become, std::string_view said) {
  const std::string_view tool = word(become.method);
  if (holds(said, {"expired", "change your password", "current password:", "new password:"}))
    return Unreachable(fmt::format("{} wants a new password: the old one has expired", tool),
                       "change it at the host with 'passwd'");
  if (holds(said, {"account is locked", "account locked"}))
    return Unreachable(fmt::format("{} finds the account locked", tool), "unlock it at the host");
  return std::nullopt;
}

Unreachable silent(const Become& become, std::string_view words) {
  const std::string said = shown(words, become);
  return Unreachable(fmt::format("{} neither started a shell nor asked for a password in time{}", word(become.method),
                                 said.empty() ? "" : ": " + said),
                     fmt::format("log in with ssh and run '{}' there to see what it waits for", word(become.method)));
}

}  // namespace

std::optional<Become::Method> parse_become_method(std::string_view word) {
  for (std::size_t i = 0; i < method_words.size(); ++i) {
    if (method_words[i] == word) return static_cast<Become::Method>(i);
  }
  return std::nullopt;
}

std::string_view word(Become::Method method) { return method_words[static_cast<std::size_t>(method)]; }

Unreachable become_refused(const Become& become, const std::string& login, std::string_view words,
                           std::optional<int> status) {
  const std::string tool(word(become.method));
  const std::string said = lower(words);
  if (status == 127 && holds(said, {"env:", "not found"}) && said.find(tool) != std::string::npos)
    return Unreachable(fmt::format("the host has no command '{}'", tool),
                       "install it, choose another 'become_method', or log in as the user to become");
  if (auto trouble = account_trouble(become, said)) return *std::move(trouble);
  if (holds(said, {"password is required", "authentication is required", "authentication required",
                   "authorization required", "terminal is required"}))
    return none_given(become, login);
  if (holds(said, {"must have a tty", "must be run from a terminal", "a tty is required"}))
    return Unreachable(fmt::format("{} wants a terminal, and there is none", tool),
                       fmt::format("let sudoers at the host say 'Defaults:{} !requiretty'", login));
  if (holds(said, {"not in the sudoers file", "not allowed to execute", "not allowed to run", "can't do that",
                   "operation not permitted", "su: permission denied"}))
    return Unreachable(
        fmt::format("{} does not let '{}' become '{}'", tool, login, become.user),
        fmt::format("allow it in the host's {}", become.method == Become::Method::sudo   ? "sudoers"
                                                 : become.method == Become::Method::doas ? "doas.conf"
                                                                                         : "/etc/pam.d/su"));
  if (holds(said, {"unknown user", "does not exist", "user '" + lower(become.user) + "' not found"}))
    return Unreachable(fmt::format("the host has no user '{}' to become", become.user),
                       "create the user, or correct 'become_user'");
  if (become.password && holds(said, {"incorrect", "authentication failure", "authentication failed", "try again"}))
    return not_accepted(become);
  const std::string text = shown(words, become);
  return Unreachable(fmt::format("{} started no shell ({}){}", tool,
                                 status ? fmt::format("status {}", *status) : std::string("without a status"),
                                 text.empty() ? "" : ": " + text),
                     fmt::format("log in with ssh and run '{}' there to see what is in the way", tool));
}

awaitable<std::unique_ptr<Channel>> start_as(Session& session, const Become& become, std::string login,
                                             std::string shell, std::string script, Deadline deadline) {
  const bool is_watched = may_ask(become);
  const Marks marks = new_marks();
  if (is_watched) script.insert(0, marks.hello_command);
  const std::string command = command_as(become, shell, script, is_watched ? marks.prompt_argument : "");
  auto channel = co_await session.exec(command, deadline);
  bool is_sent = false;
  std::string output, errors, words;
  while (is_watched) {
    auto event = co_await channel->read(deadline);
    // A host that never stops talking would keep us here, too.
    if (!event || Clock::now() >= deadline) throw silent(become, words);
    if (event->kind == ChannelEvent::Kind::closed) throw become_refused(become, login, words, event->exit_status);
    std::string& text = event->kind == ChannelEvent::Kind::output ? output : errors;
    text += event->data;
    words += event->data;
    if (output.find(marks.hello) != std::string::npos) break;
    keep_end(text);
    keep_end(words);
    if (!asks_for_password(text, marks)) continue;
    if (auto trouble = account_trouble(become, lower(words))) throw Unreachable(*std::move(trouble));
    // Never again: accounts get locked.
    if (is_sent) throw not_accepted(become);
    if (!become.password) throw none_given(become, login);
    is_sent = true;
    output.clear();
    errors.clear();
    const std::string line = *become.password + "\n";
    try {
      co_await channel->write(line, deadline);
    } catch (const Error& error) {
      // Ended meanwhile: what it said comes with the next event.
      if (error.kind() == Error::Kind::unreachable) throw;
    }
  }
  co_return channel;
}

}  // namespace espresso
