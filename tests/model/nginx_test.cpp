#include "core/hash.h"
#include "model/storage_http.h"
#include "nginx_server.h"
#include "object_storage_test.h"
#include "proxy_server.h"

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

/// A variable of the environment while this lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

TEST_F(Nginx, IsAskedThroughTheProxyOfTheEnvironment) {
  put("a", "here");
  const ProxyServer proxy;
  const std::string seen = "CONNECT " + server_.url().substr(8) + " HTTP/1.1 200";
  const Variable named("https_proxy", "http://" + proxy.address());
  EXPECT_EQ(text(*open(""), "a"), "here");
  EXPECT_THAT(proxy.requests(), ElementsAre(seen));
  EXPECT_EQ(text(*open("", {.proxy = "none"}), "a"), "here");
  const Variable except("no_proxy", "127.77.0.2");
  EXPECT_EQ(text(*open(""), "a"), "here");
  EXPECT_THAT(proxy.requests(), ElementsAre(seen));
}

TEST_F(Nginx, IsAskedThroughTheProxyOfTheStorageWhateverTheEnvironmentSays) {
  put("a", "here");
  const ProxyServer proxy("bWU6cyBl");  // me:s e
  const Variable other("https_proxy", "http://127.77.0.3:1"), except("no_proxy", "*");
  EXPECT_EQ(text(*open("", {.proxy = "http://me:s%20e@" + proxy.address()}), "a"), "here");
  EXPECT_THAT(proxy.requests(), ElementsAre("CONNECT " + server_.url().substr(8) + " HTTP/1.1 200"));
}

TEST_F(Nginx, IsNotAskedAgainWhereTheProxyWantsALogin) {
  put("a", "here");
  const ProxyServer proxy("bWU6cyBl");
  const std::string hint =
      "the proxy wants a user and a password: http://USER:PASSWORD@HOST as 'proxy' of the storage, or in https_proxy";
  const auto told = [&](const std::string& url, const std::string& user) {
    HttpSettings http{.ca_file = server_.ca_file(), .proxy = "http://" + user + proxy.address()};
    return trouble(*open_http_storage(url, http, {.identity = {}}), "a", url);
  };
  EXPECT_EQ(told(server_.url(), ""), "cannot fetch 'SERVER/a': the proxy answered 407; " + hint);
  EXPECT_EQ(told(server_.url(), "me:wrong@"), "cannot fetch 'SERVER/a': the proxy answered 407; " + hint);
  EXPECT_EQ(told("http://127.77.0.2:1", ""), "cannot fetch 'SERVER/a': the server answered 407; " + hint);
  const std::string tunnel = "CONNECT " + server_.url().substr(8) + " HTTP/1.1 407";
  EXPECT_THAT(proxy.requests(), ElementsAre(tunnel, tunnel, "GET http://127.77.0.2:1/a HTTP/1.1 407"));
}

}  // namespace
}  // namespace espresso
