#include "run/protocol.h"

#include "core/embedded.h"
#include "core/text.h"

#include <fmt/format.h>

#include <stdexcept>

namespace espresso {

extern const std::vector<EmbeddedText> embedded_runner;

namespace {

// The command that reads the token and one more line, which reads the rest: that line needs no quoting for a login
// shell we do not know. r_token must not be exported, even when the environment has such a name.
constexpr std::string_view boot =
    "unset r_token r_boot; IFS= read -r r_token && IFS= read -r r_boot && eval \"$r_boot\"";

// A newline, without a process where IFS is as POSIX has it at the start of a shell: blank, tab, newline.
constexpr std::string_view newline = "n_=${IFS#??}; [ ${#n_} = 1 ] || { n_=$(printf '\\nx'); n_=${n_%x}; }; ";

// Reads the library of so many bytes: by dd, where it can, since a shell reads a pipe byte by byte (8 ms for all of
// it). Else up to the token, evaluated piece by piece ("#" ends one), since appending to one long variable takes
// quadratic time. What was read is kept, for the shells of other users (`as`).
constexpr std::string_view by_dd =
    "r_library=$(dd bs={} count=1 iflag=fullblock 2>/dev/null); [ -z \"$r_library\" ] || eval \"$r_library\"; ";
constexpr std::string_view by_lines =
    "r_text=; while IFS= read -r r_more; do case $r_more in "
    "\"$r_token\") r_library=$r_library$r_text; eval \"$r_text\"; break;; "
    "'#') r_library=$r_library$r_text; eval \"$r_text\"; r_text=;; *) r_text=$r_text$r_more$n_;; esac; done";

// Without indentation and whole-line comments, which the host need not read; `end` follows each line that is left.
std::string condensed(std::string_view script, char end = '\n') {
  std::string out;
  for (const auto& line : split(script, '\n')) {
    const std::string_view text = trim(line);
    if (text.empty() || text.front() == '#') continue;
    out.append(text) += end;
  }
  return out;
}

std::string embedded(std::string_view name, char end = '\n') {
  for (const auto& file : embedded_runner) {
    if (file.name == name) return condensed(file.text, end);
  }
  throw std::logic_error("not embedded: " + std::string(name));
}

constexpr std::string_view separator = "r_us='\x1f'";

const std::string& prelude_and_runner() {
  static const std::string text =
      fmt::format("{}\n{}{}#\n{}#\n{}#\n{}#\n", separator, embedded("wire.sh"), embedded("prelude.sh"),
                  embedded("state.sh"), embedded("watch.sh"), embedded("runner.sh"));
  return text;
}

// All of it is the line that boot_script() reads second.
const std::string& runner_for_commands() {
  static const std::string text = fmt::format("{}{}; {}\n", newline, separator, embedded("commands.sh", ' '));
  return text;
}

std::string assignments(const Tenure& tenure) {
  return fmt::format(
      "r_run={} r_host={} r_by={} r_since={} r_reason={} r_place={} r_patience={} r_break={} r_expiry={} "
      "r_longest={}\n",
      quote(tenure.run), quote(tenure.host), quote(tenure.by), quote(tenure.since), quote(tenure.reason),
      quote(tenure.place), tenure.patience.count(), tenure.breaks_lock ? "1" : "", lock_expiry.count(),
      tenure.longest.count());
}

}  // namespace

std::string confirm_functions() { return embedded("confirm.sh"); }

std::string_view boot_script() { return boot; }

std::string shell_command(std::string_view script, std::string_view shell) {
  return fmt::format("exec {} -c {}", shell, quote_for_any_shell(script));
}

std::string boot_input(const std::string& token, const std::vector<std::string>& helper_functions, RunnerKind kind,
                       const Tenure& tenure) {
  if (kind == RunnerKind::for_commands) return token + "\n" + runner_for_commands();
  std::string library = prelude_and_runner();
  for (const auto& function : helper_functions) library.append(function).append("#\n");
  library.append(assignments(tenure)).append("r_serve\n");
  const std::string way = fmt::format(by_dd, library.size());
  return fmt::format("{}\nr_one=; {}{}{}\n{}{}\n", token, newline, way, by_lines, library, token);
}

// The body stays text until the operation's subshell evaluates it, so that a syntax error in a user's helper fails that
// operation and not the runner.
std::string wrap_helper(const std::string& function, std::string_view body) {
  return fmt::format("{}() {{ eval {}; }}\n", function, quote(trim(body)));
}

std::string fact_functions(const std::vector<FactCatalog::Group>& groups) {
  std::string text = embedded("facts.sh");
  for (const auto& group : groups) {
    if (group->is_user)
      text += fmt::format("{}() {{ r_tell_user_fact {} {}; }}\n", group->function(), group->name, quote(group->body));
    else
      text += fmt::format("{}() {{\n{}}}\n", group->function(), condensed(group->body));
  }
  return text;
}

std::string define_request(const std::string& token, const std::string& functions) {
  return fmt::format("D\n{}{}\n", functions, token);
}

std::string facts_request(const std::vector<FactCatalog::Group>& groups) {
  std::string line = "F";
  for (const auto& group : groups) line += " " + group->function();
  return line + "\n";
}

std::string look_request(const std::vector<std::string>& paths, const std::vector<LookedInto>& files) {
  // stat and sha256sum tell their findings a line each; sha256sum escapes backslashes besides.
  const auto is_plain = [](const std::string& path) { return path.find_first_of("\n\\") == std::string::npos; };
  std::string line = "r_look";
  for (const auto& path : paths) {
    if (is_plain(path)) line += " " + quote(path);
  }
  line += "; r_look_into";
  for (const auto& file : files) {
    if (is_plain(file.path)) line += fmt::format(" {} {}", file.size, quote(file.path));
  }
  return "P\n" + line + "\n";
}

std::string operation_request(std::uint64_t id, const OperationRequest& request) {
  if (request.line.find('\n') != std::string::npos)
    throw std::logic_error("an operation of several lines: " + request.line);
  if (request.user.find('\n') != std::string::npos) throw std::logic_error("a user of several lines: " + request.user);
  std::string letters;
  if (request.flags.check) letters += 'c';
  if (request.flags.diff) letters += 'd';
  if (request.flags.ignore_errors) letters += 'i';
  if (request.flags.live) letters += 'l';
  constexpr std::string_view keeping = " kjK";
  if (request.flags.keeping != Keeping::none) letters += keeping[static_cast<std::size_t>(request.flags.keeping)];
  if (request.flags.limit)
    letters += fmt::format("{}{}", request.flags.is_watched_at_once ? 't' : 'T', request.flags.limit->count());
  return fmt::format("O {} {} {} {} {}{}{}\n{}\n", id, letters.empty() ? "-" : letters,
                     request.content_size ? std::to_string(*request.content_size) : "-",
                     request.key.empty() ? "-" : request.key,
                     request.signals.empty() ? "-" : join(request.signals, ","), request.user.empty() ? "" : " ",
                     request.user, request.line);
}

std::string listen_request(std::uint64_t id, const std::string& key, const std::string& stage,
                           const std::vector<std::string>& signals) {
  return fmt::format("L {} {} {} {}\n", id, key.empty() ? "-" : key, stage, join(signals, " "));
}

std::string raise_request(std::uint64_t id, const std::string& key, char how, const std::vector<std::string>& signals) {
  return fmt::format("R {} {} {} {}\n", id, key.empty() ? "-" : key, how, join(signals, " "));
}

std::string delivered_request(std::uint64_t id, const std::string& key, const std::string& stage) {
  return fmt::format("E {} {} {}\n", id, key.empty() ? "-" : key, stage);
}

std::string mark_request(std::uint64_t id, const std::string& key) {
  return fmt::format("M {} {}\n", id, key.empty() ? "-" : key);
}

std::string confirm_request(std::chrono::seconds within, const std::string& stages) {
  return fmt::format("K {} {}\n", within.count(), stages);
}

std::string end_confirm_request(std::uint64_t id, const std::string& key) {
  return fmt::format("V {} {}\n", id, key.empty() ? "-" : key);
}

std::string pause_request(std::chrono::seconds pause) { return fmt::format("B {}\n", pause.count()); }

std::string take_back_request(std::uint64_t id, const std::string& why) {
  return fmt::format("U {} - {}\n", id, printable(why));
}

// A link is made at once or not at all, and there can be but one: the host may be about to take it back.
std::string confirm_script(const std::string& state_folder, const std::string& run) {
  return fmt::format(
      "cd {} 2>/dev/null && read -r run <run && [ \"$run\" = {} ] && ln -s confirmed settled 2>/dev/null; "
      "[ \"$run\" = {} ] || exit 1; case $(readlink settled) in confirmed) echo '{}' ;; esac",
      quote(state_folder + "/confirm"), quote(run), quote(run), confirmed_word);
}

std::string forget_request(std::uint64_t id, const std::vector<std::string>& signals) {
  return fmt::format("W {} - {}\n", id, join(signals, " "));
}

}  // namespace espresso
