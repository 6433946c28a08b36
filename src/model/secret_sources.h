#pragma once

#include "core/diagnostic.h"
#include "model/sealed.h"
#include "model/yaml.h"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// Where the keys to secrets come from, as the user says.
struct SecretSettings {
  std::string key_file = {};                ///< 32 bytes, or as many in hexadecimal
  std::string passphrase_file = {};         ///< its first line
  std::string passphrase_command = {};      ///< a line for sh
  std::vector<std::string> vault_ids = {};  ///< as ansible-vault's --vault-id: [LABEL@]FILE, PROGRAM or prompt
  /// Asks the user on the terminal for what it is given ("the passphrase of secrets"), twice when it is a new one.
  std::function<std::string(const std::string& what, bool is_new)> ask = {};
};

/// The passwords that an Ansible Vault text may have, each read when it is needed first.
class VaultPasswords {
 public:
  /// Decrypts a text of ansible-vault: with the passwords of its label, then with the others, as that does. Throws
  /// Error.
  std::string open(std::string_view text, const SecretSettings& settings);

 private:
  const std::string& password_of(const std::string& id, const SecretSettings& settings);
  std::map<std::string, std::string> read_;
};

/// Reads secrets: what is encrypted, and what commands tell. Each file is opened and each command run once; a
/// passphrase is asked for once, when a file needs it. What is read is known to known_secrets() before it is handed
/// out.
class SecretSources {
 public:
  SecretSources() = default;
  SecretSources(const SecretSources&) = delete;
  SecretSources& operator=(const SecretSources&) = delete;
  ~SecretSources() { forget(); }

  void configure(SecretSettings settings) { settings_ = std::move(settings); }
  /// The folder in which `secrets/` lies: that of the stages.
  void set_folder(std::filesystem::path folder) { folder_ = std::move(folder); }
  void forget();
  /// For who only looks at what there is: from now on nobody is asked, nothing run or opened, and "***" stands for
  /// secrets.
  void withhold() { are_withheld_ = true; }
  bool are_withheld() const { return are_withheld_; }

  /// What opens files: the key file, or the passphrase. Throws Error, and what `ask` throws.
  const SealingKey& key(SealingKey::Kind kind);
  /// The key for a new file: that of the key file when there is one, else a new passphrase.
  const SealingKey& new_key();
  /// The text when it is not encrypted; decrypted when it is a secret file or of Ansible Vault. Throws Error.
  std::string open(std::string_view text);

  /// The entry `NAME.path.to.entry` of secrets/NAME.yaml.secret. Throws Error, Mistakes when the file is no YAML.
  Value entry(std::string_view name);
  /// All of a file, decrypted when it is encrypted, without the newlines at its end. Throws Error.
  std::string content(const std::filesystem::path& file);
  /// What the command writes, without the newlines at its end. Throws Error.
  std::string output_of(const std::vector<std::string>& command);

 private:
  Value& entries_of(const std::string& file_name);
  std::string passphrase(bool is_new);

  SecretSettings settings_;
  std::filesystem::path folder_ = ".";
  bool are_withheld_ = false;
  std::optional<SealingKey> key_, passphrase_;
  VaultPasswords vault_;
  std::map<std::string, Value> files_;
  std::map<std::vector<std::string>, std::string> outputs_;
};

/// Those of this run of the program.
SecretSources& secret_sources();

/// Every scalar of at least four characters in it is a secret from now on, and each text.
void know_secrets_in(const Value& value, const std::string& name);

}  // namespace espresso
