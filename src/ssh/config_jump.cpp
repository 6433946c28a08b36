#include "core/text.h"
#include "ssh/config.h"
#include "ssh/config_values.h"
#include "ssh/config_words.h"

#include <charconv>

namespace espresso {

namespace {

// "host", "host:port", "[host]:port"; ssh takes a slash in place of the colon too. False when it is none of these.
bool read_host_and_port(std::string_view text, JumpHop& hop) {
  std::size_t end = text.starts_with('[') ? text.find(']') : text.find_first_of(":/");
  if (text.starts_with('[')) {
    if (end == std::string_view::npos) return false;
    hop.host = text.substr(1, end - 1);
    ++end;
    if (end < text.size() && text[end] != ':' && text[end] != '/') return false;
  } else {
    hop.host = text.substr(0, end);
  }
  if (hop.host.empty()) return false;
  if (end >= text.size() || end + 1 == text.size()) return true;
  hop.port = parse_ssh_port(text.substr(end + 1));
  return hop.port.has_value();
}

// Percent-encoding (RFC 3986, 2.1).
std::optional<std::string> decode(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      result += text[at];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(at + 1, 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
    result += static_cast<char>(value);
    at += 2;
  }
  return result;
}

bool is_domain(std::string_view name) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  return name.find_first_not_of(allowed) == std::string_view::npos && name.find_first_of(".-_") != 0 &&
         name.find("..") == std::string_view::npos;
}

std::optional<JumpHop> parse_uri(std::string_view text) {
  JumpHop hop;
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    // Parameters of the connection may follow the user (draft-ietf-secsh-scp-sftp-ssh-uri); ssh passes over them.
    const std::string_view user = text.substr(0, std::min(at, text.find(';')));
    hop.user = decode(user);
    if (user.empty() || !hop.user) return std::nullopt;
    text.remove_prefix(at + 1);
  }
  if (text.ends_with('/')) text.remove_suffix(1);
  if (text.find('/') != std::string_view::npos) return std::nullopt;
  if (!read_host_and_port(text, hop) || !is_domain(hop.host)) return std::nullopt;
  return hop;
}

std::optional<JumpHop> parse_hop(std::string_view text) {
  constexpr std::string_view scheme = "ssh://";
  if (text.starts_with(scheme)) return parse_uri(text.substr(scheme.size()));
  JumpHop hop;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    if (at == 0) return std::nullopt;
    hop.user = text.substr(0, at);
    text.remove_prefix(at + 1);
  }
  if (!read_host_and_port(text, hop)) return std::nullopt;
  return hop;
}

}  // namespace

std::optional<std::vector<JumpHop>> parse_jump_hops(std::string_view text) {
  std::vector<JumpHop> hops;
  if (equal_but_for_case(text, "none")) return hops;
  for (const auto& part : split(text, ',')) {
    auto hop = parse_hop(part);
    if (!hop) return std::nullopt;
    hops.push_back(std::move(*hop));
  }
  return hops;
}

}  // namespace espresso
