#pragma once

#include "core/error.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace espresso {

/// How to speak with servers. What identifies the user goes to the server that was named, not to those it redirects to.
struct HttpSettings {
  std::string user = {}, password = {};  ///< RFC 7617; without a user ~/.netrc is asked
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string ca_file = {};  ///< PEM; empty: the system's authorities
  /// http://[USER:PASSWORD@]HOST[:PORT], or "none"; empty: that of the environment (http_proxy, https_proxy, no_proxy).
  std::string proxy = {};
  std::chrono::milliseconds connect_timeout{10'000};
  /// A server that says nothing for so long has failed; there is no bound for the whole.
  std::chrono::milliseconds stall_timeout{30'000};
  std::chrono::milliseconds retry_pause{500};  ///< after the first failure; then four times as long
  bool uses_netrc = true;                      ///< not where requests say otherwise who asks
};

/// What a server answered, without what was taken piece by piece.
struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string, std::less<>> headers = {};  ///< by lower-case name
  std::string text = {};  ///< the body that nobody took; of one larger than 16 MiB the beginning
  /// Empty when there is no such header.
  std::string_view header(std::string_view name) const;
};

/// A server could not be asked, or did not answer to the end.
class HttpTrouble : public Error {
 public:
  HttpTrouble(const std::string& message, std::string hint, bool may_pass)
      : Error(message, std::move(hint)), may_pass_(may_pass) {}
  /// Whether it is worth another attempt.
  bool may_pass() const { return may_pass_; }

 private:
  bool may_pass_;
};

/// What to do about an answer 407.
constexpr const char* proxy_login_hint =
    "the proxy wants a user and a password: http://USER:PASSWORD@HOST as 'proxy' of the storage, or in https_proxy";

/// Asks HTTP servers (RFC 9110) for things; connections are kept for the next request. Blocks. The only door to
/// libcurl.
class HttpClient {
 public:
  explicit HttpClient(HttpSettings settings);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  using Headers = std::vector<std::pair<std::string, std::string>>;
  /// Takes the next piece of a body; what it throws ends the request and is thrown on.
  using Body = std::function<void(const HttpAnswer&, std::string_view)>;

  /// GET, following up to ten redirections, none from https to http. `body` takes those of the answers 200 and 206.
  /// Once: repeating it is for whoever knows what the body went into. Throws HttpTrouble.
  HttpAnswer get(const std::string& url, const Headers& headers, const Body& body);

  struct Request {
    std::string url;
    Headers headers = {};
    std::optional<std::string> content = {};  ///< JSON: POST it instead of GET
  };
  /// As get(), but of this server only: redirections are answers. For requests that tell who asks.
  HttpAnswer ask(const Request& request, const Body& body = {});

  const HttpSettings& settings() const { return settings_; }

 private:
  struct Handle;
  struct Exchange;
  HttpAnswer perform(const Request& request, bool is_first, const Body& body);

  HttpSettings settings_;
  std::unique_ptr<Handle> handle_;
};

/// Bytes of a path as RFC 3986 wants them, all but letters, digits, "-._~" and "/" percent-encoded.
std::string encode_path(std::string_view path);
/// As encode_path(), "/" too: for values of a query.
std::string encode_word(std::string_view word);
/// The bytes of a percent-encoded word in which "+" stands for a space; what is no code stays.
std::string decode_word(std::string_view word);

/// The URL as it may be shown: without user, password, query and fragment.
std::string shown_url(const std::string& url);

/// A URL without its user and password, and these.
struct UrlParts {
  std::string url;
  std::string user;
  std::string password;
};
/// Throws Error when it is no http or https URL with a host.
UrlParts take_apart(const std::string& url);

}  // namespace espresso
