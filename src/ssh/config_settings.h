#pragma once

#include "ssh/config_line.h"

namespace espresso {

/// Keywords whose values are more than a text, a number, a time or a flag: what a line with one does. They use up the
/// values of the line and throw Mistakes when these are bad.
ConfigEffect read_port(ConfigLine& line);
ConfigEffect read_connection_attempts(ConfigLine& line);
ConfigEffect read_rekey_limit(ConfigLine& line);
ConfigEffect read_user_known_hosts_files(ConfigLine& line);
ConfigEffect read_global_known_hosts_files(ConfigLine& line);
ConfigEffect read_proxy_command(ConfigLine& line);
ConfigEffect read_proxy_jump(ConfigLine& line);
ConfigEffect read_strict_host_key_checking(ConfigLine& line);
ConfigEffect read_address_family(ConfigLine& line);
ConfigEffect read_pubkey_authentication(ConfigLine& line);
ConfigEffect read_compression(ConfigLine& line);
ConfigEffect read_log_level(ConfigLine& line);
ConfigEffect read_identity_agent(ConfigLine& line);
ConfigEffect read_send_env(ConfigLine& line);
ConfigEffect read_set_env(ConfigLine& line);
ConfigEffect read_canonicalize_hostname(ConfigLine& line);
ConfigEffect read_canonicalize_fallback_local(ConfigLine& line);
ConfigEffect read_canonicalize_max_dots(ConfigLine& line);
ConfigEffect read_canonical_domains(ConfigLine& line);
ConfigEffect read_permitted_aliases(ConfigLine& line);

}  // namespace espresso
