#include "core/hash.h"
#include "model/storage_http.h"
#include "nginx_server.h"
#include "object_storage_test.h"

namespace espresso {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// What a real web server with TLS answers.
class Nginx : public ObjectStorageTest {
 protected:
  void put(const std::string& name, const std::string& content) const {
    std::ofstream(server_.files() / name, std::ios::binary) << content;
  }
  std::unique_ptr<Storage> open(const std::string& below, HttpSettings http = {},
                                RemoteSettings remote = {.identity = {}}) const {
    http.retry_pause = std::chrono::milliseconds(1);
    if (http.ca_file.empty()) http.ca_file = server_.ca_file();
    return open_http_storage(server_.url() + below, std::move(http), std::move(remote));
  }
  static Value sums(const std::string& large) {
    Map map;
    map.set("large", sha256(large));
    return map;
  }
  NginxServer server_;
};

TEST_F(Nginx, IsNotBelievedWithoutItsAuthority) {
  put("a", "secret");
  HttpSettings of_system;
  of_system.ca_file = "/etc/ssl/certs/ca-certificates.crt";
  if (!std::filesystem::exists(of_system.ca_file)) of_system.ca_file = home_.write("none.pem", "");
  EXPECT_THAT(trouble(*open("", of_system), "a", server_.url()), HasSubstr("certificate"));
  EXPECT_EQ(text(*open(""), "a"), "secret");
}

TEST_F(Nginx, AsksWhoItIs) {
  put("a", "secret");
  EXPECT_THAT(trouble(*open("/private"), "a", server_.url()), HasSubstr("401"));
  EXPECT_THAT(trouble(*open("/private", {.user = "deploy", .password = "wrong"}), "a", server_.url()),
              HasSubstr("401"));
  EXPECT_EQ(text(*open("/private", {.user = "deploy", .password = "s e%cret"}), "a"), "secret");
}

TEST_F(Nginx, IsLoggedInToByNetrc) {
  put("a", "secret");
  home_.write(".netrc", "machine 127.77.0.2 login deploy password \"s e%cret\"\n");
  EXPECT_EQ(text(*open("/private"), "a"), "secret");
}

TEST_F(Nginx, LeadsElsewhere) {
  put("a", "here");
  EXPECT_EQ(text(*open("/moved"), "a"), "here");
}

TEST_F(Nginx, SendsOnlyWhatHasChanged) {
  std::string large;
  while (large.size() < 3'000'000) large += std::to_string(large.size());
  put("large", large);
  EXPECT_EQ(text(*open(""), "large"), large);
  EXPECT_EQ(text(*open("", {}, {.identity = {}, .checksums = sums(large)}), "large"), large);
  put("large", large + "more");
  EXPECT_EQ(text(*open(""), "large"), large + "more");
  EXPECT_THAT(server_.answers(3), ElementsAre("200", "304", "200"));
}

TEST_F(Nginx, IsNotAskedOffline) {
  put("a", "then");
  EXPECT_EQ(text(*open(""), "a"), "then");
  put("a", "now");
  EXPECT_EQ(text(*open("", {}, {.identity = {}, .offline = true}), "a"), "then");
  EXPECT_EQ(text(*open(""), "a"), "now");
}

TEST_F(Nginx, IsAskedThroughTheProxyOfTheEnvironment) {
  put("a", "here");
  setenv("https_proxy", "http://127.77.0.3:1", 1);
  const std::string said = trouble(*open(""), "a", server_.url());
  setenv("no_proxy", "127.77.0.2", 1);
  const std::string without = text(*open(""), "a");
  unsetenv("https_proxy");
  unsetenv("no_proxy");
  EXPECT_THAT(said, HasSubstr("127.77.0.3"));
  EXPECT_EQ(without, "here");
}

}  // namespace
}  // namespace espresso
