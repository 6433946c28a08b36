#include "core/error.h"
#include "core/local_command.h"
#include "core/secrets.h"
#include "core/text.h"
#include "model/secret_sources.h"
#include "model/vault.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace espresso {

namespace {

constexpr auto program_deadline = std::chrono::minutes(2);

struct VaultId {
  std::string label;
  std::string source;
};

VaultId parse_vault_id(const std::string& id) {
  const std::size_t at = id.find('@');
  if (at == std::string::npos) return {.label = "default", .source = id};
  return {.label = id.substr(0, at), .source = id.substr(at + 1)};
}

std::filesystem::path expanded(const std::string& path) {
  const char* home = std::getenv("HOME");
  return path.starts_with("~/") && home ? std::filesystem::path(home) / path.substr(2) : std::filesystem::path(path);
}

std::string output_of_program(const std::filesystem::path& program, const std::string& label) {
  std::vector<std::string> words = {std::filesystem::absolute(program).string()};
  // Ansible's convention: such programs know more than one password.
  if (program.stem().string().ends_with("-client")) words.insert(words.end(), {"--vault-id", label});
  const CommandOutcome outcome = run_local_command(words, program_deadline);
  if (outcome.status != 0)
    throw Error(fmt::format("the vault password program '{}' ended with status {}: {}", program.string(),
                            outcome.status, trim(outcome.error_output)));
  return outcome.output;
}

std::string read_password(const VaultId& id, const SecretSettings& settings) {
  if (id.source == "prompt" || id.source == "prompt_ask_vault_pass") {
    if (!settings.ask) throw Error("the vault password cannot be asked for here");
    return settings.ask(fmt::format("the vault password ({})", id.label), false);
  }
  const auto path = expanded(id.source);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    throw Error(fmt::format("the vault password file '{}' was not found", path.string()));
  if (S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0 && (status.st_mode & 0111U) != 0)
    return output_of_program(path, id.label);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!(text << file.rdbuf())) throw Error(fmt::format("cannot read the vault password file '{}'", path.string()));
  return std::move(text).str();
}

}  // namespace

const std::string& VaultPasswords::password_of(const std::string& id, const SecretSettings& settings) {
  if (const auto known = read_.find(id); known != read_.end()) return known->second;
  const VaultId parsed = parse_vault_id(id);
  std::string password(trim(read_password(parsed, settings)));
  if (password.empty()) throw Error(fmt::format("the vault password of '{}' is empty", id));
  known_secrets().add(password, fmt::format("the vault password of '{}'", id));
  return read_.emplace(id, std::move(password)).first->second;
}

std::string VaultPasswords::open(std::string_view text, const SecretSettings& settings) {
  const std::string label = vault_label(text);
  if (settings.vault_ids.empty())
    throw Error("this Ansible Vault text needs a password", "name its file with --vault-password-file or --vault-id");
  auto ids = settings.vault_ids;
  std::stable_partition(ids.begin(), ids.end(), [&](const auto& id) { return parse_vault_id(id).label == label; });
  std::string plain;
  for (const auto& id : ids) {
    if (open_vault(text, password_of(id, settings), plain) == VaultOutcome::opened) return plain;
  }
  throw Error(fmt::format("no vault password opens this Ansible Vault text{}",
                          label.empty() ? "" : fmt::format(" of the label '{}'", label)),
              fmt::format("tried were {}", enumerate(ids)));
}

}  // namespace espresso
