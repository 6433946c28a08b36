#include "config_grammar.h"

#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace espresso::testing {
namespace {

using Words = std::vector<std::string>;

const Words hosts = {"web1", "web2",     "db1",   "Web1", "real",    "a.example.com", "b.c.example.com",
                     "h-1",  "10.0.0.1", "127.1", "::1",  "FE80::1", "1.2.3",         "h_2"};
const Words patterns = {"*",        "web*",  "w?b1",  "!web2", "!*.example.com", "*.example.com", "db1", "web1",
                        "real*",    "*1",    "!db*",  "10.*",  "127.0.0.1",      "Web?",          "h?*", "???",
                        "\"web2\"", "'a.*'", "*e*a*", "**"};
const Words lists = {"web*",         "*", "web*,!web2", "!db1,*", "real*", "*.example.com,db1", "WEB1",
                     "\"web1,db1\"", "a", "127.*",      "!*",     "w?b1",  "b*,c*,h?1",         "web1,"};
const Words users = {"bob", "carol", "root", "*", "b*,!bob", "!root,*", "\"bob,carol\"", "BOB"};
const Words commands = {"true",
                        "false",
                        "\"test '%h' = web1\"",
                        "\"test '%n' = db1\"",
                        "\"test '%p' = 22\"",
                        "\"test '%r' = bob\"",
                        "\"test '%k' = real\"",
                        "\"exit 2\"",
                        "\"test %u-%i = root-0 && test %L\"",
                        "\"test 1%% = '1%%'\""};
const Words names = {"bob", "carol", "\"dave\"", "e\\ f", "'g h'", "i#j", "k\"l m\"n", "o\\\\p", "\"q\\\"r\"", "x=y"};
const Words file_names = {"/k/%h",
                          "~/.ssh/%n-%p",
                          "%d/%r@%h",
                          "/k/%i.%u",
                          "~root/x",
                          "/k/%%h",
                          "none",
                          "/k/1",
                          "/k/2",
                          "\"/k/with space\"",
                          "${HOME}/%k",
                          "~",
                          "relative",
                          "/k/%L",
                          "~//x",
                          "/a/%C",
                          "'/k/%h x'",
                          "/k/%l",
                          "/${HOME}${HOME}%%",
                          "$HOME/x"};
const Words times = {"5", "1m", "1h30m", "none", "0", "90s", "1w1d", "10M", "2S30", "\"7\""};
const Words jumps = {"gate",           "bob@gate:2222", "a,b",        "a,bob@b:1,c", "none",      "ssh://bob@gate:2222",
                     "[::1]:22",       "10.0.0.1",      "%r@gate-%h", "none",        "a,ssh://b", "gate # behind",
                     "ssh://gate:22/", "root@real",     "bob@x@gate", "web1:22",     "gate:",     "None"};
const Words proxies = {"nc %h %p", "none", "ssh -W [%h]:%p %r@gate # x", "= nc \"%n\" %k", "None", "~/bin/proxy '%h'"};
const Words ciphers = {"aes128-ctr",
                       "+3des-cbc",
                       "-aes*",
                       "^aes256-ctr,aes128-cbc",
                       "aes256-ctr,aes128-ctr",
                       "+aes128-ctr,aes128-cbc",
                       "-chacha20*,*gcm*",
                       "\"aes192-ctr\""};
const Words kexes = {"curve25519-sha256", "+diffie-hellman-group1-sha1", "-ecdh*,!ecdh-sha2-nistp256",
                     "^ecdh-sha2-nistp521,curve25519-sha256", "-diffie*"};
const Words macs = {"hmac-sha2-256", "+hmac-md5", "-*etm*", "^hmac-sha1,umac-64@openssh.com", "-umac-?4*"};
const Words key_algorithms = {
    "ssh-ed25519",         "+ssh-rsa",          "-*cert*", "^rsa-sha2-*", "ssh-*", "+ssh-dss*,ssh-rsa",
    "ecdsa-*,ssh-ed25519", "-sk-*,rsa-sha2-512"};
const Words flags = {"yes", "no", "true", "false", "YES", "No", "\"yes\""};
const Words flag_names = {"IdentitiesOnly",
                          "HashKnownHosts",
                          "TCPKeepAlive",
                          "PasswordAuthentication",
                          "KbdInteractiveAuthentication",
                          "BatchMode",
                          "CheckHostIP",
                          "PubkeyAuthentication",
                          "NoHostAuthenticationForLocalhost",
                          "KeepAlive",
                          "ChallengeResponseAuthentication"};
const std::vector<std::pair<std::string, Words>> choices = {
    {"StrictHostKeyChecking", {"yes", "no", "ask", "accept-new", "off", "true", "false", "Accept-New"}},
    {"AddressFamily", {"any", "inet", "inet6", "INET"}},
    {"PubkeyAuthentication", {"unbound", "host-bound"}},
    {"Compression", {"yes", "no", "Yes"}},
    {"LogLevel", {"quiet", "INFO", "debug", "DEBUG2", "Verbose", "fatal"}},
    {"Port", {"22", "2222", "65535", "1", "ssh", "\"77\""}},
    {"Hostname", {"real", "%h.example.com", "127.2", "%h", "MiXed", "%%x", "0::1", "a.b.c.d", "\"r s\""}},
    {"HostKeyAlias", {"Real", "alias", "\"al ias\"", "real"}},
    {"BindAddress", {"127.0.0.1", "::1"}},
    {"BindInterface", {"lo", "eth0"}},
    {"PreferredAuthentications", {"publickey", "password,publickey"}},
    {"RevokedHostKeys", {"/r", "none", "~/r%h"}},
    {"KnownHostsCommand", {"/bin/echo %H # x", "none", "/x \"y z\""}},
    {"IdentityAgent", {"none", "SSH_AUTH_SOCK", "~/agent-%h", "$HOME", "${HOME}/a%r", "/a", "$NOT_SET_ANYWHERE"}},
    {"RekeyLimit", {"1G", "default", "500M 1h", "16 none", "1.5k 5", "0", "default 30m", "2g 1"}},
    {"ConnectionAttempts", {"1", "5", "\"2\""}},
    {"ServerAliveCountMax", {"0", "3", "7"}},
    {"NumberOfPasswordPrompts", {"0", "1"}},
    {"RequiredRSASize", {"1024", "4096"}},
    {"GlobalKnownHostsFile", {"none", "/g", "~/g %h", "\"/g h\" /i", "NONE", "# x"}},
    {"UserKnownHostsFile", {"none", "~/u-%h /u2", "/u", "\"/u v\" %d/x", "# x", "${HOME}/%k"}},
    {"SendEnv", {"LANG LC_*", "A B", "-A", "-*", "A A", "-LC_*"}},
    {"SetEnv", {"A=1", "A=1 B=2 A=3", "\"C=x y\"", "D="}},
    {"CanonicalizeHostname", {"yes", "no", "always"}},
    {"CanonicalDomains", {"none"}},
    {"CanonicalizeMaxDots", {"0", "2"}},
    {"CanonicalizePermittedCNAMEs", {"none"}},
    {"CanonicalizeFallbackLocal", {"yes", "no"}},
    {"ForwardAgent", {"yes", "no"}},
    {"ControlPath", {"none", "~/.ssh/%C"}},
    {"IgnoreUnknown", {"Foo*,Bar", "foo*,bar"}},
    {"Protocol", {"2"}},
    {"UpdateHostKeys", {"yes", "ask"}},
};
const Words bad_lines = {"Prot 22",
                         "Port 0",
                         "Port 70000",
                         "Port 22 23",
                         "User \"bob",
                         "User",
                         "User \"\"",
                         "BatchMode ja",
                         "ConnectTimeout 1y",
                         "Compression true",
                         "ConnectTimeout -1",
                         "Match",
                         "Match hots x",
                         "Match host",
                         "ProxyJump @x",
                         "ProxyJump a,,b",
                         "RekeyLimit 5",
                         "RekeyLimit x",
                         "LogLevel loud",
                         "SendEnv A=1",
                         "SetEnv A",
                         "Include \"\"",
                         "Host \"\"",
                         "Match all user x",
                         "IdentityFile",
                         "IdentityFile /%Z",
                         "Hostname %r",
                         "ConnectionAttempts 0",

                         "UserKnownHostsFile none /x",
                         "IdentityFile ${NOT_SET_ANYWHERE}",
                         "Ciphers",
                         "IdentityAgent ${NOT_SET_ANYWHERE}",
                         "StrictHostKeyChecking maybe",
                         "= =",
                         "User =",
                         "NumberOfPasswordPrompts 1x",
                         "AddressFamily ipv4",
                         "Match user bob all x"};

}  // namespace

