#include "cli/exit_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace espresso {

namespace {

struct Meaning {
  ExitStatus status;
  const char* text;
};

// From harmless to grave.
constexpr std::array<Meaning, 7> meanings{{
    {ExitStatus::ok, "all went well"},
    {ExitStatus::changes_needed, "changes are needed (only with --check and --detailed-exitcode)"},
    {ExitStatus::host_failed, "an operation failed on a host"},
    {ExitStatus::host_unreachable, "a host could not be reached"},
    {ExitStatus::usage, "the command line or a file is wrong; no host was touched"},
    {ExitStatus::internal_error, "an error inside espresso"},
    {ExitStatus::interrupted, "interrupted (the first Ctrl-C lets what runs finish, the second ends it)"},
}};

std::size_t gravity(ExitStatus status) {
  const auto* found =
      std::find_if(meanings.begin(), meanings.end(), [&](const Meaning& m) { return m.status == status; });
  return static_cast<std::size_t>(found - meanings.begin());
}

}  // namespace

ExitStatus worse(ExitStatus a, ExitStatus b) { return gravity(a) < gravity(b) ? b : a; }

ExitStatus exit_status_of(const RunResult& result, bool detailed) {
  ExitStatus status = result.interrupted ? ExitStatus::interrupted : ExitStatus::ok;
  for (const auto& [host, outcome] : result.hosts) {
    if (outcome == Outcome::failed) status = worse(status, ExitStatus::host_failed);
    if (outcome == Outcome::unreachable) status = worse(status, ExitStatus::host_unreachable);
    if (detailed && outcome == Outcome::would_change) status = worse(status, ExitStatus::changes_needed);
  }
  return status;
}

std::vector<std::pair<int, std::string>> exit_status_meanings() {
  std::vector<std::pair<int, std::string>> sorted;
  for (const auto& meaning : meanings) sorted.emplace_back(static_cast<int>(meaning.status), meaning.text);
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

std::string exit_status_help() {
  std::string text = "EXIT STATUS (the worst that happened)\n";
  for (const auto& [status, meaning] : exit_status_meanings()) text += fmt::format("  {:>2}  {}\n", status, meaning);
  return text;
}

}  // namespace espresso
