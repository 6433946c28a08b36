#include "ssh/config_tokens.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cstdlib>

#include <pwd.h>
#include <unistd.h>

namespace espresso {

namespace {

[[noreturn]] void fail(const Written& value, std::string message, std::string hint) {
  throw Mistakes(Diagnostic{.span = value.place, .message = std::move(message), .hint = std::move(hint)});
}

// `%C`: what tells connections apart.
std::string sha1(const std::string& data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(data.data(), data.size(), digest.data(), &length, EVP_sha1(), nullptr);
  std::string text;
  for (unsigned at = 0; at < length; ++at) text += fmt::format("{:02x}", digest[at]);
  return text;
}

std::string tokens_in_words(std::string_view tokens) {
  std::string text;
  for (const char token : tokens) text += fmt::format("%{}, ", token);
  return text + "%%";
}

template <typename Meaning>
std::string expand_text(const Written& value, std::string_view allowed, bool with_variables, Meaning meaning) {
  const std::string_view text = value.text;
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (with_variables && text.substr(at).starts_with("${")) {
      const std::size_t end = text.find('}', at);
      if (end == std::string_view::npos) fail(value, "'${' is not closed", "write '}' behind the name");
      const std::string name(text.substr(at + 2, end - at - 2));
      const char* const content = name.empty() ? nullptr : std::getenv(name.c_str());
      if (!content)
        fail(value, fmt::format("environment variable '{}' is not set", name), "set it, or write its value");
      result += content;
      at = end;
    } else if (text[at] != '%') {
      result += text[at];
    } else if (++at < text.size() && text[at] == '%') {
      result += '%';
    } else if (at < text.size() && allowed.find(text[at]) != std::string_view::npos) {
      result += meaning(text[at]);
    } else {
      fail(value, fmt::format("'%{}' is no token of this keyword", text.substr(std::min(at, text.size()), 1)),
           fmt::format("write one of {}", tokens_in_words(allowed)));
    }
  }
  return result;
}

}  // namespace

std::string ConfigTokens::meaning_of(char token) const {
  const auto& user = meaning_.user;
  switch (token) {
    case 'C':
      return sha1(fmt::format("{}{}{}{}", user.host, meaning_.host, meaning_.port, meaning_.remote_user));
    case 'd':
      return user.home;
    case 'h':
      return meaning_.host;
    case 'i':
      return std::to_string(user.id);
    case 'k':
      return meaning_.key_alias;
    case 'L':
      return user.host.substr(0, user.host.find('.'));
    case 'l':
      return user.host;
    case 'n':
      return meaning_.original;
    case 'p':
      return std::to_string(meaning_.port);
    case 'r':
      return meaning_.remote_user;
    default:
      return user.name;  // 'u'
  }
}

std::string ConfigTokens::expand(const Written& value, std::string_view allowed, bool with_variables) const {
  return expand_text(value, allowed, with_variables, [this](char token) { return meaning_of(token); });
}

std::string expand_host_name(const Written& value, const std::string& host) {
  return expand_text(value, "h", false, [&](char) { return host; });
}

std::string expand_home(const Written& path, const LocalUser& user) {
  const std::string_view text = path.text;
  if (!text.starts_with('~')) return path.text;
  const std::size_t name_end = std::min(text.find('/'), text.size());
  const std::string name(text.substr(1, name_end - 1));
  std::string home = user.home;
  if (!name.empty()) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16384> buffer{};
    if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found)
      fail(path, fmt::format("there is no user '{}'", name), "write the path of the home directory");
    home = found->pw_dir;
  }
  if (!home.ends_with('/')) home += '/';
  const std::size_t rest = text.find_first_not_of('/', name_end);
  return rest == std::string_view::npos ? home : home + std::string(text.substr(rest));
}

}  // namespace espresso
