#include "model/storage_s3.h"

#include "model/storage_s3_answers.h"
#include "object_storage_test.h"
#include "scripted_server.h"
#include "swift_server.h"

namespace espresso {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string refusal(const std::string& status, const std::string& code, const std::string& more = "") {
  return http_answer(
      status, "",
      "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>No &amp; no.</Message>" + more + "</Error>");
}

class S3StorageTest : public ObjectStorageTest {
 protected:
  static S3Settings settings(const std::string& endpoint) {
    return {.endpoint = endpoint,
            .region = "eu-test-1",
            .credentials = {.access_key = "test:tester", .secret_key = "testing", .origin = "this test"}};
  }
  static std::unique_ptr<Storage> open(const std::string& endpoint, const std::string& url = "s3://bucket/base",
                                       RemoteSettings remote = {.identity = {}}) {
    return open_s3_storage(url, settings(endpoint), quick(), std::move(remote));
  }
};

TEST_F(S3StorageTest, ReadsObjectsAndFoldersOfARealServer) {
  SwiftServer server;
  server.put("bucket", "base/a%20b/%C3%BC%25%2B%26.txt", "odd");
  server.put("bucket", "base/site/index.html", "index");
  server.put("bucket", "base/site/css/a.css", "css");
  server.put("bucket", "base/site/empty/", "");
  server.put("bucket", "sitemap", "not below base");
  const auto storage = open(server.url());
  EXPECT_EQ(text(*storage, "a b/ü%+&.txt"), "odd");
  EXPECT_EQ(text(*storage, "none"), "(none)");
  EXPECT_THAT(tree(*storage, "site"),
              ElementsAre("css/ 755", "css/a.css 644 css", "empty/ 755", "index.html 644 index"));
  EXPECT_THAT(storage->names(), ElementsAre("a b/ü%+&.txt", "site/css/a.css", "site/index.html"));
  EXPECT_EQ(text(*open(server.url(), "s3://bucket"), "sitemap"), "not below base");

  // What has not changed is not sent again, what has is.
  server.put("bucket", "base/site/index.html", "index 2");
  const auto later = open(server.url());
  EXPECT_EQ(text(*later, "site/css/a.css"), "css");
  EXPECT_THAT(tree(*later, "site"),
              ElementsAre("css/ 755", "css/a.css 644 css", "empty/ 755", "index.html 644 index 2"));
  EXPECT_THAT(tree(*storage, "site"),
              ElementsAre("css/ 755", "css/a.css 644 css", "empty/ 755", "index.html 644 index"));

  EXPECT_EQ(trouble(*open(server.url(), "s3://nobucket"), "x", server.url()),
            "cannot fetch 'SERVER/nobucket/x': there is no bucket 'nobucket'; check it and 'endpoint'");
  S3Settings wrong = settings(server.url());
  wrong.credentials.secret_key = "wrong";
  EXPECT_EQ(
      trouble(*open_s3_storage("s3://bucket", wrong, quick(), {.identity = {}}), "sitemap", server.url()),
      "cannot fetch 'SERVER/bucket/sitemap': the secret key is not that of 'test:tester'; the key is from this test");
  S3Settings elsewhere = settings(server.url());
  elsewhere.region = "us-east-1";
  EXPECT_EQ(text(*open_s3_storage("s3://bucket", elsewhere, quick(), {.identity = {}}), "sitemap"), "not below base")
      << "the server tells the right region";
}

TEST_F(S3StorageTest, GoesOnWhereATransferBrokeOffOnlyWithTheSameVersion) {
  const std::string begin = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 10\r\n\r\n01234";
  const std::string rest = "ETag: \"1\"\r\nContent-Range: bytes 5-9/10\r\n";
  {
    const ScriptedServer server({begin, http_answer("206 Partial Content", rest, "56789")});
    EXPECT_EQ(text(*open(server.url()), "x"), "0123456789");
    EXPECT_THAT(server.requests()[1], AllOf(HasSubstr("Range: bytes=5-\r\n"), HasSubstr("If-Match: \"1\"\r\n")));
  }
  const ScriptedServer changed(
      {begin, http_answer("412 Precondition Failed"), http_answer("200 OK", "ETag: \"2\"\r\n", "abc")});
  EXPECT_EQ(text(*open(changed.url()), "y"), "abc");
  EXPECT_THAT(changed.requests()[2], Not(HasSubstr("Range")));
  const ScriptedServer careless(
      {begin, http_answer("206 Partial Content", "ETag: \"2\"\r\nContent-Range: bytes 5-9/10\r\n", "fghij"),
       http_answer("200 OK", "ETag: \"2\"\r\n", "abcdefghij")});
  EXPECT_EQ(text(*open(careless.url()), "z"), "abcdefghij");
}

TEST_F(S3StorageTest, LeavesNothingHalfWrittenWhereItEndsTooEarly) {
  const ScriptedServer server({http_answer("200 OK", "ETag: \"0\"\r\n", "before"),
                               "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 10\r\n\r\n01234"});
  EXPECT_EQ(text(*open(server.url()), "x"), "before");
  EXPECT_EQ(trouble(*open(server.url()), "x", server.url()),
            "cannot fetch 'SERVER/bucket/base/x': transfer closed with 5 bytes remaining to read");
  EXPECT_EQ(text(*open(server.url(), "s3://bucket/base", {.identity = {}, .offline = true}), "x"), "before");
}

TEST_F(S3StorageTest, TellsWhatTheServerRefuses) {
  const std::string from = "; the key is from this test";
  const std::pair<std::string, std::string> cases[] = {
      {refusal("403 Forbidden", "InvalidAccessKeyId"), "the server does not know the key 'test:tester'" + from},
      {refusal("403 Forbidden", "SignatureDoesNotMatch"), "the secret key is not that of 'test:tester'" + from},
      {refusal("400 Bad Request", "ExpiredToken"), "the keys of 'test:tester' have expired" + from},
      {refusal("403 Forbidden", "AccessDenied"), "'test:tester' may not read it, or it is not there" + from},
      {refusal("403 Forbidden", "RequestTimeTooSkewed"),
       "the clock of this machine and that of the server differ; set the clock of this machine"},
      {refusal("403 Forbidden", "InvalidObjectState"), "it lies in an archive; restore it from there first"},
      {refusal("404 Not Found", "NoSuchBucket"), "there is no bucket 'bucket'; check it and 'endpoint'"},
      {refusal("400 Bad Request", "Odd\x1b"), "the server answered 400: Odd\\x1b: No & no."},
      {refusal("503 Slow Down", "SlowDown"), "the server answered 503: SlowDown: No & no."},
      {http_answer("405 Not Allowed", "", "<html>"), "the server answered 405; check 'endpoint': it must speak S3"},
      {http_answer("302 Found", "Location: http://127.0.0.1:1/\r\n"),
       "the server answered 302; check 'endpoint': it must speak S3"},
      {http_answer("200 OK", "", "<html>"), "(none)"},
  };
  for (const auto& [answer, expected] : cases) {
    const ScriptedServer server({answer});
    const std::string prefix = expected == "(none)" ? "" : "cannot fetch 'SERVER/bucket/base/x': ";
    EXPECT_EQ(trouble(*open(server.url()), "x", server.url()), prefix + expected);
  }
}

TEST_F(S3StorageTest, GoesToTheRegionThatTheServerNamesOnce) {
  const ScriptedServer server({refusal("400 Bad Request", "AuthorizationHeaderMalformed", "<Region>eu-west-9</Region>"),
                               http_answer("200 OK", "", "there")});
  EXPECT_EQ(text(*open(server.url()), "x"), "there");
  EXPECT_THAT(server.requests()[1], HasSubstr("/eu-west-9/s3/aws4_request"));
  const ScriptedServer lost({refusal("301 Moved", "PermanentRedirect", "<Region>a</Region>"),
                             refusal("301 Moved", "PermanentRedirect", "<Region>b</Region>")});
  EXPECT_THAT(trouble(*open(lost.url()), "x"), HasSubstr("the server answered 301: PermanentRedirect"));
}

TEST_F(S3StorageTest, ListsPageByPage) {
  const auto page = [](const std::string& key, const std::string& next) {
    return http_answer("200 OK", "",
                       "<ListBucketResult xmlns=\"x\"><EncodingType>url</EncodingType><Contents><Key>base/d/" + key +
                           "</Key></Contents>" +
                           (next.empty() ? "<IsTruncated>false</IsTruncated>"
                                         : "<IsTruncated>true</IsTruncated><NextContinuationToken>" + next +
                                               "</NextContinuationToken>") +
                           "</ListBucketResult>");
  };
  const ScriptedServer server({refusal("404 Not Found", "NoSuchKey"), page("a+b", "t&amp;/=="), page("c%2Bd", ""),
                               http_answer("200 OK", "", "one"), http_answer("200 OK", "", "two"),
                               refusal("404 Not Found", "NoSuchKey")});
  EXPECT_THAT(tree(*open(server.url()), "d"), ElementsAre("a b 644 one", "c+d 644 two"));
  EXPECT_THAT(server.requests()[2], HasSubstr("GET /bucket?continuation-token=t%26%2F%3D%3D&encoding-type=url&"
                                              "list-type=2&prefix=base%2Fd%2F HTTP/1.1\r\n"));
  const auto offline = open(server.url(), "s3://bucket/base", {.identity = {}, .offline = true});
  EXPECT_THAT(tree(*offline, "d"), ElementsAre("a b 644 one", "c+d 644 two"));
  EXPECT_EQ(trouble(*offline, "e"), "'e' of 's3://bucket/base/' was not fetched before, and --offline is given");
}

TEST_F(S3StorageTest, RefusesFoldersThatCannotBe) {
  const auto listing = [](const std::string& one, const std::string& two) {
    return http_answer("200 OK", "",
                       "<ListBucketResult><Contents><Key>base/d/" + one + "</Key></Contents><Contents><Key>base/d/" +
                           two + "</Key></Contents></ListBucketResult>");
  };
  const std::string none = refusal("404 Not Found", "NoSuchKey");
  const ScriptedServer leads_out({none, listing("../../x", "y")});
  EXPECT_EQ(trouble(*open(leads_out.url()), "d"),
            "the object 'd/../../x' of 's3://bucket/base/' cannot be a file; rename it, or take another folder");
  const ScriptedServer both({none, listing("a", "a/b"), http_answer("200 OK", "", "x")});
  EXPECT_EQ(trouble(*open(both.url()), "d"),
            "cannot make a folder of objects: a: Not a directory; an object may be named like a folder of others");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(cache_.path()))
    EXPECT_FALSE(entry.path().filename().string().starts_with("tree-")) << entry.path();
  const ScriptedServer no_list({none, http_answer("200 OK", "", "<html>hello</html>")});
  EXPECT_EQ(trouble(*open(no_list.url()), "d"),
            "the server's answer is no list of objects; check 'endpoint': it must be a server that speaks S3");
}

