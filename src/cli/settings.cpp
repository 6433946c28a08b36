#include "cli/settings.h"

#include "core/text.h"
#include "model/yaml.h"

#include <fmt/format.h>

namespace espresso {

namespace {

Span option_span(std::string_view option, std::string_view text) {
  const auto source = std::make_shared<Source>(Source{std::string(option), std::string(text)});
  return span_at(source, 0, text.size());
}

std::optional<std::chrono::milliseconds> duration(std::string_view option, const std::string& text,
                                                  Diagnostics& diagnostics) {
  if (text.empty()) return std::nullopt;
  const auto parsed = parse_duration(text);
  if (parsed && parsed->count() > 0) return parsed;
  diagnostics.add(option_span(option, text), fmt::format("'{}' is no duration", text), "write it as 90s, 5m or 1h");
  return std::nullopt;
}

void merge(Map& target, const Node& node, std::string_view what, Diagnostics& diagnostics) {
  if (!node.is_map()) {
    diagnostics.add(node.span, fmt::format("{} must be a mapping of names to values, not {}", what, node.describe()));
    return;
  }
  for (const auto& [key, value] : node.entries) target.set(key.text, value_of(value, diagnostics));
}

void parse_override(const std::string& text, Map& target, Diagnostics& diagnostics) {
  if (text.starts_with("@"))
    return merge(target, parse_yaml(load_source(text.substr(1)), diagnostics), "the file", diagnostics);
  const auto source = std::make_shared<Source>(Source{"-e", text});
  if (text.starts_with("{")) return merge(target, parse_yaml(source, diagnostics), "the text", diagnostics);
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    diagnostics.add(span_at(source, 0, text.size()), fmt::format("'{}' sets nothing", text),
                    "write name=value, @FILE or '{\"name\": value}'");
    return;
  }
  const auto value = std::make_shared<Source>(Source{"-e", text.substr(equals + 1)});
  target.set(text.substr(0, equals),
             value->text.empty() ? Value("") : value_of(parse_yaml(value, diagnostics), diagnostics));
}

}  // namespace

RunOptions run_options(const Settings& settings, Diagnostics& diagnostics) {
  RunOptions options;
  options.check = settings.check;
  options.diff = settings.diff;
  options.forks = settings.forks;
  if (const auto timeout = duration("--timeout", settings.timeout, diagnostics)) options.operation_timeout = *timeout;
  options.connection.connect_timeout = duration("--connect-timeout", settings.connect_timeout, diagnostics);
  if (!settings.user.empty()) options.connection.user = settings.user;
  options.connection.port = settings.port;
  options.connection.identities = settings.identities;
  options.connection.become = settings.become;
  if (!settings.become_user.empty()) options.connection.become_user = settings.become_user;
  if (!settings.become_method.empty()) options.connection.become_method = parse_become_method(settings.become_method);
  if (settings.host_key_check == "strict") options.connection.host_key_check = HostKeyCheck::strict;
  if (settings.host_key_check == "ask") options.connection.host_key_check = HostKeyCheck::ask;
  if (settings.host_key_check == "accept-new") options.connection.host_key_check = HostKeyCheck::accept_new;
  if (settings.host_key_check == "off") options.connection.host_key_check = HostKeyCheck::off;
  options.connector.known_hosts_files = settings.known_hosts;
  options.connection.names_known_hosts = !settings.known_hosts.empty();
  if (!settings.jump.empty()) {
    options.connection.jump = settings.jump;
    if (!parse_jump_hops(settings.jump)) {
      diagnostics.add(option_span("--jump", settings.jump), fmt::format("'{}' is no jump host", settings.jump),
                      "write it as [user@]host[:port], several with commas, or none");
    }
  }
  try {
    options.connection.ssh_config = std::make_shared<SshConfigs>(settings.ssh_config, settings.ssh_options);
  } catch (const Mistakes& mistakes) {
    diagnostics.add(mistakes);
  }
  return options;
}

Map parse_overrides(const std::vector<std::string>& overrides, Diagnostics& diagnostics) {
  Map values;
  for (const auto& text : overrides) {
    try {
      parse_override(text, values, diagnostics);
    } catch (const Mistakes& mistakes) {
      diagnostics.add(mistakes);
    }
  }
  return values;
}

std::string joined_pattern(const std::vector<std::string>& patterns) { return join(patterns, ","); }

}  // namespace espresso
