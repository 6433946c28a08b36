#include "ssh/config_settings.h"

#include "ssh/config_values.h"

#include <algorithm>

#include <cctype>
#include <cstdlib>

namespace espresso {

namespace {

std::vector<std::string> texts_of(const std::vector<Written>& list) {
  std::vector<std::string> texts;
  texts.reserve(list.size());
  for (const auto& value : list) texts.push_back(value.text);
  return texts;
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)); });
}

// The names in "${NAME}".
std::vector<std::string> variables_in(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
    const std::size_t end = text.find('}', at);
    if (end == std::string_view::npos) break;
    names.emplace_back(text.substr(at + 2, end - at - 2));
  }
  return names;
}

}  // namespace

ConfigEffect read_port(ConfigLine& line) {
  const ConfigWord& word = line.take();
  const auto port = parse_ssh_port(word.text);
  if (!port) line.fail(word, fmt::format("'{}' is not a port", word.text), "write a number from 1 to 65535");
  return set_option<&SshOptions::port>(*port);
}

ConfigEffect read_connection_attempts(ConfigLine& line) {
  const ConfigWord& word = line.take();
  --line.taken;
  return [number = line.take_number(), value = line.written(word)](ConfigDraft& draft) {
    if (draft.options.connection_attempts) return;
    draft.options.connection_attempts = number;
    draft.connection_attempts = value.get();
  };
}

ConfigEffect read_rekey_limit(ConfigLine& line) {
  constexpr std::uint64_t least = 16;
  const ConfigWord& word = line.take();
  const auto bytes = word.text == "default" ? std::optional<std::uint64_t>(0) : parse_ssh_size(word.text);
  if (!bytes)
    line.fail(word, fmt::format("'{}' is not an amount of bytes", word.text), "write it as '1G', '500M' or 'default'");
  if (*bytes != 0 && *bytes < least)
    line.fail(word, fmt::format("'{}' is too little", word.text), "write at least 16 bytes");
  std::optional<std::chrono::seconds> interval;
  if (line.taken < line.values.size()) interval = line.take_time();
  return [bytes = *bytes, interval](ConfigDraft& draft) {
    auto& options = draft.options;
    if (!options.rekey_limit) options.rekey_limit = bytes;
    if (!options.rekey_interval) options.rekey_interval = interval;
  };
}

ConfigEffect read_user_known_hosts_files(ConfigLine& line) {
  auto files = std::make_shared<const std::vector<Written>>(line.take_list());
  if (files->empty()) return {};
  return [files](ConfigDraft& draft) {
    if (!draft.user_known_hosts_files) draft.user_known_hosts_files = files.get();
  };
}

ConfigEffect read_global_known_hosts_files(ConfigLine& line) {
  auto files = texts_of(line.take_list());
  if (files.empty()) return {};
  if (equal_but_for_case(files.front(), "none")) files.clear();
  return set_option<&SshOptions::global_known_hosts_files>(files);
}

ConfigEffect read_proxy_command(ConfigLine& line) {
  return [value = line.written(line.take_rest())](ConfigDraft& draft) {
    // "ProxyJump none" keeps other jumps away, not commands.
    if (draft.proxy_jump || std::exchange(draft.has_proxy_command, true)) return;
    if (!equal_but_for_case(value->text, "none")) draft.proxy_command = value.get();
  };
}

ConfigEffect read_proxy_jump(ConfigLine& line) {
  ConfigWord hops = line.take_rest();
  hops.text.resize(std::min(hops.text.find('#'), hops.text.size()));
  hops.text.erase(hops.text.find_last_not_of(" \t\r\n") + 1);
  hops.length = hops.text.size();
  const auto parsed = parse_jump_hops(hops.text);
  if (!parsed)
    line.fail(hops, fmt::format("'{}' is no list of hosts to jump through", hops.text),
              "write it as 'user@host:port', several with commas, or 'none'");
  return [value = line.written(hops), is_none = parsed->empty()](ConfigDraft& draft) {
    if (draft.has_proxy_command || std::exchange(draft.has_proxy_jump, true)) return;
    if (!is_none) draft.proxy_jump = value.get();
  };
}

ConfigEffect read_strict_host_key_checking(ConfigLine& line) {
  constexpr ConfigChoice<StrictHostKey> choices[] = {
      {"yes", StrictHostKey::yes}, {"true", StrictHostKey::yes}, {"no", StrictHostKey::no},
      {"off", StrictHostKey::no},  {"false", StrictHostKey::no}, {"accept-new", StrictHostKey::accept_new},
      {"ask", StrictHostKey::ask}};
  return set_option<&SshOptions::strict_host_key_checking>(
      take_choice(line, choices, "write 'yes', 'accept-new', 'ask' or 'no'"));
}

ConfigEffect read_address_family(ConfigLine& line) {
  constexpr ConfigChoice<AddressFamily> choices[] = {
      {"any", AddressFamily::any}, {"inet", AddressFamily::inet}, {"inet6", AddressFamily::inet6}};
  return set_option<&SshOptions::address_family>(take_choice(line, choices, "write 'any', 'inet' or 'inet6'"));
}

ConfigEffect read_pubkey_authentication(ConfigLine& line) {
  constexpr ConfigChoice<bool> choices[] = {{"yes", true},    {"true", true},    {"no", false},
                                            {"false", false}, {"unbound", true}, {"host-bound", true}};
  return set_option<&SshOptions::pubkey_authentication>(
      take_choice(line, choices, "write 'yes', 'no', 'unbound' or 'host-bound'"));
}

