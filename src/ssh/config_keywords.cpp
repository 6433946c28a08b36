#include "ssh/config_keywords.h"

#include "ssh/config_settings.h"

#include <algorithm>
#include <array>
#include <map>

#include <cctype>

namespace espresso {

namespace {

template <auto member>
ConfigEffect flag(ConfigLine& line) {
  return set_option<member>(take_yes_or_no(line));
}

template <auto member>
ConfigEffect text(ConfigLine& line) {
  return set_option<member>(line.take().text);
}

template <auto member>
ConfigEffect number(ConfigLine& line) {
  return set_option<member>(line.take_number());
}

template <auto member>
ConfigEffect time(ConfigLine& line) {
  const auto value = line.take_time();
  return value ? set_option<member>(*value) : ConfigEffect();
}

// A value with tokens, which cannot be expanded before all is known.
template <auto member>
ConfigEffect text_with_tokens(ConfigLine& line) {
  return [value = line.written(line.take())](ConfigDraft& draft) {
    if (!(draft.*member)) draft.*member = value.get();
  };
}

template <auto member>
ConfigEffect command(ConfigLine& line) {
  return [value = line.written(line.take_rest())](ConfigDraft& draft) {
    if (!(draft.*member)) draft.*member = value.get();
  };
}

template <auto member>
ConfigEffect more_files(ConfigLine& line) {
  return [value = line.written(line.take())](ConfigDraft& draft) {
    constexpr std::size_t most = 100;  // as ssh has it
    auto& files = draft.*member;
    const bool is_there = std::any_of(files.begin(), files.end(), [&](const Written* file) {
      return file->text == value->text && file->from_user == value->from_user;
    });
    if (is_there) return;
    if (files.size() == most)
      throw Mistakes(Diagnostic{.span = value->place,
                                .message = fmt::format("more than {} files for one host", most),
                                .hint = "put the lines under 'Host' blocks"});
    files.push_back(value.get());
  };
}

using Reader = ConfigEffect (*)(ConfigLine&);
using Options = SshOptions;

const std::map<std::string, Reader> settings = {
    {"AddressFamily", read_address_family},
    {"BatchMode", flag<&Options::batch_mode>},
    {"BindAddress", text<&Options::bind_address>},
    {"BindInterface", text<&Options::bind_interface>},
    {"CanonicalDomains", read_canonical_domains},
    {"CanonicalizeFallbackLocal", read_canonicalize_fallback_local},
    {"CanonicalizeHostname", read_canonicalize_hostname},
    {"CanonicalizeMaxDots", read_canonicalize_max_dots},
    {"CanonicalizePermittedCNAMEs", read_permitted_aliases},
    {"CertificateFile", more_files<&ConfigDraft::certificate_files>},
    {"CheckHostIP", flag<&Options::check_host_ip>},
    {"Ciphers", text<&Options::ciphers>},
    {"Compression", read_compression},
    {"ConnectionAttempts", read_connection_attempts},
    {"ConnectTimeout", time<&Options::connect_timeout>},
    {"GlobalKnownHostsFile", read_global_known_hosts_files},
    {"HashKnownHosts", flag<&Options::hash_known_hosts>},
    {"HostKeyAlgorithms", text<&Options::host_key_algorithms>},
    {"HostKeyAlias", text_with_tokens<&ConfigDraft::host_key_alias>},
    {"Hostname", text_with_tokens<&ConfigDraft::host_name>},
    {"IdentitiesOnly", flag<&Options::identities_only>},
    {"IdentityAgent", read_identity_agent},
    {"IdentityFile", more_files<&ConfigDraft::identity_files>},
    {"KbdInteractiveAuthentication", flag<&Options::kbd_interactive_authentication>},
    {"KexAlgorithms", text<&Options::kex_algorithms>},
    {"KnownHostsCommand", command<&ConfigDraft::known_hosts_command>},
    {"LogLevel", read_log_level},
    {"MACs", text<&Options::macs>},
    {"NoHostAuthenticationForLocalhost", flag<&Options::no_host_authentication_for_localhost>},
    {"NumberOfPasswordPrompts", number<&Options::number_of_password_prompts>},
    {"PasswordAuthentication", flag<&Options::password_authentication>},
    {"Port", read_port},
    {"PreferredAuthentications", text<&Options::preferred_authentications>},
    {"ProxyCommand", read_proxy_command},
    {"ProxyJump", read_proxy_jump},
    {"PubkeyAcceptedAlgorithms", text<&Options::pubkey_accepted_algorithms>},
    {"PubkeyAuthentication", read_pubkey_authentication},
    {"RekeyLimit", read_rekey_limit},
    {"RequiredRSASize", number<&Options::required_rsa_size>},
    {"RevokedHostKeys", text<&Options::revoked_host_keys>},
    {"SendEnv", read_send_env},
    {"ServerAliveCountMax", number<&Options::server_alive_count_max>},
    {"ServerAliveInterval", time<&Options::server_alive_interval>},
    {"SetEnv", read_set_env},
    {"StrictHostKeyChecking", read_strict_host_key_checking},
    {"TCPKeepAlive", flag<&Options::tcp_keep_alive>},
    {"User", text<&Options::user>},
    {"UserKnownHostsFile", read_user_known_hosts_files},
};

// Names that ssh still takes for others; the last two are Debian's.
const std::map<std::string, std::string> older_names = {
    {"challengeresponseauthentication", "KbdInteractiveAuthentication"},
    {"skeyauthentication", "KbdInteractiveAuthentication"},
    {"tisauthentication", "KbdInteractiveAuthentication"},
    {"dsaauthentication", "PubkeyAuthentication"},
    {"identityfile2", "IdentityFile"},
    {"keepalive", "TCPKeepAlive"},
    {"pubkeyacceptedkeytypes", "PubkeyAcceptedAlgorithms"},
    {"protocolkeepalives", "ServerAliveInterval"},
    {"setuptimeout", "ServerAliveInterval"},
};

// What Espresso has no use for: forwarding, terminals, multiplexing, looks. Those of OpenSSH up to 10.0, and Debian's.
const std::vector<std::string> passed_over = {
    "AddKeysToAgent",
    "CASignatureAlgorithms",
    "ChannelTimeout",
    "ClearAllForwardings",
    "ControlMaster",
    "ControlPath",
    "ControlPersist",
    "DynamicForward",
    "EnableEscapeCommandline",
    "EnableSSHKeysign",
    "EscapeChar",
    "ExitOnForwardFailure",
    "FingerprintHash",
    "ForkAfterAuthentication",
    "ForwardAgent",
    "ForwardX11",
    "ForwardX11Timeout",
    "ForwardX11Trusted",
    "GatewayPorts",
    "GSSAPIAuthentication",
    "GSSAPIClientIdentity",
    "GSSAPIDelegateCredentials",
    "GSSAPIKexAlgorithms",
    "GSSAPIKeyExchange",
    "GSSAPIRenewalForcesRekey",
    "GSSAPIServerIdentity",
    "GSSAPITrustDns",
    "HostbasedAcceptedAlgorithms",
    "HostbasedAuthentication",
    "HostbasedKeyTypes",
    "IgnoreUnknown",
    "IPQoS",
    "KbdInteractiveDevices",
    "LocalCommand",
    "LocalForward",
    "LogVerbose",
    "ObscureKeystrokeTiming",
    "PermitLocalCommand",
    "PermitRemoteOpen",
    "PKCS11Provider",
    "ProxyUseFdpass",
    "RefuseConnection",
    "RemoteCommand",
    "RemoteForward",
    "RequestTTY",
    "SecurityKeyProvider",
    "SessionType",
    "SmartcardDevice",
    "StdinNull",
    "StreamLocalBindMask",
    "StreamLocalBindUnlink",
    "SyslogFacility",
    "Tag",
    "Tunnel",
    "TunnelDevice",
    "UpdateHostKeys",
    "VerifyHostKeyDNS",
    "VersionAddendum",
    "VisualHostKey",
    "WarnWeakCrypto",
    "XAuthLocation",
};

// What ssh reads and no longer knows.
const std::vector<std::string> given_up = {
    "AFSTokenPassing",
    "Cipher",
    "CompressionLevel",
    "FallBackToRsh",
    "GlobalKnownHostsFile2",
    "KerberosAuthentication",
    "KerberosTGTPassing",
    "Protocol",
    "RhostsAuthentication",
    "RhostsRSAAuthentication",
    "RSAAuthentication",
    "UsePrivilegedPort",
    "UseRoaming",
    "UserKnownHostsFile2",
    "UseRsh",
};

struct Keyword {
  KeywordKind kind;
  Reader reader = nullptr;
};

const std::map<std::string, Keyword>& keywords() {
  static const auto table = [] {
    std::map<std::string, Keyword> result;
    for (const auto& [name, reader] : settings) result[to_lower(name)] = {KeywordKind::setting, reader};
    for (const auto& [name, today] : older_names) result[name] = {KeywordKind::setting, settings.at(today)};
    for (const auto& name : passed_over) result[to_lower(name)] = {KeywordKind::passed_over};
    for (const auto& name : given_up) result[to_lower(name)] = {KeywordKind::passed_over};
    for (const auto* name : {"host", "match", "include"}) result[name] = {KeywordKind::structure};
    return result;
  }();
  return table;
}

}  // namespace

KeywordKind kind_of_keyword(const std::string& lower_case) {
  const auto found = keywords().find(lower_case);
  return found == keywords().end() ? KeywordKind::unknown : found->second.kind;
}

ConfigEffect read_setting(ConfigLine& line, const std::string& lower_case) {
  return keywords().at(lower_case).reader(line);
}

std::string suggest_keyword(const std::string& word) {
  std::vector<std::string> names = {"Host", "Match", "Include"};
  for (const auto& [name, reader] : settings) names.push_back(name);
  names.insert(names.end(), passed_over.begin(), passed_over.end());
  // Distances count letters: as the user writes, so is it told.
  if (to_lower(word) == word) std::transform(names.begin(), names.end(), names.begin(), to_lower);
  return did_you_mean(word, names);
}

}  // namespace espresso