TEST_F(S3StorageTest, TakesWhatTheAwsToolsTake) {
  const ScriptedServer server({http_answer("200 OK", "", "x")});
  const auto storage = [&] { return open_s3_storage("s3://bucket", {}, quick(), {.identity = {}}); };
  setenv("AWS_ENDPOINT_URL", server.url().c_str(), 1);
  EXPECT_EQ(trouble(*storage(), "x"),
            "there are no keys for 's3://bucket/'; give 'user' and 'password', set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or write 'anonymous: true'");
  setenv("AWS_ACCESS_KEY_ID", "AKIA", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
  setenv("AWS_SESSION_TOKEN", "session", 1);
  setenv("AWS_REGION", "eu-north-1", 1);
  EXPECT_EQ(text(*storage(), "x"), "x");
  EXPECT_THAT(server.requests()[0], AllOf(HasSubstr("Credential=AKIA/"), HasSubstr("/eu-north-1/s3/"),
                                          HasSubstr("x-amz-security-token: session\r\n"), Not(HasSubstr("secret"))));
}

TEST_F(S3StorageTest, AsksWithoutKeysWhereThatIsSaid) {
  const ScriptedServer server({http_answer("200 OK", "", "x"), http_answer("403 Forbidden")});
  const auto storage =
      open_s3_storage("s3://bucket", {.endpoint = server.url() + "/s3/", .anonymous = true}, quick(), {.identity = {}});
  EXPECT_EQ(text(*storage, "x"), "x");
  EXPECT_THAT(server.requests()[0], AllOf(HasSubstr("GET /s3/bucket/x HTTP"), Not(HasSubstr("Authorization"))));
  EXPECT_EQ(trouble(*storage, "y", server.url()),
            "cannot fetch 'SERVER/s3/bucket/y': nobody may read it without keys, or it is not there; give 'user' and "
            "'password' instead of 'anonymous'");
}

TEST_F(S3StorageTest, BucketsHaveNames) {
  const auto told = [](const std::string& url) -> std::string {
    try {
      open("http://127.0.0.1", url);
      return "(none)";
    } catch (const Error& error) {
      return std::string(error.what()) + "; " + error.hint();
    }
  };
  for (const std::string url : {"s3://", "s3:///x", "s3://a//b", "s3://a/../b", "s3://a?x"})
    EXPECT_THAT(told(url), HasSubstr("does not name a bucket; write s3://NAME or s3://NAME/FOLDER")) << url;
  EXPECT_EQ(told("s3://key:secret@bucket/x"),
            "'s3://bucket/x' does not name a bucket; write s3://NAME or s3://NAME/FOLDER, and 'user' and 'password' "
            "beside it");
}

TEST(S3AnswersTest, BrokenOnesAreMistakes) {
  EXPECT_THROW(parse_s3_listing(""), Error);
  EXPECT_THROW(parse_s3_listing("<ListBucketResult><Key>a"), Error);
  EXPECT_THROW(parse_s3_listing("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"), Error);
  EXPECT_THAT(
      parse_s3_listing("<ListBucketResult><Key>&#x41;&#66;&lt;&nope;&#;&#x110000;&</Key></ListBucketResult>").keys,
      ElementsAre("AB<???"));
  EXPECT_EQ(parse_s3_refusal("<html><Code>x</Code>").code, "");
}

}  // namespace
}  // namespace espresso