ConfigEffect read_compression(ConfigLine& line) {
  constexpr ConfigChoice<bool> choices[] = {{"yes", true}, {"no", false}};
  return set_option<&SshOptions::compression>(take_choice(line, choices, "write 'yes' or 'no'"));
}

ConfigEffect read_log_level(ConfigLine& line) {
  constexpr ConfigChoice<const char*> choices[] = {
      {"QUIET", "QUIET"}, {"FATAL", "FATAL"},  {"ERROR", "ERROR"},   {"INFO", "INFO"},     {"VERBOSE", "VERBOSE"},
      {"DEBUG", "DEBUG"}, {"DEBUG1", "DEBUG"}, {"DEBUG2", "DEBUG2"}, {"DEBUG3", "DEBUG3"}, {"SILENT", "QUIET"}};
  return set_option<&SshOptions::log_level>(
      take_choice(line, choices, "write one of QUIET, FATAL, ERROR, INFO, VERBOSE, DEBUG, DEBUG2 and DEBUG3"));
}

ConfigEffect read_identity_agent(ConfigLine& line) {
  const ConfigWord& word = line.take();
  if (word.text.starts_with('$') && !word.text.starts_with("${") && !is_variable_name(word.text.substr(1)))
    line.fail(word, fmt::format("'{}' names no environment variable", word.text), "write it as '$NAME'");
  // ssh wants them set wherever the line stands.
  for (const auto& name : variables_in(word.text))
    if (!std::getenv(name.c_str()))
      line.fail(word, fmt::format("environment variable '{}' is not set", name), "set it, or write its value");
  return [value = line.written(word)](ConfigDraft& draft) {
    if (!draft.identity_agent) draft.identity_agent = value.get();
  };
}

ConfigEffect read_send_env(ConfigLine& line) {
  std::vector<std::string> names;
  while (const ConfigWord* word = line.take_if_any()) {
    if (word->text.empty() || word->text.find('=') != std::string::npos)
      line.fail(*word, fmt::format("'{}' names no environment variable", word->text),
                "write names; 'SetEnv' takes values");
    names.push_back(word->text);
  }
  return [names](ConfigDraft& draft) {
    auto& sent = draft.options.send_env;
    for (const auto& name : names) {
      if (name.starts_with('-'))
        std::erase_if(sent, [&](const auto& other) { return matches_ssh_pattern(other, name.substr(1)); });
      else if (std::find(sent.begin(), sent.end(), name) == sent.end())
        sent.push_back(name);
    }
  };
}

ConfigEffect read_set_env(ConfigLine& line) {
  std::vector<std::string> values;
  while (const ConfigWord* word = line.take_if_any()) {
    const std::size_t name_end = word->text.find('=');
    if (name_end == std::string::npos)
      line.fail(*word, fmt::format("'{}' has no value", word->text), "write it as 'NAME=value'");
    const std::string name = word->text.substr(0, name_end + 1);
    if (std::none_of(values.begin(), values.end(), [&](const auto& other) { return other.starts_with(name); }))
      values.push_back(word->text);
  }
  return [values](ConfigDraft& draft) {
    if (draft.options.set_env.empty()) draft.options.set_env = values;
  };
}

ConfigEffect read_canonicalize_hostname(ConfigLine& line) {
  constexpr ConfigChoice<Canonicalize> choices[] = {{"yes", Canonicalize::yes},
                                                    {"true", Canonicalize::yes},
                                                    {"no", Canonicalize::no},
                                                    {"false", Canonicalize::no},
                                                    {"always", Canonicalize::always}};
  return [value = take_choice(line, choices, "write 'yes', 'no' or 'always'")](ConfigDraft& draft) {
    if (!draft.canonicalize) draft.canonicalize = value;
  };
}

ConfigEffect read_canonicalize_fallback_local(ConfigLine& line) {
  return [value = take_yes_or_no(line)](ConfigDraft& draft) {
    if (!draft.canonicalize_fallback_local) draft.canonicalize_fallback_local = value;
  };
}

ConfigEffect read_canonicalize_max_dots(ConfigLine& line) {
  return [value = line.take_number()](ConfigDraft& draft) {
    if (!draft.canonicalize_max_dots) draft.canonicalize_max_dots = value;
  };
}

ConfigEffect read_canonical_domains(ConfigLine& line) {
  auto domains = std::make_shared<std::vector<std::string>>(texts_of(line.take_list()));
  if (domains->empty()) return {};
  for (auto& domain : *domains) {
    domain = to_lower(domain);
    if (domain.ends_with('.')) domain.pop_back();
  }
  return [domains](ConfigDraft& draft) {
    if (!draft.canonical_domains) draft.canonical_domains = domains.get();
  };
}

ConfigEffect read_permitted_aliases(ConfigLine& line) {
  auto aliases = std::make_shared<std::vector<PermittedAlias>>();
  while (const ConfigWord* word = line.take_if_any()) {
    const std::string list = to_lower(word->text);
    const std::size_t colon = list.find(':');
    if (list == "none" && line.values.size() > 1)
      line.fail(*word, "'none' stands with other values", "let it stand alone, or remove it");
    if (list != "none" && list != "*" && (colon == std::string::npos || colon + 1 == list.size()))
      line.fail(*word, fmt::format("'{}' permits no alias", word->text), "write it as 'aliases:names', '*' or 'none'");
    aliases->push_back(list == "none" || list == "*" ? PermittedAlias{.sources = list, .targets = list}
                                                     : PermittedAlias{list.substr(0, colon), list.substr(colon + 1)});
  }
  if (aliases->empty()) return {};
  return [aliases](ConfigDraft& draft) {
    if (!draft.permitted_aliases) draft.permitted_aliases = aliases.get();
  };
}

}  // namespace espresso
