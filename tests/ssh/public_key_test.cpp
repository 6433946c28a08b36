#include "core/hash.h"
#include "login.h"
#include "ssh/fields.h"
#include "ssh/public_key.h"

#include <gtest/gtest.h>

#include <random>

namespace espresso::testing {
namespace {

TEST(PublicKeyLine, IsAsSshKeygenWritesIt) {
  const TemporaryFolder folder;
  for (const char* type : {"ed25519", "ecdsa", "rsa", "dsa"}) {
    const auto file = folder / type;
    output_of({"ssh-keygen", "-q", "-t", type, "-N", "", "-C", "of two words", "-f", file});
    const auto text = read_file(file + ".pub");
    const auto key = parse_public_key(text);
    ASSERT_TRUE(key) << text;
    EXPECT_EQ(key->line() + " of two words\n", text);
    EXPECT_EQ(key->comment, "of two words");
    EXPECT_EQ(key->describe(), shown(file + ".pub"));
    EXPECT_FALSE(key->is_certificate());
    const auto of_private = public_part_of(read_file(file));
    ASSERT_TRUE(of_private);
    EXPECT_EQ(of_private->blob, key->blob);
  }
}

TEST(PublicKeyLine, ThatIsNoneIsNotRead) {
  const std::string blob = [] {
    std::string text;
    append_string(text, "ssh-ed25519");
    append_string(text, std::string(32, 'k'));
    return text;
  }();
  EXPECT_TRUE(parse_public_key("ssh-ed25519 " + base64(blob)));
  for (const std::string& text :
       {std::string(), std::string("ssh-ed25519"), std::string("ssh-ed25519 "), "ssh-rsa " + base64(blob),
        "ssh-ed25519 =" + base64(blob), "ssh-ed25519  " + base64(blob), std::string("ssh-ed25519 AAAA"), base64(blob)})
    EXPECT_FALSE(parse_public_key(text)) << text;
}

TEST(CertificateFile, TellsWhatSshKeygenTells) {
  const TemporaryFolder folder;
  const auto authority = make_key(folder, "authority", "ed25519");
  for (const char* type : {"ed25519", "ecdsa", "rsa"}) {
    const auto key = make_key(folder, type, type);
    output_of({"ssh-keygen", "-q", "-s", authority.path, "-I", "the id", "-n", "a,b", "-V",
               "20240101000000Z:20240229120000Z", key.path + ".pub"});
    const auto line = parse_public_key(read_file(key.path + "-cert.pub"));
    ASSERT_TRUE(line);
    EXPECT_TRUE(line->is_certificate());
    EXPECT_EQ(line->describe(), shown(key.path + "-cert.pub"));
    const auto certificate = parse_certificate(*line);
    ASSERT_TRUE(certificate);
    EXPECT_EQ(certificate->subject.line() + " test\n", key.public_line());
    EXPECT_TRUE(certificate->is_for_users);
    EXPECT_EQ(certificate->id, "the id");
    EXPECT_EQ(certificate->principals, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(certificate->valid_after, 1704067200U);
    EXPECT_EQ(certificate->valid_before, 1709208000U);
  }
}

TEST(CertificateFile, ThatIsAlwaysValidHasNoFlaw) {
  const TemporaryFolder folder;
  const auto authority = make_key(folder, "authority", "ed25519");
  const auto key = make_key(folder, "key", "ed25519");
  output_of({"ssh-keygen", "-q", "-s", authority.path, "-I", "id", key.path + ".pub"});
  const auto certificate = parse_certificate(*parse_public_key(read_file(key.path + "-cert.pub")));
  ASSERT_TRUE(certificate);
  EXPECT_EQ(certificate->flaw("anybody", 0), "");
  EXPECT_EQ(certificate->flaw("anybody", 4'000'000'000U), "");
}

/// Whatever stands in a file or comes from an agent is read to its end and no further.
TEST(CertificateFile, MayBeCutOrGarbled) {
  const TemporaryFolder folder;
  const auto authority = make_key(folder, "authority", "ed25519");
  const auto key = make_key(folder, "key", "rsa");
  output_of({"ssh-keygen", "-q", "-s", authority.path, "-I", "id", "-n", "a,b", key.path + ".pub"});
  const auto whole = *parse_public_key(read_file(key.path + "-cert.pub"));
  const auto private_file = read_file(key.path);
  std::minstd_rand random(20240229);
  for (int round = 0; round < 3000; ++round) {
    auto changed = whole;
    changed.blob.resize(random() % (changed.blob.size() + 1));
    for (auto flips = random() % 4; flips > 0 && !changed.blob.empty(); --flips)
      changed.blob[random() % changed.blob.size()] = static_cast<char>(random());
    EXPECT_FALSE(changed.describe().empty());
    if (const auto certificate = parse_certificate(changed)) certificate->flaw("me", random());
    auto file = private_file;
    file[random() % file.size()] = static_cast<char>(random());
    const auto open = public_part_of(file);
    EXPECT_TRUE(!open || !open->type().empty());
  }
}

}  // namespace
}  // namespace espresso::testing
