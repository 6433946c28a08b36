#include "model/bucket_url.h"

#include "core/error.h"
#include "core/text.h"
#include "model/http_client.h"

#include <fmt/format.h>

#include <algorithm>

namespace espresso {

BucketUrl take_apart_bucket(const std::string& url) {
  const std::size_t begin = url.find("://") + 3;
  const std::string scheme = url.substr(0, begin);
  std::string path = url.substr(begin);
  while (path.ends_with('/')) path.pop_back();
  const auto parts = split(path, '/');
  const bool is_right = std::none_of(
      parts.begin(), parts.end(), [](const std::string& part) { return part.empty() || part == "." || part == ".."; });
  const std::size_t at = path.rfind('@');
  if (!is_right || parts[0].find_first_of("@?#:") != std::string::npos) {
    // What stands before '@' may be a secret.
    const std::string place = path.substr(at == std::string::npos ? 0 : at + 1);
    const std::string shown = place.substr(0, place.find_first_of("?#"));
    throw Error(fmt::format("'{}{}' does not name a {}", scheme, shown, scheme == "swift://" ? "container" : "bucket"),
                fmt::format("write {}NAME or {}NAME/FOLDER{}", scheme, scheme,
                            at == std::string::npos ? "" : ", and 'user' and 'password' beside it"));
  }
  BucketUrl result{.bucket = parts[0], .prefix = {}, .text = scheme + path + "/"};
  if (parts.size() > 1) result.prefix = path.substr(parts[0].size() + 1) + "/";
  return result;
}

std::string server_url(const std::string& url) {
  UrlParts parts = take_apart(url);
  if (!parts.user.empty() || !parts.password.empty() || parts.url.find('?') != std::string::npos)
    throw Error(fmt::format("'{}' must name a server only", shown_url(url)), "give 'user' and 'password' beside it");
  std::string text = parts.url;
  const std::size_t host = text.find("://") + 3;
  const std::string_view own_port = text.starts_with("https:") ? ":443" : ":80";
  const std::size_t host_end = std::min(text.find('/', host), text.size());
  if (std::string_view(text).substr(host, host_end - host).ends_with(own_port))
    text.erase(host_end - own_port.size(), own_port.size());
  while (text.ends_with('/')) text.pop_back();
  return text;
}

}  // namespace espresso
