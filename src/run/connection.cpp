#include "run/connection.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <pwd.h>
#include <string_view>
#include <unistd.h>

namespace espresso {

namespace {

// A variable that was found under one of its names.
struct Found {
  std::string_view name;
  const Value* value = nullptr;
  const Origin* origin = nullptr;

  explicit operator bool() const { return value != nullptr; }
  Span span() const { return origin ? origin->span : Span{}; }
};

class Reader {
 public:
  Reader(const Host& host, Diagnostics& diagnostics) : host_(host), diagnostics_(diagnostics) {}

  /// The first of these names that is set to something.
  Found find(std::initializer_list<std::string_view> names) const {
    for (const auto name : names) {
      const Value* value = host_.variables.values().find(name);
      if (value && !value->is_null()) return {.name = name, .value = value, .origin = host_.variables.origin(name)};
    }
    return {};
  }

  void complain_of(const Found& found, std::string_view what) {
    diagnostics_.add(found.span(), fmt::format("'{}' {}", found.name, what));
  }

  void complain(const Found& found, std::string_view takes) {
    // Passwords are not shown, whatever is wrong with them.
    const bool is_secret = found.name.find("pass") != std::string_view::npos;
    const bool is_shown = found.value->is_scalar() && !is_secret;
    const std::string given =
        is_shown ? fmt::format("'{}'", found.value->to_text()) : fmt::format("a {}", found.value->kind());
    diagnostics_.add(found.span(), fmt::format("'{}' takes {}, not {}", found.name, takes, given));
  }

  /// Leaves `target` alone when no name is set. Numbers read as text are text: names and passwords may look like them.
  void text(std::string& target, std::initializer_list<std::string_view> names, std::string_view takes) {
    const Found found = find(names);
    if (!found) return;
    const bool is_text = found.value->is_string() || found.value->is_number();
    if (!is_text || found.value->to_text().empty()) return complain(found, takes);
    target = found.value->to_text();
  }

  void flag(bool& target, std::initializer_list<std::string_view> names) {
    const Found found = find(names);
    if (!found) return;
    if (const auto value = truth(*found.value)) {
      target = *value;
    } else {
      complain(found, "true or false");
    }
  }

  static std::optional<bool> truth(const Value& value) {
    if (value.is_bool()) return value.as_bool();
    if (!value.is_string()) return std::nullopt;
    const std::string& word = value.as_string();
    if (word == "true" || word == "yes" || word == "on") return true;
    if (word == "false" || word == "no" || word == "off") return false;
    return std::nullopt;
  }

