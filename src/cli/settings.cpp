#include "cli/settings.h"

#include "cli/password.h"
#include "core/text.h"
#include "model/yaml_file.h"

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

constexpr std::string_view configuration_name = "config";

SettingsLayer layer_of(Value settings, const Span& span) {
  return {.level = SettingsLayer::Level::command_line, .owner = "-e", .settings = std::move(settings), .span = span};
}

void merge(Overrides& target, const Node& node, std::string_view what, Diagnostics& diagnostics) {
  if (!node.is_map()) {
    diagnostics.add(node.span, fmt::format("{} must be a mapping of names to values, not {}", what, node.describe()));
    return;
  }
  for (const auto& [key, value] : node.entries) {
    if (key.text != configuration_name) {
      target.variables.set(key.text, value_of(value, diagnostics));
      continue;
    }
    auto layer = layer_of(value_of(value, diagnostics), value.span);
    layer.node = std::make_shared<const Node>(value);
    target.settings.push_back(std::move(layer));
  }
}

// web.http.port=81, also as config.web.http.port=81
void set_setting(std::string_view name, Value value, const Span& span, Overrides& target, Diagnostics& diagnostics) {
  if (name.starts_with("config.")) name.remove_prefix(configuration_name.size() + 1);
  try {
    const auto path = parse_setting_name(name, span);
    for (auto part = path.rbegin(); part != path.rend(); ++part) {
      Map outer;
      outer.set(*part, std::move(value));
      value = std::move(outer);
    }
    target.settings.push_back(layer_of(std::move(value), span));
  } catch (const Mistakes& mistakes) {
    diagnostics.add(mistakes);
  }
}

void parse_override(const std::string& text, Overrides& target, Diagnostics& diagnostics) {
  if (text.starts_with("@")) return merge(target, load_yaml(text.substr(1), diagnostics), "the file", diagnostics);
  const auto source = std::make_shared<Source>(Source{"-e", text});
  if (text.starts_with("{")) return merge(target, parse_yaml(source, diagnostics), "the text", diagnostics);
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    diagnostics.add(span_at(source, 0, text.size()), fmt::format("'{}' sets nothing", text),
                    "write name=value, @FILE or '{\"name\": value}'");
    return;
  }
  const std::string name = text.substr(0, equals);
  const auto written = std::make_shared<Source>(Source{"-e", text.substr(equals + 1)});
  Value value = written->text.empty() ? Value("") : value_of(parse_yaml(written, diagnostics), diagnostics);
  if (name == configuration_name)
    target.settings.push_back(layer_of(std::move(value), span_at(source, 0, text.size())));
  else if (name.find('.') != std::string::npos)
    set_setting(name, std::move(value), span_at(source, 0, equals), target, diagnostics);
  else
    target.variables.set(name, std::move(value));
}

}  // namespace

SecretSettings secret_settings(const Settings& settings) {
  SecretSettings secrets{.key_file = settings.secret_key_file,
                         .passphrase_file = settings.secret_passphrase_file,
                         .passphrase_command = settings.secret_passphrase_command,
                         .vault_ids = settings.vault_ids,
                         .ask = [](const std::string& what, bool is_new) { return ask_secret(what, is_new); }};
  const auto& files = settings.vault_password_files;
  secrets.vault_ids.insert(secrets.vault_ids.end(), files.begin(), files.end());
  if (settings.ask_vault_password) secrets.vault_ids.emplace_back("prompt");
  return secrets;
}

RunOptions run_options(const Settings& settings, Diagnostics& diagnostics) {
  RunOptions options;
  options.check = settings.check;
  options.diff = settings.diff;
  options.forks = settings.forks;
  if (const auto timeout = duration("--timeout", settings.timeout, diagnostics)) options.operation_timeout = *timeout;
  // By default just so long that what a killed program had begun may end.
  const auto patience = duration("--wait-lock", settings.wait_lock, diagnostics);
  options.tenure.patience = std::chrono::ceil<std::chrono::seconds>(patience.value_or(std::chrono::seconds(2)));
  options.tenure.breaks_lock = settings.break_lock;
  if (const auto timeout = duration("--run-timeout", settings.run_timeout, diagnostics)) options.run_timeout = *timeout;
  options.connect_retries = settings.connect_retries;
  if (const auto timeout = duration("--reconnect-timeout", settings.reconnect, diagnostics))
    options.reconnect_timeout = *timeout;
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

Overrides parse_overrides(const std::vector<std::string>& overrides, Diagnostics& diagnostics) {
  Overrides values;
  for (const auto& text : overrides) {
    try {
      parse_override(text, values, diagnostics);
    } catch (const Mistakes& mistakes) {
      diagnostics.add(mistakes);
    }
  }
  return values;
}

PlanChoice plan_choice(const Settings& settings, Diagnostics& diagnostics) {
  return {.tags = {.only = parse_tags("--tags", settings.tags, diagnostics),
                   .skip = parse_tags("--skip-tags", settings.skip_tags, diagnostics)},
          .start_at = settings.start_at};
}

std::string joined_pattern(const std::vector<std::string>& patterns) { return join(patterns, ","); }

}  // namespace espresso
