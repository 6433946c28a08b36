#include "ssh/ed25519.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>

#include <memory>
#include <string>

namespace espresso {
namespace {

using KeyHandle = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

std::string bytes(const std::string& hex) {
  std::string text;
  for (std::size_t i = 0; i < hex.size(); i += 2) text += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return text;
}
const unsigned char* octets(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

KeyHandle secret_key(const std::string& seed, const char* properties = nullptr) {
  return {EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", properties, octets(seed), seed.size()), &EVP_PKEY_free};
}
KeyHandle public_key(const std::string& key, const char* properties = nullptr) {
  return {EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", properties, octets(key), key.size()), &EVP_PKEY_free};
}
std::string provider_of(const KeyHandle& key) { return OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(key.get())); }

std::string signature(const KeyHandle& key, const std::string& message) {
  const Digest context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::string text(64, '\0');
  std::size_t size = text.size();
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(text.data()), &size, octets(message),
                     message.size()) != 1)
    return "none";
  text.resize(size);
  return text;
}
bool is_signed(const KeyHandle& key, const std::string& message, const std::string& by) {
  const Digest context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), octets(by), by.size(), octets(message), message.size()) == 1;
}
std::string raw_public(const KeyHandle& key) {
  std::string text(32, '\0');
  std::size_t size = text.size();
  EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(text.data()), &size);
  return text;
}

// RFC 8032, section 7.1, tests 1 to 3.
struct Vector {
  const char* seed;
  const char* key;
  const char* message;
  const char* signature;
};
class Ed25519 : public testing::TestWithParam<Vector> {
 protected:
  Ed25519() { use_faster_ed25519(); }
};

TEST_P(Ed25519, SignsAndVerifiesAsTheStandardSays) {
  const auto& vector = GetParam();
  const KeyHandle secret = secret_key(bytes(vector.seed));
  EXPECT_EQ(provider_of(secret), "espresso");
  EXPECT_EQ(raw_public(secret), bytes(vector.key));
  EXPECT_EQ(signature(secret, bytes(vector.message)), bytes(vector.signature));

  const KeyHandle known = public_key(bytes(vector.key));
  EXPECT_EQ(provider_of(known), "espresso");
  EXPECT_TRUE(is_signed(known, bytes(vector.message), bytes(vector.signature)));
  EXPECT_EQ(EVP_PKEY_eq(known.get(), secret.get()), 1);
}

TEST_P(Ed25519, AgreesWithOpenSslsOwn) {
  const auto& vector = GetParam();
  const KeyHandle theirs = secret_key(bytes(vector.seed), "provider=default");
  ASSERT_EQ(provider_of(theirs), "default");
  const std::string message(10'000, 'm');
  EXPECT_EQ(signature(theirs, message), signature(secret_key(bytes(vector.seed)), message));
}

TEST_P(Ed25519, NothingElseIsAccepted) {
  const auto& vector = GetParam();
  const std::string message = bytes(vector.message), right = bytes(vector.signature);
  const KeyHandle key = public_key(bytes(vector.key));
  for (std::size_t i = 0; i < right.size(); ++i) {
    std::string wrong = right;
    wrong[i] = static_cast<char>(wrong[i] ^ 1);
    EXPECT_FALSE(is_signed(key, message, wrong)) << i;
  }
  EXPECT_FALSE(is_signed(key, message + "x", right));
  EXPECT_FALSE(is_signed(key, message, right.substr(1)));
  EXPECT_FALSE(is_signed(key, message, ""));
  EXPECT_EQ(signature(key, message), "none") << "a public key alone signs nothing";
}

INSTANTIATE_TEST_SUITE_P(
    Standard, Ed25519,
    testing::Values(Vector{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                           "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                           "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf"
                           "9b46bd25bf5f0595bbe"
                           "24655141438e7a100b"},
                    Vector{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                           "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                           "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f"
                           "11d8c387b2eaeb4302a"
                           "eeb00d291612bb0c00"},
                    Vector{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                           "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                           "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984"
                           "dc6594a7c15e9716ed2"
                           "8dc027beceea1ec40a"}));

// What TLS does with a certificate: the key comes out of a file, by way of the default provider.
TEST(Ed25519InFiles, KeysAreReadAndWrittenAsEver) {
  use_faster_ed25519();
  const std::string file =
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
      "-----END PRIVATE KEY-----\n";
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(file.data(), -1), &BIO_free);
  const KeyHandle key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  ASSERT_TRUE(key);
  EXPECT_EQ(signature(key, ""),
            bytes("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc6"
                  "1e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"));
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  ASSERT_EQ(PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  EXPECT_EQ(std::string(text, static_cast<std::size_t>(size)), file);
}

TEST(Ed25519InFiles, OtherAlgorithmsStayOpenSsls) {
  use_faster_ed25519();
  const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> digest(EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free);
  ASSERT_TRUE(digest);
  EXPECT_STREQ(OSSL_PROVIDER_get0_name(EVP_MD_get0_provider(digest.get())), "default");
}

}  // namespace
}  // namespace espresso
