#include "ssh/config.h"

#include "ssh/config_canonical.h"
#include "ssh/config_condition.h"
#include "ssh/config_reader.h"
#include "ssh/config_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>

#include <pwd.h>
#include <unistd.h>

namespace espresso {

struct SshConfig::Content {
  LocalUser user;
  ConfigFiles files;
  std::unique_ptr<ExecAnswers> exec = std::make_unique<ExecAnswers>();
  std::unique_ptr<CanonicalNames> names;
};

namespace {

constexpr std::uint16_t default_port = 22;

void go_through(const ConfigFile& file, const ConfigPass& pass, ConfigDraft& draft, ExecAnswers& exec);

void apply(const ConfigBlock& block, const ConfigPass& pass, ConfigDraft& draft, ExecAnswers& exec) {
  if (!holds(block, pass, draft, exec)) return;
  for (const auto& item : block.items) {
    if (item.included)
      go_through(*item.included, pass, draft, exec);
    else
      item.effect(draft);
  }
}

void go_through(const ConfigFile& file, const ConfigPass& pass, ConfigDraft& draft, ExecAnswers& exec) {
  const auto named = file.plain_blocks.find(pass.host);
  static const std::vector<std::size_t> none;
  const auto& plain = named == file.plain_blocks.end() ? none : named->second;
  // Both lists ascend; blocks count in the order of the file.
  auto next_plain = plain.begin();
  auto next_other = file.other_blocks.begin();
  while (next_plain != plain.end() || next_other != file.other_blocks.end()) {
    const bool is_plain =
        next_other == file.other_blocks.end() || (next_plain != plain.end() && *next_plain < *next_other);
    apply(file.blocks[is_plain ? *next_plain++ : *next_other++], pass, draft, exec);
  }
}

std::string expand_path(const Written& path, const ConfigTokens& tokens, const LocalUser& user) {
  const Written at_home{.text = expand_home(path, user), .place = path.place};
  return tokens.expand(at_home, all_client_tokens, true);
}

std::vector<std::string> expand_files(const std::vector<const Written*>& files, const ConfigTokens& tokens,
                                      const LocalUser& user) {
  std::vector<std::string> paths;
  for (const auto* file : files) {
    if (to_lower(file->text) != "none") paths.push_back(expand_path(*file, tokens, user));
  }
  return paths;
}

std::vector<const Written*> pointers_to(const std::vector<Written>& values) {
  std::vector<const Written*> pointers;
  for (const auto& value : values) pointers.push_back(&value);
  return pointers;
}

std::string expand_agent(const Written& value, const ConfigTokens& tokens, const LocalUser& user) {
  // "$NAME" is older than "${NAME}", and stands alone.
  if (value.text.starts_with('$') && !value.text.starts_with("${")) {
    const char* const path = std::getenv(value.text.c_str() + 1);
    return path ? path : "none";
  }
  return expand_path(value, tokens, user);
}

std::vector<JumpHop> expand_hops(const Written& written, const ConfigTokens& tokens) {
  auto hops = parse_jump_hops(written.text).value_or(std::vector<JumpHop>());
  for (auto& hop : hops) {
    hop.host = tokens.expand({.text = hop.host, .place = written.place}, proxy_tokens);
    if (hop.user) hop.user = tokens.expand({.text = *hop.user, .place = written.place}, proxy_tokens);
  }
  return hops;
}

void refuse_loop(const Written& written, const SshOptions& options, const LocalUser& user) {
  const auto& last = options.proxy_jump->back();
  const auto& own_user = options.user.value_or(user.name);
  if (last.host != options.host_name || last.port.value_or(default_port) != options.port.value_or(default_port) ||
      last.user.value_or(own_user) != own_user)
    return;
  throw Mistakes(Diagnostic{.span = written.place,
                            .message = fmt::format("'{}' would be reached through itself", last.host),
                            .hint = "write 'ProxyJump none' under a 'Host' block of this host, above"});
}

// What needs all the rest to be known.
void expand(const ConfigDraft& draft, const std::string& original, const LocalUser& user, SshOptions& options) {
  if (draft.host_key_alias) options.host_key_alias = to_lower(draft.host_key_alias->text);
  const ConfigTokens tokens({.user = user,
                             .host = *options.host_name,
                             .original = original,
                             .key_alias = options.host_key_alias.value_or(original),
                             .remote_user = options.user.value_or(user.name),
                             .port = options.port.value_or(default_port)});
  if (draft.proxy_command) options.proxy_command = tokens.expand(*draft.proxy_command, proxy_tokens);
  if (draft.proxy_jump) {
    options.proxy_jump = expand_hops(*draft.proxy_jump, tokens);
    refuse_loop(*draft.proxy_jump, options, user);
  }
  if (draft.identity_agent) options.identity_agent = expand_agent(*draft.identity_agent, tokens, user);
  if (draft.known_hosts_command && to_lower(draft.known_hosts_command->text) != "none")
    options.known_hosts_command = draft.known_hosts_command->text;
  if (!draft.identity_files.empty()) options.identity_files = expand_files(draft.identity_files, tokens, user);
  options.certificate_files = expand_files(draft.certificate_files, tokens, user);
  if (draft.user_known_hosts_files)
    options.user_known_hosts_files = expand_files(pointers_to(*draft.user_known_hosts_files), tokens, user);
  if (options.revoked_host_keys && to_lower(*options.revoked_host_keys) == "none") options.revoked_host_keys.reset();
  if (options.connection_attempts == 0U)
    throw Mistakes(Diagnostic{.span = draft.connection_attempts->place,
                              .message = "'ConnectionAttempts' is 0",
                              .hint = "write a number from 1 up"});
}

// Names go into commands, by way of tokens. Those of the command line and of inventories must hold nothing that a shell
// would take for more than a name; of files, ssh takes all, for they hold commands anyway.
void refuse_dangerous_names(const std::string& host, const std::optional<std::string>& user) {
  auto is_white = [](char c) {
    return std::isspace(static_cast<unsigned char>(c)) || std::iscntrl(static_cast<unsigned char>(c));
  };
  const bool is_bad_host = host.starts_with('-') || host.find_first_of("'`\"$\\;&<>|(){}") != std::string::npos ||
                           std::any_of(host.begin(), host.end(), is_white);
  if (is_bad_host)
    throw Mistakes(
        Diagnostic{.span = {}, .message = fmt::format("'{}' cannot be the name of a host", host), .hint = {}});
  if (!user) return;
  const bool is_bad_user = user->starts_with('-') || user->find_first_of("'`\";&<>|(){}") != std::string::npos ||
                           user->find(" -") != std::string::npos || user->ends_with('\\');
  if (is_bad_user)
    throw Mistakes(
        Diagnostic{.span = {}, .message = fmt::format("'{}' cannot be the name of a user", *user), .hint = {}});
}

}  // namespace

LocalUser local_user() {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 16384> buffer{};
  const uid_t id = ::getuid();
  if (::getpwuid_r(id, &entry, buffer.data(), buffer.size(), &found) != 0 || !found)
    throw Mistakes(Diagnostic{.span = {},
                              .message = fmt::format("no user has the number {}", id),
                              .hint = "run as a user that the password database knows"});
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0)
    throw Mistakes(Diagnostic{.span = {},
                              .message = fmt::format("this machine has no name: {}", std::strerror(errno)),
                              .hint = "give it one with hostname(1)"});
  return {.name = found->pw_name, .home = found->pw_dir, .id = id, .host = host.data()};
}

