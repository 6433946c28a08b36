#include "cli/command.h"
#include "cli/editor.h"
#include "cli/password.h"
#include "core/error.h"
#include "core/private_file.h"
#include "core/secrets.h"
#include "core/text.h"
#include "model/sealed.h"
#include "model/secret_sources.h"
#include "model/vault.h"
#include "model/yaml_file.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

namespace espresso {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffix = ".secret";

Span option_span(const std::string& file) { return {.source = std::make_shared<Source>(Source{file, ""})}; }

[[noreturn]] void refuse(const std::string& file, std::string message, std::string hint = {}) {
  throw Mistakes(Diagnostic{.span = option_span(file), .message = std::move(message), .hint = std::move(hint)});
}

// What is wrong with a file is the user's to put right.
template <typename Function>
auto of_file(const std::string& file, Function&& function) {
  try {
    return function();
  } catch (const Error& error) {
    refuse(file, error.what(), error.hint());
  }
}

// The name without ".secret" says what it holds.
std::string inner_name(const fs::path& file) {
  return file.extension() == suffix ? file.stem().string() : file.filename().string();
}

// A YAML file is read before it is written: what is wrong with it would be found out on the next run only.
void check_content(const fs::path& file, const std::string& text) {
  const fs::path inner = inner_name(file);
  if (inner.extension() != ".yaml" && inner.extension() != ".yml") return;
  Diagnostics diagnostics;
  value_of(parse_yaml(std::make_shared<Source>(Source{file.string(), text}), diagnostics), diagnostics);
  diagnostics.throw_if_any();
}

void write(const fs::path& file, const std::string& text, const SealingKey& key) {
  of_file(file.string(), [&] { write_private_file(file, seal(text, key)); });
}

// The text of a secret file, and what opens it.
struct Opened {
  std::string text;
  SealingKey key;
};

Opened open_file(const std::string& file) {
  const auto source = load_source(file);
  if (!is_sealed(source->text)) {
    if (is_vault(source->text)) refuse(file, "this is a file of Ansible Vault", "change it with ansible-vault");
    refuse(file, "this is no secret file", fmt::format("encrypt it: espresso secret encrypt {}", file));
  }
  return of_file(file, [&] {
    const SealingKey key = secret_sources().key(kind_of_key(source->text));
    return Opened{.text = unseal(source->text, key), .key = key};
  });
}

// What is wrong stands above the text, as comments that are taken away again.
constexpr std::string_view remark = "# espresso: ";

std::string with_remarks(const Mistakes& mistakes, const std::string& text) {
  std::string told = mistakes.what();
  told += "put it right, or leave the text as it is to give up\n";
  std::string whole;
  for (const auto& line : split(told.substr(0, told.size() - 1), '\n')) whole.append(remark).append(line).append("\n");
  return whole + text;
}

std::string without_remarks(std::string text) {
  while (text.starts_with(remark)) text.erase(0, std::min(text.find('\n'), text.size() - 1) + 1);
  return text;
}

// What was typed is not lost when it is wrong: the editor opens again, until it is right or left as it is.
std::string edited(const std::string& file, const std::string& text) {
  const auto edit = [&](const std::string& from) {
    return of_file(file, [&] { return edit_privately(inner_name(file), from); });
  };
  for (std::string now = edit(text);;) {
    if (now.empty() || now == text) return now;
    try {
      check_content(file, now);
      return now;
    } catch (const Mistakes& mistakes) {
      std::string next = without_remarks(edit(with_remarks(mistakes, now)));
      if (next == now) throw;
      now = std::move(next);
    }
  }
}

ExitStatus create(const std::string& file) {
  if (fs::exists(file)) refuse(file, "it exists already", fmt::format("change it: espresso secret edit {}", file));
  const fs::path folder = fs::path(file).parent_path();
  std::error_code error;
  if (!folder.empty() && !fs::is_directory(folder)) fs::create_directory(folder, error);
  if (error) refuse(file, fmt::format("cannot make the folder '{}': {}", folder.string(), error.message()));
  // Asked for first: nobody wants to have written it all in vain.
  const SealingKey key = of_file(file, [] { return secret_sources().new_key(); });
  const std::string text = edited(file, "");
  if (text.empty()) refuse(file, "nothing was written, so it was not made");
  write(file, text, key);
  return ExitStatus::ok;
}

ExitStatus edit(const std::string& file) {
  Opened opened = open_file(file);
  const std::string text = edited(file, opened.text);
  if (text == opened.text) return ExitStatus::ok;
  write(file, text, opened.key);
  wipe(opened.text);
  return ExitStatus::ok;
}

// It is asked for, so it is not masked; nothing of it is known as a secret yet.
ExitStatus show(const Context& context, const std::string& file) {
  const auto source = load_source(file);
  const bool is_encrypted = is_sealed(source->text) || is_vault(source->text);
  if (!is_encrypted) refuse(file, "this is no secret file");
  const std::string text = of_file(file, [&] { return secret_sources().open(source->text); });
  known_secrets().forget();
  context.output.out << text;
  return ExitStatus::ok;
}

ExitStatus encrypt(const std::string& file) {
  const auto source = load_source(file);
  if (is_sealed(source->text)) refuse(file, "it is encrypted already");
  const std::string text = of_file(file, [&] { return secret_sources().open(source->text); });
  check_content(file, text);
  const SealingKey key = of_file(file, [] { return secret_sources().new_key(); });
  write(file, text, key);
  return ExitStatus::ok;
}

// Where the new key of rekey comes from, as options say; all empty: it is typed.
struct NewKey {
  std::string key_file = {};
  std::string passphrase_file = {};
  std::string passphrase_command = {};
};

void check(const NewKey& from) {
  std::vector<std::string> given;
  if (!from.key_file.empty()) given.emplace_back("'--new-key-file'");
  if (!from.passphrase_file.empty()) given.emplace_back("'--new-passphrase-file'");
  if (!from.passphrase_command.empty()) given.emplace_back("'--new-passphrase-command'");
  if (given.size() > 1)
    refuse("espresso secret", fmt::format("{} cannot be given together", enumerate(given)), "give one of them");
}

SealingKey read_new_key(const NewKey& from) {
  if (from.key_file.empty() && from.passphrase_file.empty() && from.passphrase_command.empty()) {
    return {.kind = SealingKey::Kind::passphrase,
            .secret = ask_secret("the new passphrase of secrets", true,
                                 "name a file with --new-passphrase-file or --new-key-file")};
  }
  SecretSources sources;
  sources.configure({.key_file = from.key_file,
                     .passphrase_file = from.passphrase_file,
                     .passphrase_command = from.passphrase_command});
  return of_file("espresso secret", [&] { return sources.new_key(); });
}

// All of the new files are written before the first old one is replaced.
ExitStatus rekey(const std::vector<std::string>& files, const NewKey& from) {
  check(from);
  std::vector<Opened> opened;
  for (const auto& file : files) opened.push_back(open_file(file));
  const SealingKey key = read_new_key(from);
  std::vector<std::unique_ptr<FreshPrivateFile>> fresh;
  for (std::size_t i = 0; i < files.size(); ++i) {
    of_file(files[i],
            [&] { fresh.push_back(std::make_unique<FreshPrivateFile>(files[i], seal(opened[i].text, key))); });
    wipe(opened[i].text);
  }
  for (std::size_t i = 0; i < files.size(); ++i) of_file(files[i], [&] { fresh[i]->put_in_place(); });
  return ExitStatus::ok;
}

}  // namespace

