#include "model/aws_signature.h"

#include "core/hash.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// 2013-05-24T00:00:00Z, and the keys of the examples in the "Amazon S3 API Reference" ("Signature Calculations").
constexpr std::chrono::system_clock::time_point time{std::chrono::seconds(1369353600)};
const AwsCredentials keys{.access_key = "AKIAIOSFODNN7EXAMPLE",
                          .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
constexpr const char* of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

AwsRequest example(std::vector<std::pair<std::string, std::string>> query) {
  return {.host = "examplebucket.s3.amazonaws.com", .query = std::move(query), .region = "us-east-1"};
}

std::string authorization(const std::string& names, const std::string& signature) {
  return "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=" + names +
         ", Signature=" + signature;
}

TEST(AwsSignatureTest, IsThatOfTheExampleThatReadsALifecycle) {
  EXPECT_THAT(sign_request(example({{"lifecycle", ""}}), keys, time),
              ElementsAre(Pair("x-amz-content-sha256", of_nothing), Pair("x-amz-date", "20130524T000000Z"),
                          Pair("Authorization",
                               authorization("host;x-amz-content-sha256;x-amz-date",
                                             "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"))));
}

TEST(AwsSignatureTest, IsThatOfTheExampleThatListsObjects) {
  const AwsRequest request = example({{"prefix", "J"}, {"max-keys", "2"}});
  EXPECT_EQ(query_text(request), "max-keys=2&prefix=J");
  EXPECT_EQ(sign_request(request, keys, time).back().second,
            authorization("host;x-amz-content-sha256;x-amz-date",
                          "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(AwsSignatureTest, CoversTheSessionTokenOfTemporaryKeys) {
  AwsCredentials temporary = keys;
  temporary.session_token = "to/ken";
  const auto headers = sign_request(example({}), temporary, time);
  EXPECT_THAT(headers[2], Pair("x-amz-security-token", "to/ken"));
  EXPECT_THAT(headers[3].second,
              ::testing::HasSubstr("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"));
}

TEST(AwsSignatureTest, WordsOfAQueryAreEncoded) {
  EXPECT_EQ(query_text(example({{"prefix", "a b/ü+&="}})), "prefix=a%20b%2F%C3%BC%2B%26%3D");
}

// RFC 4231, test cases 1 and 2.
TEST(HmacTest, IsThatOfTheStandard) {
  EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace espresso
