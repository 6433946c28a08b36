#include "model/vault.h"

#include "core/error.h"
#include "vault_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace espresso {
namespace {

constexpr auto plain_text = "db:\n  password: \"geheim-4711\"\n  port: 5432\n";

std::string opened(std::string_view text, std::string_view password) {
  std::string plain;
  return open_vault(text, password, plain) == VaultOutcome::opened ? plain : "(wrong password)";
}

std::string error_of(std::string_view text) {
  try {
    return opened(text, "pa55 word");
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Vault, OpensWhatAnsibleWrote) {
  EXPECT_EQ(opened(testing::vault_file, "pa55 word"), plain_text);
  EXPECT_EQ(opened(testing::labelled_vault_file, "other one"), plain_text);
}

TEST(Vault, TellsAWrongPassword) { EXPECT_EQ(opened(testing::vault_file, "pa55 wort"), "(wrong password)"); }

TEST(Vault, KnowsTheLabel) {
  EXPECT_EQ(vault_label(testing::vault_file), "");
  EXPECT_EQ(vault_label(testing::labelled_vault_file), "prod");
}

TEST(Vault, RefusesWhatIsBroken) {
  const std::string whole = testing::vault_file;
  const std::string broken = "this Ansible Vault text is broken: it was cut short or changed";
  for (const std::size_t size : {26U, 27U, 60U, 108U, 200U}) EXPECT_EQ(error_of(whole.substr(0, size)), broken) << size;
  EXPECT_EQ(error_of(whole + "zz"), broken);
  EXPECT_EQ(error_of("$ANSIBLE_VAULT;1.0;AES\n3933\n"),
            "this is no Ansible Vault text of format 1.1 or 1.2 with AES256");
}

TEST(Vault, TakesAChangedTextForAWrongPassword) {
  std::string text = testing::vault_file;
  text[text.size() - 2] = text[text.size() - 2] == '1' ? '2' : '1';
  EXPECT_EQ(opened(text, "pa55 word"), "(wrong password)");
}

}  // namespace
}  // namespace espresso
