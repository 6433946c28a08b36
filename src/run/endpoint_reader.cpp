#include "run/endpoint_reader.h"

#include "core/account.h"
#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>

namespace espresso {

namespace {

// Jump hosts that are reached through jump hosts, by their own configuration: past this it is a circle.
constexpr unsigned most_hops = 8;

// As ssh: $USER stays what it was under su and sudo.
std::string login_name() { return own_account().name.empty() ? "root" : own_account().name; }

std::string expand(const std::string& path, const std::filesystem::path& base) {
  if (path == "~" || path.starts_with("~/")) return home_directory() + path.substr(1);
  if (path.starts_with("/") || base.empty()) return path;
  return (base / path).lexically_normal().string();
}

std::optional<std::uint16_t> parse_port(const Value& value) {
  const std::string text = value.is_integer() || value.is_string() ? value.to_text() : "";
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(number);
}

std::optional<std::chrono::milliseconds> parse_timeout(const Value& value) {
  std::optional<std::chrono::milliseconds> timeout;
  if (value.is_string()) timeout = parse_duration(value.as_string());
  if (value.is_number() && value.as_number() < 1e9)
    timeout = std::chrono::milliseconds(std::llround(value.as_number() * 1000));
  return timeout && timeout->count() > 0 ? timeout : std::nullopt;
}

/// The first of these that says anything.
template <typename T>
std::optional<T> first(std::optional<T> a, std::optional<T> b, std::optional<T> c, std::optional<T> d = {}) {
  for (auto* one : {&a, &b, &c, &d}) {
    if (*one) return std::move(*one);
  }
  return std::nullopt;
}

/// As Endpoint has them: empty means that nobody said anything, so no file is "none".
std::vector<std::string> files(const std::optional<std::vector<std::string>>& given) {
  if (!given) return {};
  return given->empty() ? std::vector<std::string>{"none"} : *given;
}

HostKeyCheck host_key_check_of(StrictHostKey strict) {
  switch (strict) {
    case StrictHostKey::ask:
      return HostKeyCheck::ask;
    case StrictHostKey::accept_new:
      return HostKeyCheck::accept_new;
    case StrictHostKey::no:
      return HostKeyCheck::off;
    case StrictHostKey::yes:
      break;
  }
  return HostKeyCheck::strict;
}

/// What ssh_config alone can say.
void take_rest(const SshOptions& base, Endpoint& endpoint) {
  endpoint.identities_only = base.identities_only.value_or(false);
  endpoint.certificates = base.certificate_files;
  endpoint.agent_socket = base.identity_agent.value_or("");
  if (base.preferred_authentications) endpoint.preferred_authentications = split(*base.preferred_authentications, ',');
  endpoint.public_key_algorithms = base.pubkey_accepted_algorithms.value_or("");
  endpoint.publickey_authentication = base.pubkey_authentication.value_or(true);
  endpoint.password_authentication = base.password_authentication.value_or(true);
  endpoint.keyboard_interactive_authentication = base.kbd_interactive_authentication.value_or(true);
  endpoint.host_key_alias = base.host_key_alias.value_or("");
  endpoint.hash_known_hosts = base.hash_known_hosts.value_or(false);
  endpoint.revoked_host_keys = base.revoked_host_keys.value_or("");
  endpoint.required_rsa_size = base.required_rsa_size.value_or(endpoint.required_rsa_size);
  endpoint.trusts_this_machine = base.no_host_authentication_for_localhost.value_or(false);
  endpoint.has_known_hosts_command = base.known_hosts_command.has_value();
  endpoint.compression = base.compression.value_or(false);
  endpoint.rekey_limit = base.rekey_limit.value_or(0);
  endpoint.connection_attempts = base.connection_attempts.value_or(1);
  endpoint.address_family = base.address_family.value_or(AddressFamily::any);
  endpoint.bind_address = base.bind_address.value_or("");
  endpoint.bind_interface = base.bind_interface.value_or("");
  endpoint.ciphers = base.ciphers.value_or("");
  endpoint.key_exchanges = base.kex_algorithms.value_or("");
  endpoint.macs = base.macs.value_or("");
  endpoint.host_key_algorithms = base.host_key_algorithms.value_or("");
  endpoint.alive_interval = base.server_alive_interval.value_or(std::chrono::seconds(0));
  endpoint.alive_count = base.server_alive_count_max.value_or(3);
}

}  // namespace

Endpoint EndpointReader::read(const Host& host) { return read(host, nullptr); }

// Of one variable's options; none of them when one is wrong.
void EndpointReader::take_options(const FoundVariable& found, const std::vector<std::string>& options,
                                  std::vector<std::string>& all) {
  const auto& mistakes = options_.ssh_config->mistakes_in(options);
  for (const auto& mistake : mistakes) {
    const auto option = mistake.span.source ? fmt::format(" holds '{}'", mistake.span.source->text) : "";
    diagnostics_.add(found.span(), fmt::format("'{}'{}: {}", found.name, option, mistake.message), mistake.hint);
  }
  if (mistakes.empty()) all.insert(all.end(), options.begin(), options.end());
}

std::vector<std::string> EndpointReader::read_options(HostVariables& variables) {
  std::vector<std::string> options;
  if (const auto texts = variables.texts("ssh_options")) take_options(variables.find("ssh_options"), *texts, options);
  for (const auto name : {"ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"}) {
    const FoundVariable found = variables.find(name);
    if (!found || (found.value->is_string() && found.value->as_string().empty())) continue;
    const auto text = variables.text(name);
    if (!text) continue;
    std::string wrong;
    if (const auto of_arguments = options_of_arguments(*text, wrong)) {
      take_options(found, *of_arguments, options);
    } else {
      variables.complain_of(found, fmt::format("may hold -o, -J, -i, -l, -p, -C, -4 and -6, not '{}'", wrong));
    }
  }
  return options;
}

Endpoint EndpointReader::read(const Host& host, const Hop* hop) {
  HostVariables variables(host, diagnostics_);
  Endpoint endpoint;
  endpoint.name = host.name;
  endpoint.address = variables.text("address").value_or(host.name);
  Sources sources{.variables = variables};
  sources.user = variables.text("user");
  if (const FoundVariable found = variables.find("port")) {
    sources.port = parse_port(*found.value);
    if (!sources.port) variables.complain(found);
  }
  if (options_.ssh_config) read_ssh_config(sources, hop, endpoint);
  read_login(sources, hop, endpoint);
  read_identities(sources, endpoint);
  read_host_key_check(sources, endpoint);
  read_times(sources, endpoint);
  take_rest(sources.base, endpoint);
  read_way(sources, hop, endpoint);
  return endpoint;
}

void EndpointReader::read_ssh_config(Sources& sources, const Hop* hop, Endpoint& endpoint) {
  const auto options_of_host = read_options(sources.variables);
  // What is known already takes part in Match and in tokens.
  SshConfig::Query query{.host = endpoint.address,
                         .user = hop ? hop->jump.user : options_.user,
                         .port = hop ? hop->jump.port : options_.port};
  try {
    if (!hop) sources.top = options_.ssh_config->command_line(query);
    query.user = first(query.user, sources.top.user, sources.user);
    query.port = first(query.port, sources.top.port, sources.port);
    sources.base = hop ? options_.ssh_config->resolve_jump(query, options_of_host)
                       : options_.ssh_config->resolve(query, options_of_host);
    endpoint.address = sources.base.host_name.value_or(endpoint.address);
  } catch (const Mistakes& mistakes) {
    diagnostics_.add(mistakes);
  }
}

void EndpointReader::read_login(Sources& sources, const Hop* hop, Endpoint& endpoint) {
  const SshOptions& top = sources.top;
  const SshOptions& base = sources.base;
  endpoint.user = first(hop ? hop->jump.user : options_.user, top.user, sources.user, base.user).value_or(login_name());
  endpoint.port = first(hop ? hop->jump.port : options_.port, top.port, sources.port, base.port).value_or(22);
  const auto password = sources.variables.text("password");
  endpoint.password = password.value_or("");
  if (!hop && options_.password) endpoint.password = *options_.password;
}

void EndpointReader::read_identities(Sources& sources, Endpoint& endpoint) {
  auto& variables = sources.variables;
  std::vector<std::string> named;
  if (const auto texts = variables.texts("identity")) {
    const FoundVariable found = variables.find("identity");
    std::filesystem::path folder;
    if (found.origin && found.origin->level != Origin::Level::command_line && found.span().source)
      folder = std::filesystem::path(found.span().source->name).parent_path();
    for (const auto& file : *texts) named.push_back(expand(file, folder));
  }
  if (!options_.identities.empty()) {
    named.clear();
    for (const auto& file : options_.identities) named.push_back(expand(file, {}));
  }
  named_identities_.insert(named_identities_.end(), named.begin(), named.end());
  endpoint.identities = named.empty() ? files(sources.base.identity_files) : named;
}

void EndpointReader::read_host_key_check(Sources& sources, Endpoint& endpoint) {
  auto& variables = sources.variables;
  std::optional<HostKeyCheck> check;
  if (const FoundVariable found = variables.find("host_key_check")) {
    if (const auto truth = HostVariables::truth(*found.value)) {
      check = *truth ? HostKeyCheck::strict : HostKeyCheck::off;
    } else if (*found.value == Value("strict")) {
      check = HostKeyCheck::strict;
    } else if (*found.value == Value("ask")) {
      check = HostKeyCheck::ask;
    } else if (*found.value == Value("accept-new")) {
      check = HostKeyCheck::accept_new;
    } else {
      variables.complain(found);
    }
  }
  const auto of = [](const SshOptions& options) -> std::optional<HostKeyCheck> {
    if (!options.strict_host_key_checking) return std::nullopt;
    return host_key_check_of(*options.strict_host_key_checking);
  };
  endpoint.host_key_check =
      first(options_.host_key_check, of(sources.top), check, of(sources.base)).value_or(HostKeyCheck::strict);
  if (options_.names_known_hosts) return;
  endpoint.known_hosts_files = files(sources.base.user_known_hosts_files);
  endpoint.global_known_hosts_files = files(sources.base.global_known_hosts_files);
}

void EndpointReader::read_times(Sources& sources, Endpoint& endpoint) {
  auto& variables = sources.variables;
  std::optional<std::chrono::milliseconds> timeout;
  if (const FoundVariable found = variables.find("connect_timeout")) {
    timeout = parse_timeout(*found.value);
    if (!timeout) variables.complain(found);
  }
  const auto of = [](const SshOptions& options) -> std::optional<std::chrono::milliseconds> {
    if (!options.connect_timeout || options.connect_timeout->count() == 0) return std::nullopt;
    return std::chrono::milliseconds(*options.connect_timeout);
  };
  endpoint.connect_timeout =
      first(options_.connect_timeout, of(sources.top), timeout, of(sources.base)).value_or(endpoint.connect_timeout);
}

void EndpointReader::read_way(Sources& sources, const Hop* hop, Endpoint& endpoint) {
  const SshOptions& top = sources.top;
  const SshOptions& base = sources.base;
  if (hop && hop->through) {
    endpoint.through = hop->through;
    return;
  }
  const unsigned depth = hop ? hop->depth + 1 : 1;
  const auto through = [&](std::vector<JumpHop> hops) {
    // What is said for all hosts holds for the jump hosts among them, too: each is reached through those before it.
    const auto is_itself = [&](const JumpHop& jump) { return jump.host == endpoint.name; };
    hops.erase(std::find_if(hops.begin(), hops.end(), is_itself), hops.end());
    endpoint.through = chain(hops, depth);
  };
  if (!hop && options_.jump) {
    through(parse_jump_hops(*options_.jump).value_or(std::vector<JumpHop>()));
  } else if (!top.proxy_jump && !top.proxy_command && sources.variables.find("jump")) {
    through(read_jump_hops(sources.variables));
  } else if (base.proxy_jump) {
    endpoint.through = chain(*base.proxy_jump, depth);
  } else {
    endpoint.proxy_command = base.proxy_command.value_or("");
  }
}

std::vector<JumpHop> EndpointReader::read_jump_hops(HostVariables& variables) {
  const auto text = variables.text("jump");
  if (!text) return {};
  const auto hops = parse_jump_hops(*text);
  if (!hops) variables.complain(variables.find("jump"));
  return hops.value_or(std::vector<JumpHop>());
}

std::shared_ptr<const Endpoint> EndpointReader::chain(const std::vector<JumpHop>& hops, unsigned depth) {
  if (depth > most_hops) {
    diagnostics_.add(
        {}, fmt::format("the way through jump host '{}' goes round in a circle", hops.empty() ? "" : hops[0].host),
        "let one of them be reached straight: ProxyJump none, or jump: none");
    return nullptr;
  }
  std::shared_ptr<const Endpoint> way;
  for (const auto& jump : hops) {
    const auto known = options_.find_host ? options_.find_host(jump.host) : nullptr;
    const Host unknown{.name = jump.host, .groups = {}, .variables = {}};
    const Hop hop{.jump = jump, .through = way, .depth = depth};
    way = std::make_shared<const Endpoint>(read(known ? *known : unknown, &hop));
  }
  return way;
}

}  // namespace espresso
