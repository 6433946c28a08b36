#include "model/storage_swift.h"

#include "object_storage_test.h"
#include "scripted_server.h"
#include "swift_server.h"

#include <fmt/format.h>

namespace espresso {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string keystone(const std::string& token, const std::string& storage_url) {
  const std::string endpoints = fmt::format(
      R"([{{"interface":"internal","region":"one","url":"http://no"}},{{"interface":"public","region":"two","url":"http://no"}},)"
      R"({{"interface":"public","region":"one","url":"{}"}}])",
      storage_url);
  return http_answer("201 Created", "X-Subject-Token: " + token + "\r\n",
                     R"({"token":{"catalog":[{"type":"identity","endpoints":[]},{"type":"object-store","endpoints":)" +
                         endpoints + "}]}}");
}

class SwiftStorageTest : public ObjectStorageTest {
 protected:
  static std::unique_ptr<Storage> open(const OpenstackLogin& login, const std::string& url = "swift://things/base",
                                       const std::string& endpoint = "", RemoteSettings remote = {.identity = {}}) {
    return open_swift_storage(url, login, endpoint, quick(), std::move(remote));
  }
  static OpenstackLogin tester(const std::string& auth_url) {
    return {.auth_url = auth_url, .user = "test:tester", .password = "testing", .region = "one"};
  }
};

TEST_F(SwiftStorageTest, ReadsObjectsAndFoldersOfARealServer) {
  SwiftServer server;
  server.put("things", "base/a%20b/%C3%BC%25%2B%26.txt", "odd");
  server.put("things", "base/site/index.html", "index");
  server.put("things", "base/site/css", "", "application/directory");
  server.put("things", "base/site/css/a.css", "css");
  server.put("things", "base/site/empty", "", "application/directory");
  server.put("things", "sitemap", "not below base");
  const auto storage = open(tester(server.auth_url()));
  EXPECT_EQ(text(*storage, "a b/ü%+&.txt"), "odd");
  EXPECT_EQ(text(*storage, "none"), "(none)");
  EXPECT_THAT(tree(*storage, "site"),
              ElementsAre("css/ 755", "css/a.css 644 css", "empty/ 755", "index.html 644 index"));
  EXPECT_THAT(tree(*storage, "."), ::testing::Contains("site/css/a.css 644 css"));
  EXPECT_THAT(tree(*storage, "site/css"), ElementsAre("a.css 644 css"));
  EXPECT_THAT(storage->names(), ElementsAre("a b/ü%+&.txt", "site/css/a.css", "site/index.html"));
  server.remove("things", "base/site/css/a.css");
  EXPECT_EQ(text(*open(tester(server.auth_url())), "site/css/a.css"), "(none)");

  const ScriptedServer login({keystone(server.token(), server.account_url())});
  EXPECT_EQ(text(*open(tester(login.url()), "swift://things"), "sitemap"), "not below base") << "by Keystone";
  EXPECT_EQ(trouble(*open(tester(server.auth_url()), "swift://none"), "x", server.url()),
            "there is no container 'none' at 'SERVER/v1/AUTH_test'; check it and 'project'");
  OpenstackLogin wrong = tester(server.auth_url());
  wrong.password = "wrong";
  EXPECT_EQ(trouble(*open(wrong), "x", server.url()),
            "cannot log in at 'SERVER/auth/v1.0' as 'test:tester': the server answered 401; check 'user', 'password', "
            "'project' and 'domain' of the storage, or OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME and "
            "OS_USER_DOMAIN_NAME");
  EXPECT_EQ(trouble(*open({.auth_url = server.auth_url(), .user = "test:stranger", .password = "testing2"}), "x",
                    server.url()),
            "cannot fetch 'SERVER/v1/AUTH_test/things/base/x': the server answered 403; this user may not read it");
}

TEST_F(SwiftStorageTest, LogsInAtKeystoneOnce) {
  const ScriptedServer storage({http_answer("200 OK", "ETag: 1\r\n", "x")});
  const ScriptedServer login({keystone("t0ken", storage.url() + "/v1/AUTH_1/")});
  OpenstackLogin who = tester(login.url() + "/identity");
  who.project = "web";
  who.user_domain = "People";
  const auto opened = open(who);
  EXPECT_EQ(text(*opened, "x"), "x");
  EXPECT_EQ(text(*opened, "y"), "x");
  ASSERT_EQ(login.requests().size(), 1U);
  EXPECT_THAT(login.requests()[0],
              AllOf(HasSubstr("POST /identity/v3/auth/tokens HTTP/1.1\r\n"),
                    HasSubstr(R"({"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"test:tester",)"
                              R"("domain":{"name":"People"},"password":"testing"}}},"scope":{"project":{"name":"web",)"
                              R"("domain":{"name":"People"}}}}})")));
  EXPECT_THAT(storage.requests()[0],
              AllOf(HasSubstr("GET /v1/AUTH_1/things/base/x HTTP"), HasSubstr("X-Auth-Token: t0ken\r\n")));
}