SshConfig SshConfig::load(const std::string& file, const std::vector<std::string>& options, const LocalUser& user,
                          HostLookup lookup) {
  auto content = std::make_shared<Content>();
  content->user = user;
  content->files = read_config_files(file, options, user);
  content->names = std::make_unique<CanonicalNames>(std::move(lookup));
  return SshConfig(std::move(content));
}

SshOptions SshConfig::resolve(const Query& query) const {
  const auto& files = content_->files;
  ConfigDraft draft;
  draft.options.user = query.user;
  draft.options.port = query.port;
  for (const auto& effect : files.options) effect(draft);
  refuse_dangerous_names(query.host, draft.options.user);
  ConfigPass pass{.host = query.host, .original = query.host, .user = content_->user};
  auto go_through_all = [&] {
    for (const auto& file : files.files) go_through(*file, pass, draft, *content_->exec);
  };
  go_through_all();
  const std::string named = draft.host_name ? expand_host_name(*draft.host_name, query.host) : query.host;
  pass.host = content_->names->canonical(named, draft);
  // When the name has changed, other blocks may hold.
  if (files.wants_final_pass || draft.canonicalize.value_or(Canonicalize::no) != Canonicalize::no) {
    pass.is_final = true;
    go_through_all();
  }
  SshOptions options = std::move(draft.options);
  options.host_name = pass.host;
  expand(draft, query.host, content_->user, options);
  return options;
}

}  // namespace espresso