Command add_secret(CLI::App& program) {
  const auto action = std::make_shared<std::string>();
  const auto files = std::make_shared<std::vector<std::string>>();
  const auto new_key = std::make_shared<NewKey>();
  const std::vector<std::string> actions = {"create", "edit", "show", "rekey", "encrypt"};
  CLI::App* app = program.add_subcommand(
      "secret", "Keep secrets in encrypted files: secrets/NAME.yaml.secret, for !secret NAME.entry");
  app->footer(
      "espresso secret create secrets/db.yaml.secret\n"
      "espresso secret edit secrets/db.yaml.secret\n"
      "espresso secret rekey secrets/db.yaml.secret --new-key-file ~/.espresso.key");
  app->add_option(
         "action", *action,
         "create, edit (with $VISUAL or $EDITOR), show, rekey (with a new passphrase), or encrypt (a plain file "
         "or one of Ansible Vault)")
      ->type_name("ACTION")
      ->required();
  app->add_option("file", *files, "The files; several with rekey and encrypt")->type_name("FILE")->required();
  app->add_option("--new-key-file", new_key->key_file, "With rekey: the new key instead of a passphrase")
      ->type_name("FILE");
  app->add_option("--new-passphrase-file", new_key->passphrase_file,
                  "With rekey: a file whose first line is the new passphrase; it is asked for otherwise")
      ->type_name("FILE");
  app->add_option("--new-passphrase-command", new_key->passphrase_command,
                  "With rekey: a command that writes the new passphrase")
      ->type_name("COMMAND");
  const auto carry_out = [=](const Context& context) {
    const bool takes_many = *action == "rekey" || *action == "encrypt";
    if (std::find(actions.begin(), actions.end(), *action) == actions.end())
      refuse("espresso secret", fmt::format("'secret' takes create, edit, show, rekey or encrypt, not '{}'", *action),
             did_you_mean(*action, actions));
    if (files->size() > 1 && !takes_many)
      refuse("espresso secret", fmt::format("'{}' is one word too many", (*files)[1]),
             fmt::format("'secret {}' takes one file", *action));
    if (*action == "create") return create(files->front());
    if (*action == "edit") return edit(files->front());
    if (*action == "show") return show(context, files->front());
    if (*action == "rekey") return rekey(*files, *new_key);
    for (const auto& file : *files) encrypt(file);
    return ExitStatus::ok;
  };
  return {.app = app, .carry_out = carry_out, .connects = false, .formats = {"text"}, .choices = actions};
}

}  // namespace espresso
