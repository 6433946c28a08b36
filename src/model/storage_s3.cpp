#include "model/storage_s3.h"

#include "core/secrets.h"
#include "core/text.h"
#include "model/aws_profile.h"
#include "model/bucket_url.h"
#include "model/object_transfer.h"
#include "model/storage_s3_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace espresso {

namespace {

constexpr const char* default_region = "us-east-1";

bool is_region(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

class S3Source : public ObjectSource {
 public:
  S3Source(BucketUrl place, S3Settings s3, HttpSettings http)
      : place_(std::move(place)), s3_(std::move(s3)), client_(std::move(http)) {}

  Answer fetch(const Request& request, const Body& body) override {
    look_up_settings();
    const HttpAnswer answer = ask("/" + encode_path(place_.prefix + request.name), {},
                                  [&](const auto& http) { return get_object(client_, http, request, body); });
    return object_answer(answer);
  }

  bool can_list() const override { return true; }

  std::vector<std::string> list(const std::string& folder, std::size_t most) override {
    look_up_settings();
    std::vector<std::string> names;
    for (std::string next;;) {
      Query query = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", place_.prefix + folder}};
      if (!next.empty()) query.emplace_back("continuation-token", next);
      const HttpAnswer answer = ask("", query, [&](const auto& http) { return client_.ask(http); });
      const S3Listing page = parse_s3_listing(answer.text);
      for (const auto& key : page.keys) {
        if (key.starts_with(place_.prefix)) names.push_back(key.substr(place_.prefix.size()));
      }
      next = page.next;
      if (next.empty() || names.size() > most) return names;
    }
  }

  std::string describe() const override { return place_.text; }

 private:
  using Query = std::vector<std::pair<std::string, std::string>>;

  void look_up_settings() {
    if (is_ready_) return;
    const bool needs_keys = !s3_.anonymous && s3_.credentials.access_key.empty();
    if (needs_keys || s3_.endpoint.empty() || s3_.region.empty()) {
      AwsProfile profile = load_aws_profile(s3_.profile);
      if (s3_.endpoint.empty()) s3_.endpoint = profile.endpoint;
      if (s3_.region.empty()) s3_.region = profile.region;
      if (needs_keys) s3_.credentials = std::move(profile.credentials);
    }
    if (s3_.region.empty()) s3_.region = default_region;
    if (!is_region(s3_.region)) throw Error(fmt::format("'{}' is no region", s3_.region), "one is 'eu-central-1'");
    if (!s3_.anonymous && s3_.credentials.access_key.empty())
      throw Error(fmt::format("there are no keys for '{}'", describe()),
                  "give 'user' and 'password', set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write "
                  "'anonymous: true'");
    known_secrets().add(s3_.credentials.secret_key, "the secret key of a storage");
    if (!s3_.credentials.session_token.empty())
      known_secrets().add(s3_.credentials.session_token, "the session token of a storage");
    endpoint_ = s3_.endpoint.empty() ? std::string() : server_url(s3_.endpoint);
    is_ready_ = true;
  }

  std::string endpoint() const {
    return endpoint_.empty() ? fmt::format("https://s3.{}.amazonaws.com", s3_.region) : endpoint_;
  }

  HttpClient::Request signed_request(const std::string& path, const Query& query) const {
    const std::string server = endpoint();
    const std::size_t host = server.find("://") + 3;
    const std::size_t host_end = std::min(server.find('/', host), server.size());
    const AwsRequest request{.host = server.substr(host, host_end - host),
                             .path = server.substr(host_end) + "/" + encode_path(place_.bucket) + path,
                             .query = query,
                             .region = s3_.region};
    HttpClient::Request http{.url = server.substr(0, host_end) + request.path};
    if (!query.empty()) http.url += "?" + query_text(request);
    if (!s3_.anonymous) http.headers = sign_request(request, s3_.credentials, std::chrono::system_clock::now());
    return http;
  }

  /// 200, 206, 304, or 404 when the bucket is there and the object is not.
  template <typename Asking>
  HttpAnswer ask(const std::string& path, const Query& query, Asking asking) {
    const HttpClient::Request request = signed_request(path, query);
    HttpAnswer answer = asking(request);
    if (answer.status == 200 || answer.status == 206 || answer.status == 304) return answer;
    S3Refusal refusal = parse_s3_refusal(answer.text);
    if (refusal.region.empty()) refusal.region = answer.header("x-amz-bucket-region");
    const bool is_elsewhere = is_region(refusal.region) && refusal.region != s3_.region && !has_moved_;
    if (is_elsewhere && answer.status < 404) {
      s3_.region = refusal.region;
      has_moved_ = true;
      return ask(path, query, asking);
    }
    if (answer.status == 404 && refusal.code != "NoSuchBucket") return answer;
    refuse(request.url, answer.status, refusal);
  }

  [[noreturn]] void refuse(const std::string& url, int status, const S3Refusal& refusal) const {
    const bool passes = may_pass(status) || refusal.code == "RequestTimeout";
    const auto [why, hint] = reason_of(status, refusal);
    throw HttpTrouble(fmt::format("cannot fetch '{}': {}", shown_url(url), why), hint, passes);
  }

  struct Reason {
    std::string why, hint;
  };

  // "List of error codes" of the S3 API.
  Reason reason_of(int status, const S3Refusal& refusal) const {
    const std::string& key = s3_.credentials.access_key;
    const std::string& code = refusal.code;
    if (code == "NoSuchBucket")
      return {fmt::format("there is no bucket '{}'", place_.bucket), "check it and 'endpoint'"};
    if (code == "InvalidAccessKeyId") return {fmt::format("the server does not know the key '{}'", key), origin_hint()};
    if (code == "SignatureDoesNotMatch") return {fmt::format("the secret key is not that of '{}'", key), origin_hint()};
    if (code == "ExpiredToken") return {fmt::format("the keys of '{}' have expired", key), origin_hint()};
    if (code == "RequestTimeTooSkewed")
      return {"the clock of this machine and that of the server differ", "set the clock of this machine"};
    if (code == "InvalidObjectState") return {"it lies in an archive", "restore it from there first"};
    if (code == "AccessDenied" || status == 403) return reason_of_denial();
    if (code.empty()) return {fmt::format("the server answered {}", status), "check 'endpoint': it must speak S3"};
    return {fmt::format("the server answered {}: {}: {}", status, printable(code), printable(refusal.message)), ""};
  }

  Reason reason_of_denial() const {
    if (s3_.anonymous)
      return {"nobody may read it without keys, or it is not there",
              "give 'user' and 'password' instead of 'anonymous'"};
    return {fmt::format("'{}' may not read it, or it is not there", s3_.credentials.access_key), origin_hint()};
  }

  std::string origin_hint() const { return fmt::format("the key is from {}", s3_.credentials.origin); }

  BucketUrl place_;
  S3Settings s3_;
  std::string endpoint_;
  bool is_ready_ = false;
  bool has_moved_ = false;
  HttpClient client_;
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

std::unique_ptr<Storage> open_s3_storage(const std::string& url, S3Settings s3, HttpSettings http,
                                         RemoteSettings remote) {
  BucketUrl place = take_apart_bucket(url);
  if (!s3.endpoint.empty()) server_url(s3.endpoint);  // tells what is wrong before anything is asked for
  if (!s3.credentials.secret_key.empty()) known_secrets().add(s3.credentials.secret_key, "the secret key of a storage");
  remote.identity = place.text;
  for (const std::string& part :
       {s3.endpoint, s3.region, s3.profile, s3.credentials.access_key, environment("AWS_ENDPOINT_URL_S3"),
        environment("AWS_ENDPOINT_URL"), environment("AWS_PROFILE"), environment("AWS_ACCESS_KEY_ID")})
    remote.identity += '\n' + part;
  remote.retry_pause = http.retry_pause;
  http.uses_netrc = false;
  http.user = http.password = {};  // requests say who asks
  return open_remote_storage(std::make_unique<S3Source>(std::move(place), std::move(s3), std::move(http)),
                             std::move(remote));
}

}  // namespace espresso