TEST_F(SwiftStorageTest, TakesWhatTheOpenstackToolsTake) {
  EXPECT_EQ(trouble(*open({}), "x"),
            "nothing says where to log in for 'swift://things/base/'; give 'auth_url', 'user' and 'password', or set "
            "OS_AUTH_URL, OS_USERNAME and OS_PASSWORD");
  const ScriptedServer storage({http_answer("200 OK", "", "x")});
  const ScriptedServer login({keystone("t0ken", storage.url())});
  setenv("OS_AUTH_URL", (login.url() + "/v3").c_str(), 1);
  setenv("OS_REGION_NAME", "one", 1);
  setenv("OS_APPLICATION_CREDENTIAL_ID", "id", 1);
  setenv("OS_APPLICATION_CREDENTIAL_SECRET", "secret", 1);
  EXPECT_EQ(text(*open({}), "x"), "x");
  EXPECT_THAT(login.requests()[0],
              HasSubstr(R"({"auth":{"identity":{"methods":["application_credential"],"application_credential":)"
                        R"({"id":"id","secret":"secret"}}}})"));
  unsetenv("OS_APPLICATION_CREDENTIAL_ID");
  setenv("OS_USERNAME", "me", 1);
  setenv("OS_PASSWORD", "hunter22", 1);
  setenv("OS_PROJECT_ID", "p1", 1);
  EXPECT_EQ(text(*open({}), "x"), "x");
  EXPECT_THAT(login.requests()[1],
              AllOf(HasSubstr(R"("user":{"name":"me","domain":{"id":"default"},"password":"hunter22"})"),
                    HasSubstr(R"("scope":{"project":{"id":"p1"}})")));
}

TEST_F(SwiftStorageTest, LogsInAgainWhenItsTokenHasEnded) {
  const ScriptedServer storage({http_answer("200 OK", "", "one"), http_answer("401 Unauthorized"),
                                http_answer("200 OK", "", "two"), http_answer("401 Unauthorized")});
  const ScriptedServer login(
      {http_answer("200 OK", "X-Auth-Token: a\r\nX-Storage-Url: " + storage.url() + "\r\n"),
       http_answer("204 No Content", "X-Auth-Token: b\r\nX-Storage-Url: " + storage.url() + "\r\n")});
  const auto opened = open(tester(login.url() + "/v1"));
  EXPECT_EQ(text(*opened, "x"), "one");
  EXPECT_EQ(text(*opened, "y"), "two");
  EXPECT_THAT(storage.requests()[2], HasSubstr("X-Auth-Token: b\r\n"));
  EXPECT_EQ(trouble(*opened, "z", storage.url()),
            "cannot fetch 'SERVER/things/base/z': the server answered 401; the server does not take the token of its "
            "own login; check 'endpoint'");
}

