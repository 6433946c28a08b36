#include "model/storage_http.h"

#include "core/secrets.h"
#include "model/object_transfer.h"

#include <fmt/format.h>

namespace espresso {

namespace {

class HttpSource : public ObjectSource {
 public:
  HttpSource(const std::string& url, HttpSettings settings) : client_(std::move(settings)) {
    const std::size_t query = url.find('?');
    base_ = url.substr(0, query);
    if (query != std::string::npos) query_ = url.substr(query);
    if (!base_.ends_with('/')) base_ += '/';
  }

  Answer fetch(const Request& request, const Body& body) override {
    HttpClient::Headers headers;
    if (request.offset > 0) {
      headers.emplace_back("Range", fmt::format("bytes={}-", request.offset));
      headers.emplace_back("If-Range", request.if_etag);
    }
    if (!request.known.etag.empty())
      headers.emplace_back("If-None-Match", request.known.etag);
    else if (!request.known.last_modified.empty())
      headers.emplace_back("If-Modified-Since", request.known.last_modified);
    const std::string url = base_ + encode_path(request.name) + query_;
    HttpAnswer answer = client_.get(url, headers, [&](const HttpAnswer& http, std::string_view bytes) {
      check_range(url, http, request.offset);
      body(object_answer(http), bytes);
    });
    // What is here already is all of it, or more than there is now (RFC 9110, 15.5.17).
    if (answer.status == 416 && request.offset > 0) {
      Request anew = request;
      anew.offset = 0;
      return fetch(anew, body);
    }
    check(url, answer, request);
    return object_answer(answer);
  }

  std::string describe() const override { return shown_url(base_); }

 private:
  static void check(const std::string& url, const HttpAnswer& answer, const Request& request) {
    switch (answer.status) {
      case 200:
      case 404:
      case 410:
        return;
      case 206:
        if (request.offset > 0) return check_range(url, answer, request.offset);
        break;
      case 304:
        if (!request.known.empty()) return;
        break;
      case 401:
        refuse(url, answer, "check 'user' and 'password' of the storage, or ~/.netrc");
      case 403:
        refuse(url, answer, "this user may not read it, or it is not there");
      case 407:
        refuse(url, answer, proxy_login_hint);
      default:
        break;
    }
    refuse(url, answer, "");
  }

  [[noreturn]] static void refuse(const std::string& url, const HttpAnswer& answer, std::string hint) {
    const int status = answer.status;
    throw HttpTrouble(fmt::format("cannot fetch '{}': the server answered {}", shown_url(url), status), std::move(hint),
                      may_pass(status));
  }

  std::string base_;
  std::string query_;
  HttpClient client_;
};

}  // namespace

std::unique_ptr<Storage> open_http_storage(const std::string& url, HttpSettings http, RemoteSettings remote) {
  UrlParts parts = take_apart(url);
  if (!parts.user.empty() && http.user.empty()) {
    http.user = parts.user;
    http.password = parts.password;
  }
  if (!http.password.empty()) known_secrets().add(http.password, "the password of a storage");
  for (const auto& [name, value] : http.headers) known_secrets().add(value, "a header of a storage");
  remote.identity = parts.url + "\n" + http.user;
  remote.retry_pause = http.retry_pause;
  return open_remote_storage(std::make_unique<HttpSource>(parts.url, std::move(http)), std::move(remote));
}

}  // namespace espresso
