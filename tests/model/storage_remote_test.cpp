#include "core/error.h"
#include "core/hash.h"
#include "core/temporary_folder.h"
#include "model/storage_http.h"
#include "scripted_server.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <sys/stat.h>

namespace espresso {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class RemoteStorageTest : public ::testing::Test {
 protected:
  RemoteStorageTest() { setenv("XDG_CACHE_HOME", cache_.path().c_str(), 1); }
  ~RemoteStorageTest() override { unsetenv("XDG_CACHE_HOME"); }

  static HttpSettings quick() { return {.retry_pause = std::chrono::milliseconds(1)}; }
  /// As in a new run of the program.
  static std::unique_ptr<Storage> open(const std::string& url, RemoteSettings remote = {.identity = {}}) {
    return open_http_storage(url, quick(), std::move(remote));
  }
  static std::string text(const Storage& storage, const std::string& name) {
    const auto item = storage.find(name);
    return item ? Value(item).to_text() : "(none)";
  }
  static std::string trouble(const Storage& storage, const std::string& name) {
    try {
      storage.find(name);
      return "(none)";
    } catch (const Error& error) {
      return error.what() + (error.hint().empty() ? "" : "; " + error.hint());
    }
  }
  std::size_t files_with(const std::string& suffix) const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(cache_.path()))
      count += entry.path().filename().string().find(suffix) != std::string::npos ? 1 : 0;
    return count;
  }
  /// The message with the server's address as SERVER.
  static std::string without_address(std::string message, const ScriptedServer& server) {
    for (std::size_t at; (at = message.find(server.url())) != std::string::npos;)
      message.replace(at, server.url().size(), "SERVER");
    return message;
  }

  testing::TemporaryFolder cache_;
};

TEST_F(RemoteStorageTest, FetchesOnceARun) {
  const ScriptedServer server({http_answer("200 OK", "", "hello")});
  const auto storage = open(server.url() + "/base");
  EXPECT_EQ(text(*storage, "a b/ü%.txt"), "hello");
  EXPECT_EQ(text(*storage, "a b/ü%.txt"), "hello");
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_THAT(server.requests()[0], HasSubstr("GET /base/a%20b/%C3%BC%25.txt HTTP/1.1\r\n"));
}