TEST_F(SwiftStorageTest, GoesOnWhereATransferBrokeOffAndBeginsAnewWhereItHasChanged) {
  const std::string begin = "HTTP/1.1 200 OK\r\nETag: abc\r\nContent-Length: 10\r\n\r\n01234";
  const ScriptedServer storage(
      {begin, http_answer("206 Partial Content", "ETag: abc\r\nContent-Range: bytes 5-9/10\r\n", "56789"), begin,
       http_answer("412 Precondition Failed"), http_answer("200 OK", "ETag: def\r\n", "new")});
  const ScriptedServer login({http_answer("200 OK", "X-Auth-Token: a\r\nX-Storage-Url: " + storage.url() + "\r\n")});
  const auto opened = open(tester(login.url() + "/v1"));
  EXPECT_EQ(text(*opened, "x"), "0123456789");
  EXPECT_THAT(storage.requests()[1], AllOf(HasSubstr("Range: bytes=5-\r\n"), HasSubstr("If-Match: \"abc\"\r\n")));
  EXPECT_EQ(text(*opened, "y"), "new");
}

TEST_F(SwiftStorageTest, TellsWhatIsWrongWithALogin) {
  const auto told = [&](const std::string& answer, const std::string& path = "/v3") {
    const ScriptedServer login({answer});
    return trouble(*open(tester(login.url() + path)), "x", login.url());
  };
  const std::string check = "; check 'auth_url', or OS_AUTH_URL";
  EXPECT_EQ(told(http_answer("404 Not Found")), "cannot log in at 'SERVER/v3': the server answered 404" + check);
  EXPECT_EQ(told(http_answer("503 Busy")), "cannot log in at 'SERVER/v3': the server answered 503");
  EXPECT_EQ(told(http_answer("200 OK", "", "<html>")),
            "the login at 'SERVER/v3' did not answer with JSON; check 'auth_url'");
  EXPECT_EQ(told(http_answer("201 Created", "", "{}")), "the login at 'SERVER/v3' gave no token; check 'auth_url'");
  EXPECT_EQ(told(http_answer("201 Created", "X-Subject-Token: t\r\n", R"({"token":{"catalog":7}})")),
            "the login at 'SERVER/v3' names no object storage; check 'project' and 'region', or name the storage with "
            "'endpoint'");
  EXPECT_EQ(told("", "/v2.0"),
            "'SERVER/v2.0' is of version 2 of Keystone, which is no more; name its version 3: https://HOST/v3");
}

TEST_F(SwiftStorageTest, TheAccountMayLieElsewhere) {
  const ScriptedServer storage({http_answer("200 OK", "", "x")});
  const ScriptedServer login({http_answer("200 OK", "X-Auth-Token: a\r\n")});
  EXPECT_EQ(text(*open(tester(login.url() + "/v1"), "swift://c", storage.url() + "/v1/me"), "x"), "x");
  EXPECT_THAT(storage.requests()[0], HasSubstr("GET /v1/me/c/x HTTP"));
}

TEST_F(SwiftStorageTest, OfflineTakesWhatWasFetchedBefore) {
  const std::string list = R"([{"name":"base/d/a","bytes":1,"content_type":"text/plain"}])";
  const ScriptedServer storage({http_answer("404 Not Found"), http_answer("200 OK", "", "[]"),
                                http_answer("200 OK", "", list), http_answer("200 OK", "", "A")});
  const ScriptedServer login({http_answer("200 OK", "X-Auth-Token: a\r\nX-Storage-Url: " + storage.url() + "\r\n")});
  EXPECT_THAT(tree(*open(tester(login.url() + "/v1")), "d"), ElementsAre("a 644 A"));
  const auto offline = open(tester(login.url() + "/v1"), "swift://things/base", "", {.identity = {}, .offline = true});
  EXPECT_THAT(tree(*offline, "d"), ElementsAre("a 644 A"));
  EXPECT_EQ(text(*offline, "d/a"), "A");
  EXPECT_EQ(storage.requests().size(), 4U);
  EXPECT_EQ(login.requests().size(), 1U);
}

}  // namespace
}  // namespace espresso
