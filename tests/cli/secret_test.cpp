#include "command_line.h"
#include "model/vault_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace espresso {
namespace {

using testing::Answer;
using testing::CommandLine;
using testing::Environment;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr auto file = "secrets/web.yaml.secret";

std::string content_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class SecretCommand : public ::testing::Test {
 protected:
  SecretCommand() {
    command_line_.write("key", std::string(32, 'k'));
    command_line_.write("other", std::string(32, 'o'));
  }

  // With this as $EDITOR, a line for sh.
  Answer with_editor(const std::string& line, std::vector<std::string> words) {
    command_line_.write("editor", "#!/bin/sh\n" + line + "\n");
    std::filesystem::permissions("editor", std::filesystem::perms::owner_all);
    const Environment editor("EDITOR", "./editor"), visual("VISUAL", std::nullopt);
    return with_key(std::move(words));
  }
  static Answer with_key(std::vector<std::string> words) {
    words.insert(words.begin() + 1, {"--secret-key-file", "key"});
    return CommandLine::espresso(words);
  }
  void create() { ASSERT_EQ(with_editor("echo 'db: {password: hunter22}' >$1", {"secret", "create", file}), Answer()); }

  CommandLine command_line_;
};

TEST_F(SecretCommand, CreatesShowsAndEdits) {
  create();
  EXPECT_THAT(content_of(file), StartsWith("$ESPRESSO_SECRET;1;key\n"));
  struct stat status {};
  ASSERT_EQ(stat(file, &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_EQ(with_key({"secret", "show", file}), (Answer{.status = 0, .out = "db: {password: hunter22}\n", .err = ""}));
  EXPECT_EQ(with_editor("sed -i s/22/33/ $1", {"secret", "edit", file}), Answer());
  EXPECT_EQ(with_key({"secret", "show", file}).out, "db: {password: hunter33}\n");
}

TEST_F(SecretCommand, EditsInAPrivateFolderThatIsGoneAfterwards) {
  create();
  with_editor("stat -c %a \"${1%/*}\" \"$1\" >modes; echo $1 >path; cp $1 $1~", {"secret", "edit", file});
  EXPECT_EQ(content_of("modes"), "700\n600\n");
  const std::string path = content_of("path");
  EXPECT_THAT(path, ::testing::EndsWith("/web.yaml\n"));
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(path).parent_path()));
}

TEST_F(SecretCommand, LeavesAFileAloneThatWasNotChangedOrIsNotRight) {
  create();
  const std::string before = content_of(file);
  EXPECT_EQ(with_editor("true", {"secret", "edit", file}), Answer());
  EXPECT_EQ(content_of(file), before);
  EXPECT_EQ(with_editor("exit 3", {"secret", "edit", file}).err,
            "secrets/web.yaml.secret: error: the editor './editor' ended with status 3; nothing was changed\n"
            "hint: choose another one with EDITOR\n");
  const auto broken = with_editor("echo 'db: {' >$1", {"secret", "edit", file});
  EXPECT_EQ(broken.status, 5);
  EXPECT_THAT(broken.err, StartsWith("secrets/web.yaml.secret:"));
  EXPECT_EQ(content_of(file), before);
}

TEST_F(SecretCommand, OpensTheEditorAgainWhereTheTextIsWrong) {
  create();
  const std::string line =
      "if [ -e first ]; then cp $1 again; sed -i 's/{$/{a: long enough}/' $1; else echo 'db: {' >$1; touch first; fi";
  EXPECT_EQ(with_editor(line, {"secret", "edit", file}), Answer());
  EXPECT_EQ(with_key({"secret", "show", file}).out, "db: {a: long enough}\n");
  EXPECT_EQ(content_of("again"),
            "# espresso: secrets/web.yaml.secret:2:1: error: this '{' mapping does not end\n"
            "# espresso:   2 | \n"
            "# espresso:     | ^\n"
            "# espresso: hint: close it with '}'; separate its entries with ','\n"
            "# espresso: put it right, or leave the text as it is to give up\n"
            "db: {\n");
}

TEST_F(SecretCommand, GivesFilesAnotherKey) {
  create();
  EXPECT_EQ(with_key({"secret", "rekey", "--new-key-file", "other", file}), Answer());
  EXPECT_EQ(with_key({"secret", "show", file}).err,
            "secrets/web.yaml.secret: error: this key does not open it: it is another one, or the file was changed\n");
  EXPECT_EQ(CommandLine::espresso({"secret", "--secret-key-file", "other", "show", file}).out,
            "db: {password: hunter22}\n");
}

TEST_F(SecretCommand, GivesFilesAnotherPassphraseOfAFileOrACommand) {
  create();
  command_line_.write("passphrase", "correct horse\nbattery\n");
  EXPECT_EQ(with_key({"secret", "rekey", "--new-passphrase-file", "passphrase", file}), Answer());
  EXPECT_THAT(content_of(file), StartsWith("$ESPRESSO_SECRET;1;argon2id;3;268435456;"));
  EXPECT_EQ(CommandLine::espresso({"secret", "--secret-passphrase-file", "passphrase", "rekey", file,
                                   "--new-passphrase-command", "echo another; echo one"}),
            Answer());
  EXPECT_EQ(
      CommandLine::espresso({"secret", "--secret-passphrase-command", "echo another; echo one", "show", file}).out,
      "db: {password: hunter22}\n");
  EXPECT_EQ(with_key({"secret", "rekey", "--new-passphrase-file", "passphrase", "--new-key-file", "other", file}).err,
            "espresso secret: error: '--new-key-file' and '--new-passphrase-file' cannot be given together\n"
            "hint: give one of them\n");
}

TEST_F(SecretCommand, GivesAllFilesAnotherKeyOrNone) {
  create();
  const std::string before = content_of(file), long_name = "secrets/" + std::string(245, 'x');
  command_line_.write(long_name, before);
  const Answer answer = with_key({"secret", "rekey", "--new-key-file", "other", file, long_name});
  EXPECT_EQ(answer.status, 5);
  EXPECT_THAT(answer.err, HasSubstr("File name too long"));  // that of the file beside it
  EXPECT_EQ(content_of(file), before);
  EXPECT_EQ(content_of(long_name), before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator("secrets"), std::filesystem::directory_iterator()), 2);
}

