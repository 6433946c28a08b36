#include "run/connection_variables.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace espresso {

const std::vector<ConnectionVariable>& connection_variables() {
  using enum VariableShape;
  static const std::vector<ConnectionVariable> variables = {
      {{"address", "ansible_host", "ansible_ssh_host"},
       text,
       "a host name or address",
       "Where to connect; by default the host's name."},
      {{"port", "ansible_port", "ansible_ssh_port"}, port, "a number from 1 to 65535", "The port of sshd."},
      {{"user", "ansible_user", "ansible_ssh_user"}, text, "the name of a user", "The user to log in as."},
      {{"identity", "ansible_ssh_private_key_file", "ansible_private_key_file"},
       texts,
       "the path of a private key, or a list of them",
       "A private key file, or several; relative to the inventory."},
      {{"password", "ansible_password", "ansible_ssh_password", "ansible_ssh_pass"},
       text,
       "a text",
       "The password to log in with."},
      {{"become", "ansible_become"}, truth, "true or false", "Work as another user than the one who logs in."},
      {{"become_user", "ansible_become_user"}, text, "the name of a user", "With become: that user; by default root."},
      {{"become_method", "ansible_become_method"},
       text,
       "sudo, su or doas",
       "With become: through sudo, su or doas.",
       {"sudo", "su", "doas"}},
      {{"become_password", "ansible_become_password", "ansible_become_pass", "ansible_sudo_pass"},
       text,
       "a text",
       "The password that sudo or su wants."},
      {{"host_key_check", "ansible_host_key_checking", "ansible_ssh_host_key_checking"},
       text,
       "strict, ask, accept-new or off",
       "What to do with a host key that is not known: strict, ask, accept-new or off.",
       {"strict", "ask", "accept-new", "off"}},
      {{"connect_timeout", "ansible_ssh_timeout", "ansible_timeout"},
       duration,
       "a duration such as 10s",
       "How long it may take until a connection can be used, such as 10s."},
      {{"jump"},
       text,
       "a jump host such as user@bastion:22, several with commas, or none",
       "Jump hosts on the way, as with -J; none: straight."},
      {{"ssh_options"},
       texts,
       "options of ssh_config such as Compression=yes, or a list of them",
       "Options of ssh_config such as Compression=yes, or a list of them."},
      {{"ansible_ssh_args"},
       text,
       "arguments for ssh, as one text",
       "Arguments as of ssh, such as '-J bastion -o Key=Value'."},
      {{"ansible_ssh_common_args"}, text, "arguments for ssh, as one text", "The same, after those."},
      {{"ansible_ssh_extra_args"}, text, "arguments for ssh, as one text", "The same, after those."},
      {{"connection", "ansible_connection"},
       text,
       "ssh or local",
       "local: a shell on this machine instead of SSH.",
       {"ssh", "local", "smart", "paramiko", "paramiko_ssh", "libssh"}},
      {{"shell", "ansible_shell_executable"}, text, "the path of a shell", "Another POSIX shell than /bin/sh."},
      {{"state_folder"},
       text,
       "the path of a folder, from /",
       "Where runs keep what must not get lost; by default /var/lib/espresso/host, of users that are not root "
       "~/.local/state/espresso/host."},
  };
  return variables;
}

const std::vector<AnsibleVariable>& unheeded_variables() {
  static const std::vector<AnsibleVariable> variables = {
      {"ansible_become_exe", "have it found in the PATH, as sudo, su or doas", {"sudo", "su", "doas"}},
      {"ansible_become_flags",
       "sudo, su and doas are started in the one way that every host knows",
       {"-H", "-H -S", "-H -S -n"}},
      {"ansible_shell_type", "hosts need a POSIX shell; 'shell' names another than /bin/sh", {"sh"}},
      {"ansible_ssh_executable", "espresso speaks SSH itself; ProxyCommand starts another program", {"ssh"}},
      {"ansible_ssh_retries", "write ssh_options: ConnectionAttempts=3", {"0"}},
  };
  return variables;
}

const ConnectionVariable& connection_variable(std::string_view name) {
  const auto& all = connection_variables();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name() == name; });
  if (found == all.end()) throw std::logic_error("there is no connection variable " + std::string(name));
  return *found;
}

}  // namespace espresso