TEST_F(RemoteStorageTest, RemembersForARunWhatIsMissing) {
  const ScriptedServer server({http_answer("404 Not Found")});
  const auto storage = open(server.url());
  EXPECT_EQ(storage->find("x"), nullptr);
  EXPECT_EQ(storage->find("x"), nullptr);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(RemoteStorageTest, DoesNotAskForNamesThatLeadOutOfIt) {
  const ScriptedServer server({http_answer("200 OK", "", "no")});
  const auto storage = open(server.url() + "/base");
  for (const std::string name : {"../x", "a/../../x", "/etc/passwd", "", "a/", "a//b", "./a"})
    EXPECT_EQ(storage->find(name), nullptr) << name;
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(RemoteStorageTest, AsksTheNextTimeWhetherItHasChanged) {
  const ScriptedServer server(
      {http_answer("200 OK", "ETag: \"1\"\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n", "one"),
       http_answer("304 Not Modified"), http_answer("200 OK", "ETag: \"2\"\r\n", "two"),
       http_answer("304 Not Modified")});
  for (const auto* expected : {"one", "one", "two", "two"}) EXPECT_EQ(text(*open(server.url()), "x"), expected);
  const auto requests = server.requests();
  EXPECT_THAT(requests[0], Not(HasSubstr("If-")));
  EXPECT_THAT(requests[1], HasSubstr("If-None-Match: \"1\"\r\n"));
  EXPECT_THAT(requests[3], HasSubstr("If-None-Match: \"2\"\r\n"));
}

TEST_F(RemoteStorageTest, AsksByTimeWhereThereIsNoETag) {
  const std::string time = "Mon, 01 Jan 2024 00:00:00 GMT";
  const ScriptedServer server(
      {http_answer("200 OK", "Last-Modified: " + time + "\r\n", "one"), http_answer("304 Not Modified")});
  EXPECT_EQ(text(*open(server.url()), "x"), "one");
  EXPECT_EQ(text(*open(server.url()), "x"), "one");
  EXPECT_THAT(server.requests()[1], HasSubstr("If-Modified-Since: " + time + "\r\n"));
}

TEST_F(RemoteStorageTest, WhatARunWasGivenStaysWhileAnotherFetchesAnew) {
  const ScriptedServer server({http_answer("200 OK", "", "one"), http_answer("200 OK", "", "two")});
  const auto first = open(server.url());
  const auto item = first->find("x");
  EXPECT_EQ(text(*open(server.url()), "x"), "two");
  EXPECT_EQ(Value(item).to_text(), "one");
}

TEST_F(RemoteStorageTest, IsForItsOwnerOnly) {
  const ScriptedServer server({http_answer("200 OK", "ETag: \"1\"\r\n", "secret")});
  open(server.url())->find("x");
  for (const auto& entry : fs::recursive_directory_iterator(cache_.path() / "espresso/storage")) {
    struct stat status {};
    ASSERT_EQ(stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0077, 0u) << entry.path();
  }
}

TEST_F(RemoteStorageTest, GoesOnWhereATransferBrokeOff) {
  const std::string version = "ETag: \"1\"\r\n";
  const ScriptedServer server(
      {"HTTP/1.1 200 OK\r\n" + version + "Content-Length: 10\r\n\r\n01234",
       "HTTP/1.1 206 Partial Content\r\n" + version +
           "Content-Range: bytes 5-9/10\r\nContent-Length: 5\r\nConnection: close\r\n\r\n56789"});
  EXPECT_EQ(text(*open(server.url()), "x"), "0123456789");
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_THAT(server.requests()[1], HasSubstr("Range: bytes=5-\r\nIf-Range: \"1\"\r\n"));
}

TEST_F(RemoteStorageTest, BeginsAnewWhenTheContentHasChangedMeanwhile) {
  const ScriptedServer server({"HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 10\r\n\r\n01234",
                               http_answer("200 OK", "ETag: \"2\"\r\n", "abc")});
  EXPECT_EQ(text(*open(server.url()), "x"), "abc");
}

TEST_F(RemoteStorageTest, DoesNotGoOnWithWhatCannotBeToldApart) {
  for (const std::string version : {"", "ETag: W/\"1\"\r\n"}) {
    const ScriptedServer server({"HTTP/1.1 200 OK\r\n" + version + "Content-Length: 10\r\n\r\n01234",
                                 http_answer("200 OK", version, "0123456789")});
    EXPECT_EQ(text(*open(server.url()), "x"), "0123456789");
    EXPECT_THAT(server.requests()[1], Not(HasSubstr("Range")));
  }
}

TEST_F(RemoteStorageTest, BeginsAnewWhenThePartIsLongerThanTheWhole) {
  const ScriptedServer server({"HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 10\r\n\r\n01234",
                               http_answer("416 Range Not Satisfiable"), http_answer("200 OK", "", "xy")});
  EXPECT_EQ(text(*open(server.url()), "x"), "xy");
}

TEST_F(RemoteStorageTest, LeavesNothingHalfWrittenWhereItEndsTooEarly) {
  const ScriptedServer server({http_answer("200 OK", "ETag: \"0\"\r\n", "before"),
                               "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 10\r\n\r\n01234"});
  EXPECT_EQ(text(*open(server.url()), "x"), "before");
  EXPECT_EQ(without_address(trouble(*open(server.url()), "x"), server),
            "cannot fetch 'SERVER/x': transfer closed with 5 bytes remaining to read");
  EXPECT_EQ(server.requests().size(), 4U);
  EXPECT_EQ(text(*open(server.url(), {.identity = {}, .offline = true}), "x"), "before");
}

TEST_F(RemoteStorageTest, TriesAgainWhereThatMayHelp) {
  const ScriptedServer server(
      {http_answer("503 Service Unavailable"), http_answer("502 Bad Gateway"), http_answer("200 OK", "", "ok")});
  EXPECT_EQ(text(*open(server.url()), "x"), "ok");
}

TEST_F(RemoteStorageTest, OnceThatWasInVainItTriesEachNameOnce) {
  const ScriptedServer server({http_answer("503 Service Unavailable")});
  const auto storage = open(server.url());
  EXPECT_THAT(trouble(*storage, "x"), HasSubstr("/x': the server answered 503"));
  EXPECT_EQ(server.requests().size(), 3U);
  EXPECT_THAT(trouble(*storage, "x"), HasSubstr("/x': the server answered 503"));
  EXPECT_EQ(server.requests().size(), 3U);
  EXPECT_THAT(trouble(*storage, "y"), HasSubstr("/y': the server answered 503"));
  EXPECT_EQ(server.requests().size(), 4U);
}

TEST_F(RemoteStorageTest, TellsWhatTheServerRefuses) {
  const std::pair<const char*, const char*> cases[] = {
      {"401 Unauthorized",
       "cannot fetch 'SERVER/x': the server answered 401; check 'user' and 'password' of the storage, or ~/.netrc"},
      {"403 Forbidden",
       "cannot fetch 'SERVER/x': the server answered 403; this user may not read it, or it is not there"},
      {"400 Bad Request", "cannot fetch 'SERVER/x': the server answered 400"},
      {"503 Service Unavailable", "cannot fetch 'SERVER/x': the server answered 503"},
      {"206 Partial Content", "cannot fetch 'SERVER/x': the server answered 206"},
      {"304 Not Modified", "cannot fetch 'SERVER/x': the server answered 304"},
  };
  for (const auto& [status, message] : cases) {
    const ScriptedServer server({http_answer(status)});
    EXPECT_EQ(without_address(trouble(*open(server.url()), "x"), server), message) << status;
  }
}

TEST_F(RemoteStorageTest, RefusesAnotherPartThanItAskedFor) {
  const ScriptedServer server({"HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 10\r\n\r\n01234",
                               http_answer("206 Partial Content", "Content-Range: bytes 0-4/10\r\n", "01234")});
  EXPECT_EQ(without_address(trouble(*open(server.url()), "x"), server),
            "cannot fetch 'SERVER/x': it sent another part than it was asked for");
}

TEST_F(RemoteStorageTest, AServerThatSaysNothingHasADeadline) {
  const ScriptedServer server({""});
  HttpSettings settings = quick();
  settings.stall_timeout = std::chrono::seconds(1);
  const auto storage = open_http_storage(server.url(), settings, {.identity = {}});
  EXPECT_THAT(trouble(*storage, "x"), HasSubstr("the server is slow or says nothing"));
}

TEST_F(RemoteStorageTest, AServerThatIsNotThereIsToldWithTheWayOut) {
  std::string url;
  { url = ScriptedServer({""}).url(); }
  EXPECT_THAT(
      trouble(*open(url), "x"),
      ::testing::AllOf(HasSubstr("cannot fetch '" + url + "/x': failed to connect"),
                       HasSubstr("; check the address and the network; --offline takes what was fetched before")));
}

TEST_F(RemoteStorageTest, OfflineTakesWhatWasFetchedBefore) {
  const ScriptedServer server({http_answer("200 OK", "", "one")});
  open(server.url())->find("x");
  const auto storage = open(server.url(), {.identity = {}, .offline = true});
  EXPECT_EQ(text(*storage, "x"), "one");
  EXPECT_EQ(without_address(trouble(*storage, "y"), server),
            "'y' of 'SERVER/' was not fetched before, and --offline is given");
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(RemoteStorageTest, WhatIsGoneIsKnownToBeGone) {
  const ScriptedServer server({http_answer("200 OK", "", "one"), http_answer("410 Gone")});
  open(server.url())->find("x");
  EXPECT_EQ(open(server.url())->find("x"), nullptr);
  EXPECT_EQ(open(server.url(), {.identity = {}, .offline = true})->find("x"), nullptr);
}

TEST_F(RemoteStorageTest, WhatComesBackIsThereAgain) {
  const ScriptedServer server(
      {http_answer("404 Not Found"), http_answer("404 Not Found"), http_answer("200 OK", "", "one")});
  for (const auto* expected : {"(none)", "(none)", "one"}) EXPECT_EQ(text(*open(server.url()), "x"), expected);
  EXPECT_EQ(text(*open(server.url(), {.identity = {}, .offline = true}), "x"), "one");
}

TEST_F(RemoteStorageTest, FollowsRedirectionsWithoutTellingOthersWhoAsks) {
  const ScriptedServer other({http_answer("200 OK", "", "there")});
  const ScriptedServer server({http_answer("302 Found", "Location: /moved\r\n"),
                               http_answer("307 Temporary Redirect", "Location: " + other.url() + "/x\r\n")});
  HttpSettings settings = quick();
  settings.user = "me";
  settings.password = "hunter22";
  settings.headers = {{"X-Token", "t0ken"}};
  const auto storage = open_http_storage(server.url(), settings, {.identity = {}});
  EXPECT_EQ(text(*storage, "x"), "there");
  EXPECT_THAT(server.requests()[1], ::testing::AllOf(HasSubstr("GET /moved "), HasSubstr("X-Token: t0ken\r\n"),
                                                     HasSubstr("Authorization: Basic " + base64("me:hunter22"))));
  EXPECT_THAT(other.requests()[0], ::testing::AllOf(Not(HasSubstr("X-Token")), Not(HasSubstr("Authorization"))));
}

TEST_F(RemoteStorageTest, RedirectionsEndSomewhere) {
  const ScriptedServer server({http_answer("302 Found", "Location: /again\r\n")});
  EXPECT_EQ(without_address(trouble(*open(server.url()), "x"), server),
            "cannot fetch 'SERVER/x': it redirects more than 10 times");
  const ScriptedServer elsewhere({http_answer("302 Found", "Location: file:///etc/passwd\r\n")});
  EXPECT_EQ(without_address(trouble(*open(elsewhere.url()), "x"), elsewhere),
            "cannot fetch 'SERVER/x': it redirects to 'file:///etc/passwd'");
}

TEST_F(RemoteStorageTest, PasswordsOfUrlsAreSentButNotShown) {
  const ScriptedServer server({http_answer("403 Forbidden")});
  std::string url = server.url() + "/base?sig=s3cret";
  url.insert(7, "me:hunter22@");
  const auto storage = open(url);
  EXPECT_EQ(without_address(storage->describe(), server), "SERVER/base/");
  EXPECT_EQ(without_address(trouble(*storage, "x"), server),
            "cannot fetch 'SERVER/base/x': the server answered 403; this user may not read it, or it is not there");
  EXPECT_THAT(server.requests()[0], ::testing::AllOf(HasSubstr("GET /base/x?sig=s3cret "),
                                                     HasSubstr("Authorization: Basic " + base64("me:hunter22"))));
}

TEST_F(RemoteStorageTest, ChecksumsAreVerifiedBeforeAnythingIsKept) {
  const ScriptedServer server({http_answer("200 OK", "ETag: \"1\"\r\n", "evil")});
  Map checksums;
  checksums.set("x", sha256("good"));
  const RemoteSettings settings{.identity = {}, .checksums = checksums};
  EXPECT_EQ(without_address(trouble(*open(server.url(), settings), "x"), server),
            "'x' of 'SERVER/' has the SHA-256 " + sha256("evil") + ", but 'checksums' says " + sha256("good") +
                "; either of them is not what you expect; nothing is kept of it");
  EXPECT_EQ(files_with("content-"), 0U);
  EXPECT_EQ(files_with(".part"), 0U);
  EXPECT_EQ(without_address(trouble(*open(server.url(), settings), "y"), server),
            "'checksums' of 'SERVER/' says nothing of 'y'; add 'y: SHA256' to them");
}

TEST_F(RemoteStorageTest, WhatIsKnownIsCheckedToo) {
  const ScriptedServer server({http_answer("200 OK", "ETag: \"1\"\r\n", "evil"), http_answer("304 Not Modified")});
  open(server.url())->find("x");
  Map checksums;
  checksums.set("x", sha256("good"));
  EXPECT_THAT(trouble(*open(server.url(), {.identity = {}, .checksums = checksums}), "x"),
              HasSubstr("'checksums' says"));
  EXPECT_THAT(trouble(*open(server.url(), {.identity = {}, .offline = true}), "x"),
              HasSubstr("was not fetched before"));
}

TEST_F(RemoteStorageTest, ChecksumsMayBeListedWhereTheObjectsAre) {
  const ScriptedServer server({http_answer("200 OK", "", sha256("a") + "  ./dir/a\n" + sha256("b") + " *b\n# end\n"),
                               http_answer("200 OK", "", "a"), http_answer("200 OK", "", "x")});
  const auto storage = open(server.url(), {.identity = {}, .checksums = Value("SHA256SUMS")});
  EXPECT_EQ(text(*storage, "dir/a"), "a");
  EXPECT_THAT(trouble(*storage, "b"), HasSubstr("has the SHA-256 " + sha256("x")));
  EXPECT_EQ(without_address(trouble(*storage, "c"), server),
            "'SHA256SUMS' of 'SERVER/' lists no checksum of 'c'; add a line 'SHA256  c' to it");
}

TEST_F(RemoteStorageTest, EmptyContentIsContent) {
  const ScriptedServer server({http_answer("200 OK")});
  EXPECT_EQ(text(*open(server.url()), "x"), "");
}

TEST_F(RemoteStorageTest, ADamagedCacheIsFetchedAgain) {
  const ScriptedServer server({http_answer("200 OK", "ETag: \"1\"\r\n", "one")});
  open(server.url())->find("x");
  for (const auto& entry : fs::recursive_directory_iterator(cache_.path())) {
    if (entry.path().filename().string().starts_with("content-")) fs::resize_file(entry.path(), 1);
  }
  EXPECT_EQ(text(*open(server.url()), "x"), "one");
  EXPECT_THAT(server.requests()[1], Not(HasSubstr("If-None-Match")));
}

TEST_F(RemoteStorageTest, ACacheThatCannotBeWrittenIsTold) {
  std::ofstream(cache_.path() / "espresso") << "in the way";
  const ScriptedServer server({http_answer("200 OK", "", "x")});
  EXPECT_THAT(trouble(*open(server.url()), "x"),
              HasSubstr("; XDG_CACHE_HOME names another folder for what is fetched"));
}

}  // namespace
}  // namespace espresso