TEST_F(SecretCommand, WithoutATerminalTellsHowElseToGiveANewPassphrase) {
  create();
  const pid_t process = ::fork();
  if (process == 0) {
    ::setsid();
    command_line_.write("told", with_key({"secret", "rekey", file}).err);
    ::_exit(0);
  }
  ::waitpid(process, nullptr, 0);
  EXPECT_EQ(content_of("told"),
            "error: there is no terminal to ask for the new passphrase of secrets on\n"
            "hint: run it on a terminal, or name a file with --new-passphrase-file or --new-key-file\n");
}

TEST_F(SecretCommand, EncryptsPlainFilesAndThoseOfAnsibleVault) {
  command_line_.write("plain.yaml", "a: hunter22\n");
  command_line_.write("vault.yaml", testing::vault_file);
  command_line_.write("password", "pa55 word\n");
  EXPECT_EQ(with_key({"secret", "--vault-password-file", "password", "encrypt", "plain.yaml", "vault.yaml"}), Answer());
  EXPECT_EQ(with_key({"secret", "show", "plain.yaml"}).out, "a: hunter22\n");
  EXPECT_THAT(with_key({"secret", "show", "vault.yaml"}).out, HasSubstr("geheim-4711"));
  EXPECT_THAT(content_of("plain.yaml"), Not(HasSubstr("hunter22")));
}

TEST_F(SecretCommand, TakesAPassphraseOfAFileOrACommand) {
  command_line_.write("passphrase", "correct horse\nbattery\n");
  command_line_.write("plain.yaml", "a: hunter22\n");
  const Environment none("ESPRESSO_SECRET_KEY_FILE", std::nullopt);
  EXPECT_EQ(CommandLine::espresso({"secret", "--secret-passphrase-file", "passphrase", "encrypt", "plain.yaml"}),
            Answer());
  EXPECT_THAT(content_of("plain.yaml"), StartsWith("$ESPRESSO_SECRET;1;argon2id;3;268435456;"));
  EXPECT_EQ(
      CommandLine::espresso({"secret", "--secret-passphrase-command", "echo correct horse", "show", "plain.yaml"}).out,
      "a: hunter22\n");
}

