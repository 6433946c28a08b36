#include "ssh/known_hosts.h"

#include "core/account.h"
#include "ssh/identity.h"

#include <algorithm>

namespace espresso {

struct KnownHosts::Listed {
  const KnownHostsFile* file;
  KnownHostsLine line;
};

namespace {

using Marker = KnownHostsLine::Marker;

}  // namespace

void KnownHosts::add_hashed(std::vector<Listed>& lines, const std::string& name) const {
  for (const auto& file : files_) {
    for (const auto& line : file->hashed_lines(name)) lines.push_back({.file = file.get(), .line = line});
  }
}

KnownHosts::Verdict KnownHosts::judge(const std::vector<Listed>& lines, std::string_view type, std::string_view key) {
  const auto verdict = [](Match match, const Listed& listed) {
    Verdict result{.match = match, .file = listed.file->path(), .line = listed.line.number};
    if (match == Match::changed) {
      result.listed_type = listed.line.type;
      result.listed_fingerprint = fingerprint(listed.line.key);
    }
    return result;
  };
  const Listed* known = nullptr;
  const Listed* same_type = nullptr;
  const Listed* other_type = nullptr;
  const Listed* authority = nullptr;
  for (const auto& listed : lines) {
    const auto& line = listed.line;
    const bool equal = line.key == key;
    if (line.marker == Marker::revoked) {
      // A key is a key, whatever the line calls it: better refused than let in.
      if (equal) return verdict(Match::revoked, listed);
    } else if (line.marker == Marker::authority) {
      if (!authority && is_shaped_as_key(line.type, line.key)) authority = &listed;
    } else if (equal) {
      if (!known && is_shaped_as_key(line.type, line.key)) known = &listed;
    } else if (line.type == type) {
      if (!same_type && !known && is_key(line.type, line.key)) same_type = &listed;
    } else if (!other_type && !known && is_key(line.type, line.key)) {
      other_type = &listed;
    }
  }
  if (known) return verdict(Match::known, *known);
  // The types that are listed were asked for first, so a server that offers another type has lost its key.
  if (same_type) return verdict(Match::changed, *same_type);
  if (other_type) return verdict(Match::changed, *other_type);
  if (authority) return verdict(Match::authority, *authority);
  return {};
}

std::vector<KnownHosts::Listed> KnownHosts::cheap_lines(const std::string& name) const {
  std::vector<Listed> result;
  for (const auto& file : files_) {
    for (const auto& line : file->readable_lines(name)) result.push_back({.file = file.get(), .line = line});
    for (const auto& line : file->hashed_revocations(name)) result.push_back({.file = file.get(), .line = line});
  }
  return result;
}

KnownHosts::Verdict KnownHosts::check_listed(const std::string& name, std::string_view type,
                                             std::string_view key) const {
  auto lines = cheap_lines(name);
  auto verdict = judge(lines, type, key);
  if (verdict.match == Match::revoked || verdict.match == Match::known) return verdict;
  add_hashed(lines, name);
  return judge(lines, type, key);
}

KnownHosts::Verdict KnownHosts::check_name(const Name& name, std::string_view type, std::string_view key) const {
  auto verdict = check_listed(listed_name(name.host, name.port), type, key);
  if (verdict.match != Match::unknown || name.port == 22) return verdict;
  // As OpenSSH does: a key that is listed without a port vouches for the host at any port, but never against it.
  auto without_port = check_listed(listed_name(name.host, 22), type, key);
  if (without_port.match == Match::known || without_port.match == Match::revoked) return without_port;
  return verdict;
}

KnownHosts::Verdict KnownHosts::check(const std::vector<Name>& names, std::string_view type,
                                      std::string_view key) const {
  for (const auto& name : names) {
    auto verdict = judge(cheap_lines(listed_name(name.host, name.port)), type, key);
    if (verdict.match == Match::revoked) return verdict;
  }
  for (const auto& name : names) {
    auto verdict = check_name(name, type, key);
    if (verdict.match != Match::unknown) return verdict;
  }
  return {};
}

std::vector<std::string> KnownHosts::types_of(const std::string& name) const {
  const auto types_in = [](const std::vector<Listed>& lines) {
    std::vector<std::string> result;
    for (const auto& [file, line] : lines) {
      const bool is_new = std::find(result.begin(), result.end(), line.type) == result.end();
      if (line.marker == Marker::none && is_new && is_shaped_as_key(line.type, line.key))
        result.emplace_back(line.type);
    }
    return result;
  };
  auto lines = cheap_lines(name);
  auto result = types_in(lines);
  if (!result.empty()) return result;
  add_hashed(lines, name);
  return types_in(lines);
}

std::vector<std::string> KnownHosts::types(const std::vector<Name>& names) const {
  for (const auto& name : names) {
    auto result = types_of(listed_name(name.host, name.port));
    if (result.empty() && name.port != 22) result = types_of(listed_name(name.host, 22));
    if (!result.empty()) return result;
  }
  return {};
}

std::shared_ptr<KnownHostsFile> KnownHostsFiles::open(const std::string& path) {
  const auto expanded = path.starts_with("~/") ? home_directory() + path.substr(1) : path;
  const std::lock_guard lock(mutex_);
  auto& file = files_[expanded];
  if (!file) file = std::make_shared<KnownHostsFile>(expanded);
  return file;
}

}  // namespace espresso
