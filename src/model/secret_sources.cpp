#include "model/secret_sources.h"

#include "core/error.h"
#include "core/local_command.h"
#include "core/secrets.h"
#include "core/text.h"
#include "model/vault.h"
#include "model/yaml_file.h"

#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <sstream>

namespace espresso {

namespace {

// Whoever is asked by the command (a card, a token, a browser) needs some time.
constexpr auto command_deadline = std::chrono::minutes(2);

std::string read_whole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file.is_open()) throw Error(fmt::format("cannot read '{}': {}", path.string(), std::strerror(errno)));
  if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (file.bad() || !text) throw Error(fmt::format("cannot read '{}'", path.string()));
  return std::move(text).str();
}

std::string without_newlines(std::string text) {
  text.erase(text.find_last_not_of("\r\n") + 1);
  return text;
}

std::optional<std::string> key_in_hexadecimal(std::string_view text) {
  text = trim(text);
  if (text.size() != 2 * sealing_key_size || text.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
    return std::nullopt;
  std::string key;
  for (std::size_t i = 0; i < text.size(); i += 2)
    key += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
  return key;
}

std::string read_key(const std::string& path) {
  const std::string text = read_whole(path);
  if (text.size() == sealing_key_size) return text;
  if (auto key = key_in_hexadecimal(text)) return std::move(*key);
  throw Error(fmt::format("'{}' holds no key: a key is {} bytes, or as many in hexadecimal", path, sealing_key_size),
              fmt::format("make one: head -c {} /dev/urandom > FILE", sealing_key_size));
}

std::string command_output(const std::vector<std::string>& words) {
  const CommandOutcome outcome = run_local_command(words, command_deadline);
  const std::string line = join(words, " ");
  if (outcome.status != 0) {
    const std::string_view said = trim(outcome.error_output);
    throw Error(fmt::format("'{}' ended with status {}{}{}", line, outcome.status, said.empty() ? "" : ": ", said));
  }
  std::string output = without_newlines(outcome.output);
  if (output.empty()) throw Error(fmt::format("'{}' wrote nothing", line));
  if (output.find('\0') != std::string::npos) throw Error(fmt::format("'{}' wrote no text", line));
  return output;
}

const Value* find_entry(const Value& root, std::string_view path) {
  const Value* value = &root;
  for (const auto& name : split(path, '.')) {
    value = value->is_map() ? value->as_map().find(name) : nullptr;
    if (!value) return nullptr;
  }
  return value;
}

void add_names(const Value& value, const std::string& name, std::vector<std::string>& names) {
  if (!value.is_map()) return names.push_back(name);
  for (const auto& [key, inner] : value.as_map()) add_names(inner, name + "." + key, names);
}

}  // namespace

void know_secrets_in(const Value& value, const std::string& name) {
  if (value.is_map()) {
    for (const auto& [key, inner] : value.as_map()) know_secrets_in(inner, name + "." + key);
  } else if (value.is_list()) {
    for (const auto& item : value.as_list()) know_secrets_in(item, name);
  } else if (value.is_string()) {
    known_secrets().add(value.as_string(), fmt::format("the secret '{}'", name));
  } else if (value.is_number() && value.to_text().size() >= 4) {
    known_secrets().add(value.to_text(), fmt::format("the secret '{}'", name));
  }
}

void SecretSources::forget() {
  for (auto* key : {&key_, &passphrase_}) {
    if (*key) wipe((*key)->secret);
    *key = std::nullopt;
  }
  vault_ = {};
  files_.clear();
  outputs_.clear();
  settings_ = {};
  folder_ = ".";
  are_withheld_ = false;
}

std::string SecretSources::passphrase(bool is_new) {
  if (!settings_.passphrase_file.empty()) {
    const std::string text = read_whole(settings_.passphrase_file);
    const std::string line = without_newlines(text.substr(0, text.find('\n')));
    if (line.empty()) throw Error(fmt::format("the first line of '{}' is empty", settings_.passphrase_file));
    return line;
  }
  if (!settings_.passphrase_command.empty()) return command_output({"sh", "-c", settings_.passphrase_command});
  if (!settings_.ask) throw Error("the passphrase cannot be asked for here");
  return settings_.ask("the passphrase of secrets", is_new);
}

const SealingKey& SecretSources::key(SealingKey::Kind kind) {
  if (kind == SealingKey::Kind::passphrase) {
    if (!passphrase_) {
      passphrase_ = SealingKey{.kind = kind, .secret = passphrase(false)};
      known_secrets().add(passphrase_->secret, "the passphrase of secrets");
    }
    return *passphrase_;
  }
  if (settings_.key_file.empty())
    throw Error("this secret file needs its key", "name the key's file with --secret-key-file");
  if (!key_) {
    key_ = SealingKey{.kind = kind, .secret = read_key(settings_.key_file)};
    known_secrets().add(key_->secret, "the key of secrets");
  }
  return *key_;
}

const SealingKey& SecretSources::new_key() {
  if (!settings_.key_file.empty()) return key(SealingKey::Kind::key);
  passphrase_ = SealingKey{.kind = SealingKey::Kind::passphrase, .secret = passphrase(true)};
  known_secrets().add(passphrase_->secret, "the passphrase of secrets");
  return *passphrase_;
}

std::string SecretSources::open(std::string_view text) {
  if (is_vault(text)) return vault_.open(text, settings_);
  if (is_sealed(text)) return unseal(text, key(kind_of_key(text)));
  return std::string(text);
}

Value& SecretSources::entries_of(const std::string& file_name) {
  const auto known = files_.find(file_name);
  if (known != files_.end()) return known->second;
  const auto path = (folder_ / "secrets" / file_name).lexically_normal();
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    throw Error(fmt::format("there is no '{}'", path.string()),
                fmt::format("espresso secret create {}", path.string()));
  Diagnostics diagnostics;
  const Node root = load_yaml(path.string(), diagnostics);
  Value value = value_of(root, diagnostics);
  diagnostics.throw_if_any();
  know_secrets_in(value, path.stem().stem().string());
  return files_.emplace(file_name, std::move(value)).first->second;
}

Value SecretSources::entry(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos || dot == 0 || name.find('/') != std::string_view::npos)
    throw Error(fmt::format("'{}' names no secret", name),
                "write FILE.NAME: the entry NAME of secrets/FILE.yaml.secret");
  const Value& root = entries_of(std::string(name.substr(0, dot)) + ".yaml.secret");
  if (const Value* found = find_entry(root, name.substr(dot + 1)); found && !found->is_null()) return *found;
  std::vector<std::string> names;
  add_names(root, std::string(name.substr(0, dot)), names);
  throw Error(fmt::format("the secret file of '{}' has no such entry", name), did_you_mean(name, names));
}

std::string SecretSources::content(const std::filesystem::path& file) {
  std::string text = without_newlines(open(read_whole(file)));
  if (text.find('\0') != std::string::npos) throw Error(fmt::format("'{}' holds no text", file.string()));
  known_secrets().add(text, fmt::format("the secret file '{}'", file.string()));
  return text;
}

std::string SecretSources::output_of(const std::vector<std::string>& command) {
  if (const auto known = outputs_.find(command); known != outputs_.end()) return known->second;
  std::string output = command_output(command);
  known_secrets().add(output, fmt::format("the secret of '{}'", join(command, " ")));
  return outputs_.emplace(command, std::move(output)).first->second;
}

SecretSources& secret_sources() {
  static SecretSources sources;
  return sources;
}

}  // namespace espresso
