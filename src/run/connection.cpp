#include "run/connection.h"

#include "core/secrets.h"
#include "run/endpoint_reader.h"
#include "run/host_variables.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace espresso {

namespace {

// Whether they are used or not, they are not to be shown.
void know_passwords(const HostVariables& variables) {
  for (const auto variable : {"password", "become_password"}) {
    for (const auto& found : variables.find_all(variable))
      if (found.value->is_scalar()) known_secrets().add(found.value->to_text(), found.name);
  }
}

std::optional<std::string> read_become_password(HostVariables& variables, const ConnectionOptions& options) {
  auto password = variables.text("become_password");
  if (password && password->find_first_of(std::string_view("\n\0", 2)) != std::string::npos) {
    variables.complain_of(variables.find("become_password"), "holds more than one line");
    password = std::nullopt;
  }
  return options.become_password ? options.become_password : password;
}

std::optional<Become> read_become(HostVariables& variables, const ConnectionOptions& options) {
  Become become;
  const bool is_wanted = variables.flag("become").value_or(false);
  if (const auto user = variables.text("become_user")) become.user = *user;
  if (options.become_user) become.user = *options.become_user;
  if (const FoundVariable found = variables.find("become_method")) {
    const auto method = found.value->is_string() ? parse_become_method(found.value->as_string()) : std::nullopt;
    if (method) become.method = *method;
    if (!method) variables.complain(found);
  }
  if (options.become_method) become.method = *options.become_method;
  become.password = read_become_password(variables, options);
  return is_wanted || options.become ? std::optional(std::move(become)) : std::nullopt;
}

bool read_is_local(HostVariables& variables) {
  // All of Ansible's ways to speak SSH are one to us.
  static constexpr std::array<std::string_view, 5> ssh = {"ssh", "smart", "paramiko", "paramiko_ssh", "libssh"};
  const FoundVariable found = variables.find("connection");
  if (!found || *found.value == Value("local")) return static_cast<bool>(found);
  if (!found.value->is_string() || std::find(ssh.begin(), ssh.end(), found.value->as_string()) == ssh.end())
    variables.complain(found);
  return false;
}

std::vector<UnheededVariable> find_unheeded(const Host& host) {
  std::vector<UnheededVariable> found;
  for (const auto& variable : unheeded_variables()) {
    const Value* value = host.variables.values().find(variable.name);
    if (!value || value->is_null()) continue;
    const std::string text = value->is_scalar() ? value->to_text() : "";
    if (value->is_scalar() && text.empty()) continue;
    if (std::find(variable.harmless.begin(), variable.harmless.end(), text) != variable.harmless.end()) continue;
    const FoundVariable place{
        .name = variable.name, .value = value, .origin = host.variables.origin(variable.name), .variable = nullptr};
    found.push_back({.name = variable.name, .hint = variable.hint, .span = place.span()});
  }
  return found;
}

}  // namespace

Connection connection_of(const Host& host, const ConnectionOptions& options, Diagnostics& diagnostics) {
  HostVariables variables(host, diagnostics);
  know_passwords(variables);
  Connection connection;
  connection.local = read_is_local(variables);
  EndpointReader reader(options, diagnostics);
  // A host that is not reached by SSH needs no configuration of it.
  if (!connection.local) connection.endpoint = reader.read(host);
  connection.named_identities = reader.named_identities();
  connection.become = read_become(variables, options);
  connection.shell = variables.text("shell").value_or("/bin/sh");
  connection.state_folder = variables.text("state_folder").value_or("");
  if (!connection.state_folder.empty() && !connection.state_folder.starts_with('/'))
    variables.complain(variables.find("state_folder"));
  connection.unheeded = find_unheeded(host);
  return connection;
}

}  // namespace espresso
