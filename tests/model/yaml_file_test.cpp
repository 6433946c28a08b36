#include "model/yaml_file.h"

#include "core/error.h"
#include "core/secrets.h"
#include "core/temporary_folder.h"
#include "model/sealed.h"
#include "model/secret_sources.h"
#include "vault_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace espresso {
namespace {

class SecretsInYaml : public ::testing::Test {
 protected:
  SecretsInYaml() : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(folder_.path());
    folder_.write("password", "pa55 word\n");
    folder_.write("other", "other one\n");
    folder_.write("key", std::string(sealing_key_size, 'k'));
    std::filesystem::create_directory(folder_.path() / "secrets");
    seal_file("secrets/web.yaml.secret", "db: {password: hunter22, port: 54321}\n");
    secret_sources().configure({.key_file = "key", .vault_ids = {"other@other", "password"}});
  }
  ~SecretsInYaml() override {
    std::filesystem::current_path(before_);
    secret_sources().forget();
    known_secrets().forget();
  }

  void seal_file(const std::string& name, const std::string& text) const {
    folder_.write(name, seal(text, {.kind = SealingKey::Kind::key, .secret = std::string(sealing_key_size, 'k')}));
  }

  // As JSON, or the mistakes.
  static std::string read(const std::string& text) {
    const auto source = std::make_shared<Source>(Source{"web.yaml", text});
    try {
      Diagnostics diagnostics;
      const Value value = value_of(parse_yaml_of_user(source, diagnostics), diagnostics);
      diagnostics.throw_if_any();
      return to_json(value);
    } catch (const Mistakes& mistakes) {
      return mistakes.what();
    }
  }

  testing::TemporaryFolder folder_;

 private:
  std::filesystem::path before_;
};

TEST_F(SecretsInYaml, AreEntriesOfSecretFiles) {
  EXPECT_EQ(read("a: !secret web.db.password\nb: [!secret web.db.port]\n"), R"({"a":"hunter22","b":["54321"]})");
  EXPECT_EQ(known_secrets().mask("hunter22"), "***");
}

TEST_F(SecretsInYaml, AreFiles) {
  folder_.write("token", "abcdef\n");
  seal_file("sealed", "ghijkl\n");
  EXPECT_EQ(read("a: !secret {file: token}\nb: !secret {file: sealed}\n"), R"({"a":"abcdef","b":"ghijkl"})");
  EXPECT_EQ(known_secrets().mask("abcdef ghijkl"), "*** ***");
}

TEST_F(SecretsInYaml, AreWhatCommandsWriteEachRunOnce) {
  const std::string text = "!secret {command: 'echo >>runs; echo hunter33'}\n";
  EXPECT_EQ(read("a: " + text + "b: " + text), R"({"a":"hunter33","b":"hunter33"})");
  EXPECT_EQ(std::filesystem::file_size("runs"), 1U);
  EXPECT_EQ(read("a: !secret {command: [printf, '%s\\n', 'a  b']}\n"), R"({"a":"a  b"})");
  EXPECT_EQ(known_secrets().mask("hunter33"), "***");
}

TEST_F(SecretsInYaml, AreTextsOfAnsibleVault) {
  EXPECT_EQ(read(testing::inline_vault), R"({"token":"ein ü geheimnis"})");
  EXPECT_EQ(known_secrets().mask("ein ü geheimnis"), "***");
}

TEST_F(SecretsInYaml, AreWholeFiles) {
  const std::string expected = R"({"db":{"password":"geheim-4711","port":5432}})";
  EXPECT_EQ(read(testing::vault_file), expected);
  EXPECT_EQ(read(testing::labelled_vault_file), expected);
  EXPECT_EQ(known_secrets().mask("geheim-4711 5432"), "*** ***");
}

TEST_F(SecretsInYaml, AreNoExpressions) {
  folder_.write("token", "{{ 1 + 1 }}\n");
  Diagnostics diagnostics;
  const Node node =
      parse_yaml_of_user(std::make_shared<Source>(Source{"a.yaml", "!secret {file: token}\n"}), diagnostics);
  EXPECT_TRUE(node.quoted);
  EXPECT_EQ(node.tag, secret_tag);
  EXPECT_EQ(node.text, "{{ 1 + 1 }}");
}