std::string ConfigGrammar::keyword(std::string name) {
  if (one_in(4))
    for (char& c : name) c = static_cast<char>(one_in(2) ? std::toupper(c) : std::tolower(c));
  return one_in(20) ? '"' + name + '"' : name;
}

std::string ConfigGrammar::line(const std::string& name, const std::string& value) {
  constexpr std::array separators = {" ", " ", " ", "=", " = ", "\t", "   ", "= "};
  constexpr std::array indents = {"", "", "  ", "\t", "    "};
  constexpr std::array ends = {"\n", "\n", "\n", "\n", " \n", "\r\n", "\t\n", "\n\n", "\n# a comment\n"};
  const std::string word = keyword(name);
  // Behind a quote, `=` belongs to the value.
  const std::string separator = word.ends_with('"') ? " " : one_of(separators);
  return one_of(indents) + word + separator + value + one_of(ends);
}

std::string ConfigGrammar::setting() {
  switch (below(14)) {
    case 0:
    case 1:
      return line(one_in(4) ? "CertificateFile" : "IdentityFile", one_of(file_names));
    case 2:
      return line("User", one_of(names));
    case 3:
      return line(one_of(flag_names), one_of(flags));
    case 4:
      return line(one_of(Words{"ConnectTimeout", "ServerAliveInterval"}), one_of(times));
    case 5:
      return line("ProxyJump", one_of(jumps));
    case 6:
      return line("ProxyCommand", one_of(proxies));
    case 7:
      switch (below(4)) {
        case 0:
          return line("Ciphers", one_of(ciphers));
        case 1:
          return line("KexAlgorithms", one_of(kexes));
        case 2:
          return line("MACs", one_of(macs));
        default:
          return line(one_of(Words{"HostKeyAlgorithms", "PubkeyAcceptedAlgorithms", "PubkeyAcceptedKeyTypes"}),
                      one_of(key_algorithms));
      }
    default: {
      const auto& [name, values] = choices[below(choices.size())];
      return line(name, one_of(values));
    }
  }
}

