#include "model/aws_signature.h"

#include "core/hash.h"
#include "core/text.h"
#include "model/http_client.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

using Headers = std::vector<std::pair<std::string, std::string>>;

// Header names must be in order of lower-case letters; these are.
Headers signed_headers(const AwsRequest& request, const AwsCredentials& credentials, const std::string& time) {
  Headers headers = {{"host", request.host}, {"x-amz-content-sha256", sha256("")}, {"x-amz-date", time}};
  if (!credentials.session_token.empty()) headers.emplace_back("x-amz-security-token", credentials.session_token);
  return headers;
}

std::string names_of(const Headers& headers) {
  std::vector<std::string> names;
  for (const auto& [name, value] : headers) names.push_back(name);
  return join(names, ";");
}

std::string canonical_request(const AwsRequest& request, const Headers& headers) {
  std::string text = fmt::format("GET\n{}\n{}\n", request.path, query_text(request));
  for (const auto& [name, value] : headers) text += fmt::format("{}:{}\n", name, trim(value));
  return text + fmt::format("\n{}\n{}", names_of(headers), sha256(""));
}

}  // namespace

std::string query_text(const AwsRequest& request) {
  std::vector<std::string> words;
  for (const auto& [name, value] : request.query)
    words.push_back(fmt::format("{}={}", encode_word(name), encode_word(value)));
  std::sort(words.begin(), words.end());
  return join(words, "&");
}

Headers sign_request(const AwsRequest& request, const AwsCredentials& credentials,
                     std::chrono::system_clock::time_point now) {
  const auto seconds = fmt::gmtime(std::chrono::time_point_cast<std::chrono::seconds>(now));
  const std::string time = fmt::format("{:%Y%m%dT%H%M%SZ}", seconds);
  const std::string day = time.substr(0, 8);
  Headers headers = signed_headers(request, credentials, time);
  const std::string scope = fmt::format("{}/{}/{}/aws4_request", day, request.region, request.service);
  const std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}", algorithm, time, scope, sha256(canonical_request(request, headers)));
  std::string key = "AWS4" + credentials.secret_key;
  for (const std::string& word : {day, request.region, request.service, std::string("aws4_request")})
    key = hmac_sha256(key, word);
  const std::string authorization =
      fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", algorithm, credentials.access_key, scope,
                  names_of(headers), hex(hmac_sha256(key, to_sign)));
  headers.erase(headers.begin());  // curl sends Host
  headers.emplace_back("Authorization", authorization);
  return headers;
}

}  // namespace espresso