TEST_F(SecretCommand, TellsWhatIsWrong) {
  create();
  const auto mistake = [&](std::vector<std::string> words) {
    const auto answer = with_key(std::move(words));
    EXPECT_EQ(answer.status, 5);
    return answer.err;
  };
  EXPECT_EQ(mistake({"secret", "create", file}),
            "secrets/web.yaml.secret: error: it exists already\n"
            "hint: change it: espresso secret edit secrets/web.yaml.secret\n");
  EXPECT_EQ(mistake({"secret", "creat", file}),
            "espresso secret: error: 'secret' takes create, edit, show, rekey or encrypt, not 'creat'\n"
            "hint: did you mean 'create'?\n");
  command_line_.write("plain", "x");
  EXPECT_EQ(mistake({"secret", "show", "plain"}), "plain: error: this is no secret file\n");
  EXPECT_EQ(mistake({"secret", "edit", "plain"}),
            "plain: error: this is no secret file\nhint: encrypt it: espresso secret encrypt plain\n");
  EXPECT_EQ(CommandLine::espresso({"secret", "show", file}).err,
            "secrets/web.yaml.secret: error: this secret file needs its key\n"
            "hint: name the key's file with --secret-key-file\n");
  command_line_.write("key", "short");
  EXPECT_EQ(mistake({"secret", "show", file}),
            "secrets/web.yaml.secret: error: 'key' holds no key: a key is 32 bytes, or as many in hexadecimal\n"
            "hint: make one: head -c 32 /dev/urandom > FILE\n");
}

TEST_F(SecretCommand, ItsSecretsAreUsedAndNotShown) {
  create();
  command_line_.write("config/web.yaml", "password: !secret web.db.password\n");
  command_line_.write("stages.yaml",
                      "stages: {main: {run: [{shell.run: 'printf %s \"{{ config.web.password }}\"'}]}}\n");
  command_line_.write("inventory.yaml", "all: {hosts: {a1: {connection: local, token: !secret web.db.password}}}\n");
  for (const std::string format : {"text", "json"}) {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"run", "-vvv", "--diff", "main"}, {"plan", "main"}, {"check", "main"}}) {
      auto all = words;
      all.insert(all.end(), {"--format", format});
      const auto answer = with_key(all);
      EXPECT_EQ(answer.status, 0) << answer;
      EXPECT_THAT(answer.out + answer.err, Not(HasSubstr("hunter22")));
      EXPECT_THAT(answer.out, HasSubstr("***"));
    }
  }
  const auto shown = with_key({"inventory", "show", "a1"});
  EXPECT_THAT(shown.out, HasSubstr("token: ***"));
  EXPECT_THAT(shown.out, Not(HasSubstr("hunter22")));
}

TEST_F(SecretCommand, ItsSecretsAreShownWhenThatIsAskedFor) {
  create();
  command_line_.write("config/web.yaml", "password: !secret web.db.password\n");
  command_line_.write("stages.yaml", "stages: {}\n");
  EXPECT_EQ(with_key({"config", "get", "web.password"}).out, "***\n");
  EXPECT_EQ(with_key({"config", "get", "--reveal", "web.password"}).out, "hunter22\n");
}

TEST_F(SecretCommand, HalfOfThemIsNotShownWhereATitleIsCut) {
  create();
  command_line_.write("config/web.yaml", "password: !secret web.db.password\n");
  command_line_.write("inventory.yaml", "all: {hosts: {a1: {connection: local}}}\n");
  std::string stages = "stages:\n  main:\n    run:\n";
  for (std::size_t size = 20; size < 140; ++size)
    stages += "      - shell.run: 'true " + std::string(size, 'x') + " {{ config.web.password }}'\n";
  command_line_.write("stages.yaml", stages);
  for (const std::string command : {"plan", "check"})
    EXPECT_THAT(with_key({command, "-vv", "main"}).out, Not(HasSubstr(" hu"))) << command;
}

TEST_F(SecretCommand, NothingIsOpenedForDocumentation) {
  command_line_.write(
      "stages.yaml",
      "stages: {main: {doc: What it is., run: [{shell.run: !secret {command: 'touch ran; echo x'}}]}}\n");
  EXPECT_EQ(with_key({"doc", "main"}).status, 0);
  EXPECT_FALSE(std::filesystem::exists("ran"));
  EXPECT_EQ(with_key({"plan", "main", "--hosts", "a1"}).status, 0);
  EXPECT_TRUE(std::filesystem::exists("ran"));
}

TEST_F(SecretCommand, ASignalWipesWhatIsEdited) {
  create();
  const std::string before = content_of(file);
  command_line_.write("editor", "#!/bin/sh\necho $1 >path\nkill -TERM $(cat pid)\nexec sleep 1000 >/dev/null 2>&1\n");
  std::filesystem::permissions("editor", std::filesystem::perms::owner_all);
  const std::string program = ESPRESSO_PROGRAM;
  EXPECT_EQ(testing::output_of("sh -c 'echo $$ >pid; EDITOR=./editor VISUAL= exec " + program +
                               " secret --secret-key-file key edit " + file + "'; echo $?"),
            "99\n");
  const std::string path = content_of("path");
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(path).parent_path()));
  EXPECT_EQ(content_of(file), before);
}

}  // namespace
}  // namespace espresso
