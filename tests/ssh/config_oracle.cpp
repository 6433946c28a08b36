#include "config_oracle.h"

#include "core/diagnostic.h"
#include "core/text.h"
#include "ssh/config_words.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace espresso::testing {
namespace {

const std::set<std::string> texts = {"user",
                                     "hostname",
                                     "port",
                                     "hostkeyalias",
                                     "bindaddress",
                                     "bindinterface",
                                     "loglevel",
                                     "preferredauthentications",
                                     "knownhostscommand",
                                     "revokedhostkeys"};
const std::set<std::string> flags = {"identitiesonly",
                                     "hashknownhosts",
                                     "compression",
                                     "tcpkeepalive",
                                     "passwordauthentication",
                                     "kbdinteractiveauthentication",
                                     "batchmode",
                                     "checkhostip",
                                     "nohostauthenticationforlocalhost"};
const std::set<std::string> algorithms = {"ciphers", "kexalgorithms", "macs", "hostkeyalgorithms",
                                          "pubkeyacceptedalgorithms"};
const std::set<std::string> others = {"addressfamily",
                                      "stricthostkeychecking",
                                      "pubkeyauthentication",
                                      "connecttimeout",
                                      "serveraliveinterval",
                                      "serveralivecountmax",
                                      "numberofpasswordprompts",
                                      "requiredrsasize",
                                      "connectionattempts",
                                      "rekeylimit",
                                      "identityfile",
                                      "certificatefile",
                                      "userknownhostsfile",
                                      "globalknownhostsfile",
                                      "identityagent",
                                      "proxycommand",
                                      "proxyjump",
                                      "sendenv",
                                      "setenv"};

bool is_compared(const std::string& key) {
  return texts.contains(key) || flags.contains(key) || algorithms.contains(key) || others.contains(key);
}

// Standard output, or nothing when the program fails.
std::optional<std::string> run(const SshWords& words) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  const pid_t process = ::fork();
  if (process == 0) {
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::dup2(ends[1], 1);
    ::dup2(::open("/dev/null", O_RDWR), 0);
    ::dup2(0, 2);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  std::string output;
  std::array<char, 65536> buffer{};
  for (ssize_t size = 0; (size = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
    output.append(buffer.data(), static_cast<std::size_t>(size));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(process, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) throw std::runtime_error("cannot run " + words.front());
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? std::optional(output) : std::nullopt;
}

std::optional<SshAnswer> ask(const std::string& file, const SshWords& words) {
  SshWords all = {"ssh", "-G", "-F", file};
  all.insert(all.end(), words.begin(), words.end());
  const auto output = run(all);
  if (!output) return std::nullopt;
  SshAnswer answer;
  for (const auto& line : split(*output, '\n')) {
    const std::size_t blank = line.find(' ');
    const std::string key = line.substr(0, blank);
    if (is_compared(key)) answer[key].push_back(blank == std::string::npos ? "" : line.substr(blank + 1));
  }
  return answer;
}

const SshAnswer& defaults() {
  static const SshAnswer answer = ask("none", {"host"}).value();
  return answer;
}

std::string supported(const std::string& key) {
  static std::map<std::string, std::string> known;
  auto& list = known[key];
  if (list.empty()) list = join(split(std::string(trim(*run({"ssh", "-Q", key}))), '\n'), ",");
  return list;
}

std::string in_quotes(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

// `ssh -G` expands UserKnownHostsFile, with the same tokens as all the values that it prints as they are. Few at a
// time: it takes at most 32 files.
bool expand(const std::string& file, const SshWords& words, std::vector<std::string*> values) {
  constexpr std::size_t at_once = 8;
  for (std::size_t start = 0; start < values.size(); start += at_once) {
    const std::size_t end = std::min(values.size(), start + at_once);
    std::string list;
    for (std::size_t at = start; at < end; ++at) list += in_quotes(*values[at]) + " @@ ";
    SshWords question = {"-o", "UserKnownHostsFile=" + list};
    question.insert(question.end(), words.begin(), words.end());
    const auto answer = ask(file, question);
    if (!answer) return false;
    std::string_view rest = answer->at("userknownhostsfile").front();
    for (std::size_t at = start; at < end; ++at) {
      const std::size_t length = rest.find(" @@");
      *values[at] = rest.substr(0, length);
      rest.remove_prefix(std::min(rest.size(), length + 4));
    }
  }
  return true;
}

std::string hop_text(const JumpHop& hop) {
  return fmt::format("{}@{}:{}", hop.user.value_or(""), hop.host, hop.port.value_or(0));
}

void drop_repetitions(std::vector<std::string>& values) {
  std::vector<std::string> seen;
  for (const auto& value : values)
    if (std::find(seen.begin(), seen.end(), value) == seen.end()) seen.push_back(value);
  values = seen;
}

std::string yes_or_no(bool value) { return value ? "yes" : "no"; }

SshConfig::Query query_of(const SshWords& words, std::vector<std::string>& options) {
  SshConfig::Query query;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (words[at] == "-l") {
      query.user = words.at(++at);
    } else if (words[at] == "-p") {
      query.port = static_cast<std::uint16_t>(std::stoul(words.at(++at)));
    } else if (words[at] == "-o") {
      options.push_back(words.at(++at));
    } else {
      query.host = words[at];
    }
  }
  return query;
}

class Rendering {
 public:
  explicit Rendering(const SshOptions& options) : options_(options) {}

  SshAnswer all() {
    const auto& o = options_;
    put("hostname", o.host_name);
    put("user", o.user);
    put("port", o.port);
    put("hostkeyalias", o.host_key_alias);
    put("bindaddress", o.bind_address);
    put("bindinterface", o.bind_interface);
    put("loglevel", o.log_level);
    put("preferredauthentications", o.preferred_authentications);
    put("knownhostscommand", o.known_hosts_command);
    put("revokedhostkeys", o.revoked_host_keys);
    put("identitiesonly", o.identities_only);
    put("hashknownhosts", o.hash_known_hosts);
    put("compression", o.compression);
    put("tcpkeepalive", o.tcp_keep_alive);
    put("passwordauthentication", o.password_authentication);
    put("kbdinteractiveauthentication", o.kbd_interactive_authentication);
    put("batchmode", o.batch_mode);
    put("checkhostip", o.check_host_ip);
    put("nohostauthenticationforlocalhost", o.no_host_authentication_for_localhost);
    put("connecttimeout", o.connect_timeout);
    // Debian's ssh keeps connections of batches alive by default.
    put("serveraliveinterval",
        o.server_alive_interval.value_or(std::chrono::seconds(o.batch_mode.value_or(false) ? 300 : 0)));
    put("serveralivecountmax", o.server_alive_count_max);
    put("numberofpasswordprompts", o.number_of_password_prompts);
    put("requiredrsasize", o.required_rsa_size);
    put("connectionattempts", o.connection_attempts);
    put("rekeylimit",
        fmt::format("{} {}", o.rekey_limit.value_or(0), o.rekey_interval.value_or(std::chrono::seconds(0)).count()));
    put_algorithms("ciphers", o.ciphers);
    put_algorithms("kexalgorithms", o.kex_algorithms);
    put_algorithms("macs", o.macs);
    put_algorithms("hostkeyalgorithms", o.host_key_algorithms);
    put_algorithms("pubkeyacceptedalgorithms", o.pubkey_accepted_algorithms);
    put_choices();
    put_files();
    return std::move(answer_);
  }

 private:
  static std::string text(const std::string& value) { return value; }
  static std::string text(bool value) { return yes_or_no(value); }
  static std::string text(std::uint16_t value) { return std::to_string(value); }
  static std::string text(unsigned value) { return std::to_string(value); }
  static std::string text(std::chrono::seconds value) { return std::to_string(value.count()); }

  template <typename Value>
  void put(const std::string& key, const std::optional<Value>& value) {
    if (value)
      put(key, text(*value));
    else
      put_default(key);
  }
  void put(const std::string& key, std::chrono::seconds value) { put(key, text(value)); }
  void put(const std::string& key, std::string value) { answer_[key] = {std::move(value)}; }
  void put_default(const std::string& key) {
    if (const auto found = defaults().find(key); found != defaults().end()) answer_[key] = found->second;
  }
  void put_list(const std::string& key, const std::vector<std::string>& values) {
    if (!values.empty()) answer_[key] = values;
  }
  void put_algorithms(const std::string& key, const std::optional<std::string>& written) {
    put(key, apply_algorithm_list(written.value_or(""), defaults().at(key).front(), supported(key)));
  }

  void put_choices() {
    const auto& o = options_;
    put("pubkeyauthentication", o.pubkey_authentication.value_or(true) ? "true" : "false");
    put("addressfamily",
        std::array{"any", "inet", "inet6"}.at(static_cast<std::size_t>(o.address_family.value_or(AddressFamily::any))));
    put("stricthostkeychecking", std::array{"true", "ask", "accept-new", "false"}.at(static_cast<std::size_t>(
                                     o.strict_host_key_checking.value_or(StrictHostKey::ask))));
    put("identityagent", o.identity_agent);
    put("proxycommand", o.proxy_command);
    for (const auto& hop : o.proxy_jump.value_or(std::vector<JumpHop>())) answer_["proxyjump"].push_back(hop_text(hop));
    put_list("sendenv", o.send_env);
    put_list("setenv", o.set_env);
  }

  void put_files() {
    const auto& o = options_;
    if (o.identity_files)
      put_list("identityfile", *o.identity_files);
    else
      put_default("identityfile");
    put_list("certificatefile", o.certificate_files);
    for (const auto& [key, files] : {std::pair("userknownhostsfile", o.user_known_hosts_files),
                                     std::pair("globalknownhostsfile", o.global_known_hosts_files)}) {
      if (files)
        put(key, files->empty() ? "none" : join(*files, " "));
      else
        put_default(key);
    }
  }

  const SshOptions& options_;
  SshAnswer answer_;
};

}  // namespace

std::optional<SshAnswer> answer_of_ssh(const std::string& file, const SshWords& words) {
  auto answer = ask(file, words);
  if (!answer) return std::nullopt;
  std::vector<std::string*> values;
  auto& keys = *answer;
  if (keys["identityfile"] != defaults().at("identityfile")) {
    std::erase_if(keys["identityfile"], [](const auto& name) { return to_lower(name) == "none"; });
    for (auto& value : keys["identityfile"]) values.push_back(&value);
  }
  // ssh would look for a certificate in a file of that name, and pass over it.
  std::erase_if(keys["certificatefile"], [](const auto& name) { return to_lower(name) == "none"; });
  for (auto& value : keys["certificatefile"]) values.push_back(&value);
  if (auto found = keys.find("proxycommand"); found != keys.end()) {
    // A tilde is the shell's there.
    found->second.front().insert(0, "exec ");
    values.push_back(&found->second.front());
  }
  if (auto found = keys.find("proxyjump"); found != keys.end()) {
    const auto hops = parse_jump_hops(found->second.front());
    found->second.clear();
    for (const auto& hop : hops.value()) found->second.push_back(hop_text(hop));
    for (auto& value : found->second) values.push_back(&value);
  }
  if (!expand(file, words, values)) return std::nullopt;
  if (keys.contains("proxycommand")) keys["proxycommand"].front().erase(0, std::string_view("exec ").size());
  if (auto found = keys.find("identityagent"); found != keys.end() && found->second.front().starts_with('$')) {
    const char* const path = std::getenv(found->second.front().c_str() + 1);
    found->second.front() = path ? path : "none";
  }
  if (keys["pubkeyauthentication"].front() != "false") keys["pubkeyauthentication"] = {"true"};
  // Two names for one level, and ssh tells the older one.
  if (keys["loglevel"].front() == "SILENT") keys["loglevel"] = {"QUIET"};
  drop_repetitions(keys["sendenv"]);
  std::erase_if(keys, [](const auto& key) { return key.second.empty(); });
  return answer;
}

std::optional<SshAnswer> answer_of_espresso(const std::string& file, const SshWords& words, std::string& refusal) {
  std::vector<std::string> options;
  const auto query = query_of(words, options);
  try {
    return Rendering(SshConfig::load(file, options).resolve(query)).all();
  } catch (const Mistakes& mistakes) {
    refusal = mistakes.what();
    return std::nullopt;
  }
}

std::string difference(const std::optional<SshAnswer>& ssh, const std::optional<SshAnswer>& ours) {
  if (ssh.has_value() != ours.has_value()) return ssh ? "ssh takes it, we refuse\n" : "ssh refuses, we take it\n";
  if (!ssh) return {};
  std::set<std::string> keys;
  for (const auto* answer : {&*ssh, &*ours})
    for (const auto& [key, values] : *answer) keys.insert(key);
  std::string text;
  auto values_of = [](const SshAnswer& answer, const std::string& key) {
    const auto found = answer.find(key);
    return found == answer.end() ? std::string("(unset)") : join(found->second, " | ");
  };
  for (const auto& key : keys)
    if (values_of(*ssh, key) != values_of(*ours, key))
      text += fmt::format("{}\n  ssh:  {}\n  ours: {}\n", key, values_of(*ssh, key), values_of(*ours, key));
  return text;
}

}  // namespace espresso::testing