std::string ConfigGrammar::host_line() {
  std::string value;
  for (std::size_t left = 1 + below(3); left > 0; --left) value += one_of(patterns) + (left > 1 ? " " : "");
  return line("Host", one_in(15) ? value + " # some" : value);
}

std::string ConfigGrammar::criterion() {
  const std::string negation = one_in(4) ? "!" : "";
  switch (below(9)) {
    case 0:
    case 1:
      return negation + keyword("host") + (one_in(5) ? "=" : " ") + one_of(lists);
    case 2:
      return negation + "originalhost " + one_of(lists);
    case 3:
    case 4:
      return negation + "user " + one_of(users);
    case 5:
      return negation + "localuser " + one_of(users);
    case 6:
      return negation + "exec " + one_of(commands);
    case 7:
      return negation + "canonical";
    default:
      return negation + (one_in(3) ? "Final" : "final");
  }
}

std::string ConfigGrammar::match_line() {
  std::string value;
  if (one_in(5)) {
    value = one_in(6) ? "!all" : "all";
  } else {
    for (std::size_t left = 1 + below(3); left > 0; --left) value += criterion() + (left > 1 ? " " : "");
    if (one_in(20)) value += " all";
  }
  return line("Match", one_in(15) ? value + " # some" : value);
}

std::string ConfigGrammar::bad_line() { return one_of(bad_lines) + "\n"; }

std::string ConfigGrammar::file(const std::vector<std::string>& included) {
  std::string text;
  const bool may_be_bad = one_in(8);
  for (std::size_t left = 3 + below(25); left > 0; --left) {
    switch (below(10)) {
      case 0:
      case 1:
        text += host_line();
        break;
      case 2:
        text += match_line();
        break;
      case 3:
        if (!included.empty() && one_in(2)) text += line("Include", one_of(included));
        break;
      default:
        text += may_be_bad && one_in(12) ? bad_line() : setting();
    }
  }
  return text;
}

SshWords ConfigGrammar::question() {
  SshWords words;
  for (std::size_t left = one_in(2) ? below(3) : 0; left > 0; --left) {
    std::string option = setting();
    while (!option.empty() && std::string_view("\r\n").find(option.back()) != std::string_view::npos) option.pop_back();
    if (option.find('\n') != std::string::npos || option.find("UserKnownHosts") != std::string::npos) continue;
    words.insert(words.end(), {"-o", option});
  }
  if (one_in(4)) words.insert(words.begin(), {"-l", one_of(Words{"bob", "carol", "root"})});
  if (one_in(5)) words.insert(words.begin(), {"-p", one_of(Words{"22", "2222"})});
  words.push_back(one_of(hosts));
  return words;
}

}  // namespace espresso::testing
