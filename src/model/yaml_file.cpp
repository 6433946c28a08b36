#include "model/yaml_file.h"

#include "core/error.h"
#include "core/secrets.h"
#include "model/described.h"
#include "model/fields.h"
#include "model/sealed.h"
#include "model/secret_sources.h"
#include "model/vault.h"

#include <fmt/format.h>

#include <filesystem>

namespace espresso {

namespace {

constexpr auto withheld = "***";
constexpr std::string_view forms = "the name of an entry, 'file: …' or 'command: …'";

// Puts the secrets of a tree in their places.
class Resolver {
 public:
  explicit Resolver(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void resolve(Node& node) {
    if (node.tag == "!vault" || node.tag == "!vault-encrypted") {
      replace(node, [&] { return open_vault_of(node); });
    } else if (node.tag == "!secret") {
      replace(node, [&] { return secret_of(node); });
    } else {
      for (auto& item : node.items) resolve(item);
      for (auto& entry : node.entries) resolve(entry.value);
    }
  }

 private:
  template <typename Function>
  void replace(Node& node, Function&& read) {
    Node secret;
    secret.kind = Node::Kind::scalar;
    secret.quoted = true;
    secret.tag = secret_tag;
    secret.span = node.span;
    try {
      secret.text = secret_sources().are_withheld() ? withheld : read();
    } catch (const Error& error) {
      diagnostics_.add(node.span, error.what(), error.hint());
    } catch (const Mistakes& mistakes) {
      diagnostics_.add(mistakes);
    }
    node = std::move(secret);
  }

  std::string open_vault_of(const Node& node) {
    if (!node.is_scalar() || !is_vault(node.text))
      throw Error("'!vault' takes the text that 'ansible-vault encrypt_string' writes", "begin it with !vault |");
    std::string text = secret_sources().open(node.text);
    known_secrets().add(text, "the secret of " + node.span.location());
    return text;
  }

  std::string secret_of(const Node& node) {
    if (node.is_scalar()) return text_of(secret_sources().entry(node.text), node.text);
    if (!node.is_map() || node.entries.size() != 1) throw Error(fmt::format("'!secret' takes {}", forms));
    const auto& [key, value] = node.entries.front();
    if (key.text == "file" && value.is_scalar()) {
      // Beside the file that names it.
      const auto folder = std::filesystem::path(node.span.source ? node.span.source->name : "").parent_path();
      return secret_sources().content(folder / value.text);
    }
    if (key.text == "command") return secret_sources().output_of(command_of(value));
    throw Error(fmt::format("'!secret' takes {}, not '{}'", forms, key.text),
                did_you_mean(key.text, {"file", "command"}));
  }

  static std::string text_of(const Value& value, const std::string& name) {
    if (!value.is_scalar()) throw Error(fmt::format("'{}' is no text but {}", name, described(value)));
    return value.to_text();
  }

  static std::vector<std::string> command_of(const Node& node) {
    std::vector<std::string> words;
    for (const auto& item : node.items) {
      if (item.is_scalar()) words.push_back(item.text);
    }
    if (node.is_scalar() && !node.text.empty()) return {"sh", "-c", node.text};
    if (!node.is_list() || words.empty() || words.size() != node.items.size())
      throw Error("'command' takes a line for sh, or a list of words");
    return words;
  }

  Diagnostics& diagnostics_;
};

Mistakes without_text(const Mistakes& mistakes) { return Mistakes(mistakes.diagnostics()); }

// The tree of a decrypted text, whose places are of a source that has forgotten it: excerpts show nothing.
Node parse_decrypted(const Source& source, std::string plain, Diagnostics& diagnostics) {
  const auto hidden = std::make_shared<Source>(Source{source.name, std::move(plain)});
  Node node;
  try {
    node = parse_yaml(hidden, diagnostics);
  } catch (const Mistakes& mistakes) {
    wipe(hidden->text);
    throw without_text(mistakes);
  }
  wipe(hidden->text);
  Diagnostics told_elsewhere;
  know_secrets_in(value_of(node, told_elsewhere), source.name);
  return node;
}

}  // namespace

Node parse_yaml_of_user(std::shared_ptr<const Source> source, Diagnostics& diagnostics) {
  Node node;
  const bool is_encrypted = is_vault(source->text) || is_sealed(source->text);
  if (is_encrypted && secret_sources().are_withheld()) return node;
  if (is_encrypted) {
    try {
      node = parse_decrypted(*source, secret_sources().open(source->text), diagnostics);
    } catch (const Error& error) {
      throw Mistakes(Diagnostic{
          .span = span_at(source, 0, source->text.find('\n')), .message = error.what(), .hint = error.hint()});
    }
  } else {
    node = parse_yaml(std::move(source), diagnostics);
  }
  Resolver(diagnostics).resolve(node);
  return node;
}

Node load_yaml(const std::string& path, Diagnostics& diagnostics) {
  return parse_yaml_of_user(load_source(path), diagnostics);
}

}  // namespace espresso
