#include "ssh/known_hosts.h"

#include "core/error.h"
#include "core/text.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace espresso {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (auto& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

/// Empty when it is not base64.
std::string decode_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return {};
  std::string result(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return {};
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  result.resize(static_cast<std::size_t>(length) - padding);
  return result;
}

std::string hmac_sha1(const std::string& key, std::string_view data) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(data.data()),
       data.size(), digest, &length);
  return {reinterpret_cast<const char*>(digest), length};
}

/// `*` and `?` only: brackets are ordinary characters here ("[host]:22"), other than in shell globs.
bool matches_wildcards(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::optional<std::size_t> star;
  std::size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star) {
      p = *star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// A negated pattern that matches excludes the whole line.
bool matches_patterns(std::string_view patterns, std::string_view name) {
  bool found = false;
  for (const auto& part : split(patterns, ',')) {
    const bool negated = !part.empty() && part.front() == '!';
    if (!matches_wildcards(std::string_view(part).substr(negated ? 1 : 0), name)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

std::string_view take_word(std::string_view& text) {
  const auto start = text.find_first_not_of(" \t");
  text.remove_prefix(start == std::string_view::npos ? text.size() : start);
  const auto end = std::min(text.find_first_of(" \t"), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

std::string listed_name(std::string_view host, std::uint16_t port) {
  const auto name = lower(host);
  return port == 22 ? name : "[" + name + "]:" + std::to_string(port);
}

struct OpenFile {
  int descriptor;
  ~OpenFile() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

[[noreturn]] void throw_not_written(const std::string& file) {
  throw Error("cannot add the host key to '" + file + "': " + std::strerror(errno),
              "make the file writable, or name another one");
}

}  // namespace

KnownHosts KnownHosts::load(const std::vector<std::string>& files) {
  KnownHosts result;
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    if (stream) text << stream.rdbuf();
    result.add_text(text.str(), file);
  }
  return result;
}

std::size_t KnownHosts::file_number(const std::string& file) {
  const auto found = std::find(files_.begin(), files_.end(), file);
  if (found != files_.end()) return static_cast<std::size_t>(found - files_.begin());
  files_.push_back(file);
  return files_.size() - 1;
}

void KnownHosts::add_text(std::string_view text, const std::string& file) {
  const auto index = file_number(file);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    add_line(line, index, number);
  }
}

void KnownHosts::add_line(std::string_view text, std::size_t file, std::size_t number) {
  auto word = take_word(text);
  if (word.empty() || word.front() == '#') return;
  auto marker = Line::Marker::none;
  if (word.front() == '@') {
    if (word == "@revoked")
      marker = Line::Marker::revoked;
    else if (word == "@cert-authority")
      marker = Line::Marker::authority;
    else
      return;
    word = take_word(text);
  }
  const auto type = take_word(text);
  const auto key = take_word(text);
  if (key.empty() || decode_base64(key).empty()) return;

  const auto at = lines_.size();
  Line line{.patterns = std::string(word),
            .type = std::string(type),
            .key = std::string(key),
            .marker = marker,
            .file = file,
            .number = number};
  if (word.front() == '|') {
    const auto parts = split(word, '|');  // "", "1", salt, hash
    if (parts.size() != 4 || parts[1] != "1") return;
    hashed_.push_back({.salt = decode_base64(parts[2]), .digest = decode_base64(parts[3]), .line = at});
  } else {
    line.patterns = lower(word);
    if (line.patterns.find_first_of("*?!") != std::string::npos) {
      patterns_.push_back(at);
    } else {
      for (auto& name : split(line.patterns, ',')) plain_.emplace(std::move(name), at);
    }
  }
  hashed_found_.clear();
  lines_.push_back(std::move(line));
}

/// Lines that name the host readably.
KnownHosts::LineNumbers KnownHosts::listed(const std::string& name) const {
  LineNumbers result;
  const auto [begin, end] = plain_.equal_range(name);
  for (auto it = begin; it != end; ++it) result.push_back(it->second);
  for (const auto number : patterns_) {
    if (matches_patterns(lines_[number].patterns, name)) result.push_back(number);
  }
  std::sort(result.begin(), result.end());
  return result;
}

const KnownHosts::LineNumbers& KnownHosts::hashed_lines(const std::string& name) const {
  const auto [entry, is_new] = hashed_found_.try_emplace(name);
  if (is_new) {
    for (const auto& hashed : hashed_) {
      if (hmac_sha1(hashed.salt, name) == hashed.digest) entry->second.push_back(hashed.line);
    }
  }
  return entry->second;
}

KnownHosts::Verdict KnownHosts::judge(const LineNumbers& lines, std::string_view type, std::string_view key) const {
  const auto verdict = [this](Match match, const Line& line) {
    Verdict result{.match = match, .file = files_[line.file], .line = line.number};
    if (match == Match::changed) {
      result.listed_type = line.type;
      result.listed_fingerprint = fingerprint(line.key);
    }
    return result;
  };
  const Line* known = nullptr;
  const Line* same_type = nullptr;
  const Line* other_type = nullptr;
  const Line* authority = nullptr;
  for (const auto number : lines) {
    const auto& line = lines_[number];
    const bool equal = line.key == key;
    if (line.marker == Line::Marker::revoked) {
      if (equal) return verdict(Match::revoked, line);
    } else if (line.marker == Line::Marker::authority) {
      if (!authority) authority = &line;
    } else if (equal) {
      if (!known) known = &line;
    } else if (line.type == type) {
      if (!same_type) same_type = &line;
    } else if (!other_type) {
      other_type = &line;
    }
  }
  if (known) return verdict(Match::known, *known);
  // The types that are listed were asked for first, so a server that offers another type has lost its key.
  if (same_type) return verdict(Match::changed, *same_type);
  if (other_type) return verdict(Match::changed, *other_type);
  if (authority) return verdict(Match::authority, *authority);
  return {};
}

KnownHosts::Verdict KnownHosts::check_name(const std::string& name, std::string_view type, std::string_view key) const {
  auto lines = listed(name);
  const bool hashed_revocation = std::any_of(hashed_.begin(), hashed_.end(), [this](const HashedLine& hashed) {
    return lines_[hashed.line].marker == Line::Marker::revoked;
  });
  if (auto verdict = judge(lines, type, key);
      verdict.match == Match::revoked || (verdict.match == Match::known && !hashed_revocation)) {
    return verdict;
  }
  const auto& hashed = hashed_lines(name);
  lines.insert(lines.end(), hashed.begin(), hashed.end());
  std::sort(lines.begin(), lines.end());
  return judge(lines, type, key);
}

KnownHosts::Verdict KnownHosts::check(std::string_view host, std::uint16_t port, std::string_view type,
                                      std::string_view key) const {
  auto verdict = check_name(listed_name(host, port), type, key);
  if (verdict.match != Match::unknown || port == 22) return verdict;
  // As OpenSSH does: a key that is listed without a port vouches for the host at any port, but never against it.
  auto without_port = check_name(lower(host), type, key);
  if (without_port.match == Match::known || without_port.match == Match::revoked) return without_port;
  return verdict;
}

std::vector<std::string> KnownHosts::types(std::string_view host, std::uint16_t port) const {
  const auto types_of = [this](const std::string& name) {
    auto lines = listed(name);
    if (lines.empty()) lines = hashed_lines(name);
    std::vector<std::string> result;
    for (const auto number : lines) {
      const auto& line = lines_[number];
      if (line.marker != Line::Marker::none) continue;
      if (std::find(result.begin(), result.end(), line.type) == result.end()) result.push_back(line.type);
    }
    return result;
  };
  auto result = types_of(listed_name(host, port));
  if (result.empty() && port != 22) result = types_of(lower(host));
  return result;
}

void KnownHosts::remember(const std::string& file, std::string_view host, std::uint16_t port, std::string_view type,
                          std::string_view key) {
  const auto is_one_word = [](std::string_view word) {
    return !word.empty() && std::none_of(word.begin(), word.end(), [](char c) {
      return static_cast<unsigned char>(c) <= ' ' || c == 127 || std::strchr(",*?!|#@", c) != nullptr;
    });
  };
  if (!is_one_word(host) || !is_one_word(type) || key.empty() || decode_base64(key).empty()) {
    throw Error("the host key of '" + printable(host) + "' cannot be written as a line of known_hosts");
  }
  const auto folder = std::filesystem::path(file).parent_path();
  if (!folder.empty() && ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) throw_not_written(file);
  const OpenFile opened{::open(file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600)};
  if (opened.descriptor < 0 || ::flock(opened.descriptor, LOCK_EX) != 0) throw_not_written(file);

  std::string line = listed_name(host, port) + " " + std::string(type) + " " + std::string(key) + "\n";
  const off_t size = ::lseek(opened.descriptor, 0, SEEK_END);
  char last = '\n';
  if (size > 0 && ::pread(opened.descriptor, &last, 1, size - 1) != 1) throw_not_written(file);
  std::string content(static_cast<std::size_t>(size), '\0');
  const auto got = ::pread(opened.descriptor, content.data(), content.size(), 0);
  content.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  // Another run may have met the host in the meantime.
  if (const auto at = ("\n" + content).find("\n" + line); at != std::string::npos) {
    const auto before = std::count(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    add_line(std::string_view(line).substr(0, line.size() - 1), file_number(file),
             static_cast<std::size_t>(before) + 1);
    return;
  }
  const auto written = last == '\n' ? line : "\n" + line;
  if (::write(opened.descriptor, written.data(), written.size()) != static_cast<ssize_t>(written.size())) {
    throw_not_written(file);
  }
  const auto lines_before = static_cast<std::size_t>(std::count(content.begin(), content.end(), '\n'));
  add_line(std::string_view(line).substr(0, line.size() - 1), file_number(file), lines_before + (last == '\n' ? 1 : 2));
}

std::string fingerprint(std::string_view key_base64) {
  const auto blob = decode_base64(key_base64);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_Digest(blob.data(), blob.size(), digest, &length, EVP_sha256(), nullptr);
  std::string text(4 * ((length + 2) / 3) + 1, '\0');
  text.resize(static_cast<std::size_t>(
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), digest, static_cast<int>(length))));
  while (!text.empty() && text.back() == '=') text.pop_back();
  return "SHA256:" + text;
}

}  // namespace espresso