 private:
  const Host& host_;
  Diagnostics& diagnostics_;
};

std::string home_directory() {
  const char* home = std::getenv("HOME");
  if (home && *home) return home;
  const passwd* entry = getpwuid(getuid());
  return entry ? entry->pw_dir : "";
}

std::string login_name() {
  const char* user = std::getenv("USER");
  if (user && *user) return user;
  const passwd* entry = getpwuid(getuid());
  return entry ? entry->pw_name : "root";
}

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

void read_port(Reader& reader, const ConnectionOptions& options, std::uint16_t& port) {
  if (const Found found = reader.find({"port", "ansible_port", "ansible_ssh_port"})) {
    const auto number = parse_port(*found.value);
    if (number) port = *number;
    if (!number) reader.complain(found, "a number from 1 to 65535");
  }
  if (options.port) port = *options.port;
}

void read_identities(Reader& reader, const ConnectionOptions& options, std::vector<std::string>& identities) {
  const Found found = reader.find({"identity", "ansible_ssh_private_key_file", "ansible_private_key_file"});
  if (found) {
    std::filesystem::path base;
    if (found.origin && found.origin->level != Origin::Level::command_line && found.span().source)
      base = std::filesystem::path(found.span().source->name).parent_path();
    const List files = found.value->is_list() ? found.value->as_list() : List{*found.value};
    for (const auto& file : files) {
      if (!file.is_string() || file.as_string().empty()) {
        reader.complain(found, "the path of a private key, or a list of them");
        break;
      }
      identities.push_back(expand(file.as_string(), base));
    }
  }
  if (options.identities.empty()) return;
  identities.clear();
  for (const auto& file : options.identities) identities.push_back(expand(file, {}));
}

void read_host_key_check(Reader& reader, const ConnectionOptions& options, HostKeyCheck& check) {
  if (const Found found =
          reader.find({"host_key_check", "ansible_host_key_checking", "ansible_ssh_host_key_checking"})) {
    const auto truth = Reader::truth(*found.value);
    if (truth) {
      check = *truth ? HostKeyCheck::strict : HostKeyCheck::off;
    } else if (*found.value == Value("strict")) {
      check = HostKeyCheck::strict;
    } else if (*found.value == Value("accept-new")) {
      check = HostKeyCheck::accept_new;
    } else {
      reader.complain(found, "strict, accept-new or off");
    }
  }
  if (options.host_key_check) check = *options.host_key_check;
}

void read_connect_timeout(Reader& reader, const ConnectionOptions& options, std::chrono::milliseconds& timeout) {
  if (const Found found = reader.find({"connect_timeout", "ansible_ssh_timeout", "ansible_timeout"})) {
    const auto duration = parse_timeout(*found.value);
    if (duration) timeout = *duration;
    if (!duration) reader.complain(found, "a duration such as 10s");
  }
  if (options.connect_timeout) timeout = *options.connect_timeout;
}

void read_become_password(Reader& reader, const ConnectionOptions& options, std::optional<std::string>& password) {
  std::string text;
  const std::initializer_list<std::string_view> names = {"become_password", "ansible_become_password",
                                                         "ansible_become_pass"};
  reader.text(text, names, "a text");
  if (text.find_first_of(std::string_view("\n\0", 2)) != std::string::npos)
    reader.complain_of(reader.find(names), "holds more than one line");
  else if (!text.empty())
    password = text;
  if (options.become_password) password = options.become_password;
}

std::optional<Become> read_become(Reader& reader, const ConnectionOptions& options) {
  bool is_wanted = false;
  Become become;
  reader.flag(is_wanted, {"become", "ansible_become"});
  reader.text(become.user, {"become_user", "ansible_become_user"}, "the name of a user");
  if (options.become_user) become.user = *options.become_user;
  if (const Found found = reader.find({"become_method", "ansible_become_method"})) {
    const auto method = found.value->is_string() ? parse_become_method(found.value->as_string()) : std::nullopt;
    if (method) become.method = *method;
    if (!method) reader.complain(found, "sudo, su or doas");
  }
  if (options.become_method) become.method = *options.become_method;
  read_become_password(reader, options, become.password);
  return is_wanted || options.become ? std::optional(std::move(become)) : std::nullopt;
}

bool read_is_local(Reader& reader) {
  // All of Ansible's ways to speak SSH are one to us.
  static constexpr std::array<std::string_view, 5> ssh = {"ssh", "smart", "paramiko", "paramiko_ssh", "libssh"};
  const Found found = reader.find({"connection", "ansible_connection"});
  if (!found || *found.value == Value("local")) return static_cast<bool>(found);
  if (!found.value->is_string() || std::find(ssh.begin(), ssh.end(), found.value->as_string()) == ssh.end())
    reader.complain(found, "ssh or local");
  return false;
}

}  // namespace

Connection connection_of(const Host& host, const ConnectionOptions& options, Diagnostics& diagnostics) {
  Reader reader(host, diagnostics);
  Connection connection;
  Endpoint& endpoint = connection.endpoint;
  endpoint.name = host.name;
  endpoint.address = host.name;
  reader.text(endpoint.address, {"address", "ansible_host", "ansible_ssh_host"}, "a host name or address");
  reader.text(endpoint.user, {"user", "ansible_user", "ansible_ssh_user"}, "the name of a user");
  if (options.user) endpoint.user = *options.user;
  if (endpoint.user.empty()) endpoint.user = login_name();
  reader.text(endpoint.password, {"password", "ansible_password", "ansible_ssh_password", "ansible_ssh_pass"},
              "a text");
  if (options.password) endpoint.password = *options.password;
  read_port(reader, options, endpoint.port);
  read_identities(reader, options, endpoint.identities);
  read_host_key_check(reader, options, endpoint.host_key_check);
  read_connect_timeout(reader, options, endpoint.connect_timeout);
  connection.local = read_is_local(reader);
  connection.become = read_become(reader, options);
  reader.text(connection.shell, {"shell", "ansible_shell_executable"}, "the path of a shell");
  return connection;
}

}  // namespace espresso