TEST_F(SecretsInYaml, TellAllMistakesAtOnce) {
  EXPECT_EQ(read("a: !secret web.db.pasword\n"
                 "b: !secret nothing.here\n"
                 "c: !secret {fil: token}\n"
                 "d: !secret {command: 'echo because >&2; exit 3'}\n"
                 "e: !secret [x]\n"
                 "f: !vault hello\n"
                 "g: !secret web.db\n"),
            R"(web.yaml:1:12: error: the secret file of 'web.db.pasword' has no such entry
  1 | a: !secret web.db.pasword
    |            ^^^^^^^^^^^^^^
hint: did you mean 'web.db.password'?
web.yaml:2:12: error: there is no 'secrets/nothing.yaml.secret'
  2 | b: !secret nothing.here
    |            ^^^^^^^^^^^^
hint: espresso secret create secrets/nothing.yaml.secret
web.yaml:3:4: error: '!secret' takes the name of an entry, 'file: …' or 'command: …', not 'fil'
  3 | c: !secret {fil: token}
    |    ^
hint: did you mean 'file'?
web.yaml:4:4: error: 'sh -c echo because >&2; exit 3' ended with status 3: because
  4 | d: !secret {command: 'echo because >&2; exit 3'}
    |    ^
web.yaml:5:4: error: '!secret' takes the name of an entry, 'file: …' or 'command: …'
  5 | e: !secret [x]
    |    ^
web.yaml:6:11: error: '!vault' takes the text that 'ansible-vault encrypt_string' writes
  6 | f: !vault hello
    |           ^^^^^
hint: begin it with !vault |
web.yaml:7:12: error: 'web.db' is no text but a mapping
  7 | g: !secret web.db
    |            ^^^^^^
)");
}

TEST_F(SecretsInYaml, OfAnsibleVaultTellWhichPasswordIsMissing) {
  secret_sources().configure(SecretSettings{});
  EXPECT_THAT(read(testing::vault_file),
              ::testing::HasSubstr("web.yaml:1:1: error: this Ansible Vault text needs a password\n"));
  secret_sources().configure({.vault_ids = {"dev@other"}});
  EXPECT_EQ(read(testing::vault_file),
            "web.yaml:1:1: error: no vault password opens this Ansible Vault text\n"
            "  1 | $ANSIBLE_VAULT;1.1;AES256\n"
            "    | ^^^^^^^^^^^^^^^^^^^^^^^^^\n"
            "hint: tried were dev@other\n");
}

TEST_F(SecretsInYaml, OfAnsibleVaultMayComeOfPrograms) {
  folder_.write("ask-client", "#!/bin/sh\n[ \"$*\" = '--vault-id prod' ] && echo 'other one'\n");
  std::filesystem::permissions("ask-client", std::filesystem::perms::owner_all);
  secret_sources().configure({.vault_ids = {"prod@ask-client"}});
  EXPECT_THAT(read(testing::labelled_vault_file), ::testing::HasSubstr("geheim-4711"));
}

TEST_F(SecretsInYaml, ThatAreBrokenYamlAreNotShown) {
  seal_file("broken", "db: [hunter44\nother: {\n");
  Diagnostics diagnostics;
  try {
    load_yaml("broken", diagnostics);
    FAIL() << "it was read";
  } catch (const Mistakes& mistakes) {
    EXPECT_THAT(mistakes.what(), ::testing::StartsWith("broken:"));
    EXPECT_THAT(mistakes.what(), ::testing::Not(::testing::HasSubstr("hunter44")));
  }
}

TEST_F(SecretsInYaml, AreAskedForOnce) {
  int asked = 0;
  folder_.write("a", seal("1234", {.secret = "correct horse"}, {.passes = 1, .memory = 8192}));
  folder_.write("b", seal("5678", {.secret = "correct horse"}, {.passes = 1, .memory = 8192}));
  secret_sources().configure({.ask = [&](const std::string&, bool) {
    ++asked;
    return "correct horse";
  }});
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(read("a: !secret {file: a}\nb: !secret {file: b}\n"), R"({"a":"1234","b":"5678"})");
  EXPECT_EQ(asked, 1);
}

// A text of a host may say what it likes.
TEST_F(SecretsInYaml, AreReadInTextsOfUsersOnly) {
  Diagnostics diagnostics;
  const auto source = std::make_shared<Source>(Source{"said", "a: !secret {command: 'touch ran'}\n"});
  value_of(parse_yaml(source, diagnostics), diagnostics);
  EXPECT_FALSE(std::filesystem::exists("ran"));
  ASSERT_EQ(diagnostics.size(), 1U);
  EXPECT_EQ(diagnostics.all().front().message, "'!secret' stands for a secret in files of yours only");
}

}  // namespace
}  // namespace espresso
