#include "ssh/handshake.h"

#include "core/error.h"
#include "core/text.h"

namespace espresso {
namespace {

// The cheapest first. With NIST's P-256 OpenSSH's server takes 0.7 ms less of its host's CPU than with curve25519, for
// which it has C code of its own; for us both cost the same. Post-quantum hybrids are unknown to libssh 0.10; group16
// costs 16 ms.
constexpr auto key_exchanges =
    "ecdh-sha2-nistp256,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
    "diffie-hellman-group14-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512";
constexpr auto ciphers =
    "aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr";
constexpr auto macs =
    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1-etm@openssh.com,"
    "hmac-sha1";

/// libssh passes over what it does not know, but wants one that it does.
void set_list(Wire& wire, std::initializer_list<ssh_options_e> options, const char* name, const std::string& written,
              const std::string& ours) {
  const auto list = written.empty() ? ours : apply_algorithm_list(written, ours);
  for (const auto option : options) {
    if (!wire.try_set(option, list))
      throw Unreachable(std::string("none of ") + name + " '" + list + "' is known to libssh",
                        "name one of these in ssh_config: " + ours);
  }
}

void set_options(Wire& wire, const Endpoint& endpoint, const std::string& host_keys) {
  const bool process_config = false;
  const unsigned port = endpoint.port;
  wire.set(SSH_OPTIONS_PROCESS_CONFIG, &process_config);
  wire.set(SSH_OPTIONS_HOST, endpoint.address);
  wire.set(SSH_OPTIONS_PORT, &port);
  wire.set(SSH_OPTIONS_USER, endpoint.user);
  // Named so that libssh neither looks for the user's home nor reads known_hosts by itself, which is slow.
  wire.set(SSH_OPTIONS_SSH_DIR, std::string("/nonexistent"));
  wire.set(SSH_OPTIONS_KNOWNHOSTS, std::string("/dev/null"));
  wire.set(SSH_OPTIONS_GLOBAL_KNOWNHOSTS, std::string("/dev/null"));
  set_list(wire, {SSH_OPTIONS_KEY_EXCHANGE}, "KexAlgorithms", endpoint.key_exchanges, key_exchanges);
  set_list(wire, {SSH_OPTIONS_CIPHERS_C_S, SSH_OPTIONS_CIPHERS_S_C}, "Ciphers", endpoint.ciphers, ciphers);
  set_list(wire, {SSH_OPTIONS_HMAC_C_S, SSH_OPTIONS_HMAC_S_C}, "MACs", endpoint.macs, macs);
  set_list(wire, {SSH_OPTIONS_HOSTKEYS}, "HostKeyAlgorithms", endpoint.host_key_algorithms, host_keys);
  wire.set(SSH_OPTIONS_COMPRESSION, std::string(endpoint.compression ? "yes" : "no"));
  if (endpoint.rekey_limit != 0) wire.set(SSH_OPTIONS_REKEY_DATA, &endpoint.rekey_limit);
  const int descriptor = wire.descriptor();
  wire.set(SSH_OPTIONS_FD, &descriptor);
}

/// What libssh says when bytes were changed on their way, or one side computed something else than the other.
bool is_garbled(const std::string& reason) {
  for (const char* words : {"signature", "decrypt", "Packet len", "packet len", "HMAC", "hmac"}) {
    if (reason.find(words) != std::string::npos) return true;
  }
  return false;
}

std::string first_line(const std::string& text) { return printable(trim(text.substr(0, text.find('\n')))); }

bool is_no_ssh(const Link& link) {
  constexpr std::string_view mark = "SSH-";
  return !link.greeting().empty() && !mark.starts_with(std::string_view(link.greeting()).substr(0, mark.size()));
}

[[noreturn]] void throw_no_ssh(const Link& link) {
  throw Unreachable("what answers there is no SSH server: it said '" + first_line(link.greeting()) + "'",
                    "check the host's address and port");
}

[[noreturn]] void throw_no_answer(const Endpoint& endpoint, const std::string& stage) {
  throw Unreachable("no answer within " + render_duration(endpoint.connect_timeout) + stage,
                    "check that the host is up and its firewall lets SSH through, or give it a longer connect_timeout");
}

}  // namespace

awaitable<std::shared_ptr<LibsshSession>> shake_hands(std::shared_ptr<Handshakes> shared,
                                                      std::shared_ptr<Handshake> handshake) {
  const Endpoint& endpoint = handshake->endpoint;
  const Deadline deadline = handshake->deadline;
  const auto executor = co_await asio::this_coro::executor;
  auto socket = co_await handshake->connect();
  auto link = std::make_shared<Link>(executor, std::move(socket), handshake->arrivals);
  const auto give_up = [weak = std::weak_ptr<Link>(link)] {
    if (const auto lost = weak.lock()) lost->abandon();
  };
  const Abandonment::Waker waker(shared->abandonment, executor, give_up);
  set_options(*link->wire(), endpoint, shared->host_keys.algorithms(endpoint));

  const auto connected = co_await link->connect(deadline);
  if (!connected) {
    if (is_no_ssh(*link)) throw_no_ssh(*link);
    const bool silent = ssh_get_serverbanner(link->session()) == nullptr;
    throw_no_answer(endpoint, silent ? " after the connection was made" : " during the key exchange");
  }
  if (*connected != SSH_OK) {
    const auto reason = link->error();
    // Its words, and not "closed", though it may be "Exceeded MaxStartups": all attempts have been made then.
    if (reason.starts_with("receiving banner")) throw_no_ssh(*link);
    if (reason.starts_with("no version of SSH")) {
      throw Unreachable("the host does not speak version 2 of SSH: it said '" +
                            printable(ssh_get_serverbanner(link->session())) + "'",
                        "update its SSH server, or check the host's address and port");
    }
    if (ssh_get_serverbanner(link->session()) == nullptr || reason == "closed by the host" ||
        reason.find("reset by peer") != std::string::npos) {
      const auto words = is_no_ssh(*link) ? "; it said '" + first_line(link->greeting()) + "'" : "";
      throw Cut("the host ended the connection during the handshake: " + reason + words,
                "check that it is an SSH server, and its limits (MaxStartups) and bans");
    }
    throw Unreachable("the key exchange failed: " + reason,
                      is_garbled(reason) ? "something changes what is sent: check the network on the way to the host"
                                         : "compare what the host's sshd offers with what libssh can");
  }

  shared->host_keys.verify(link->session(), endpoint);

  auto credentials = handshake->credentials;
  if (!co_await authenticate(link, std::move(credentials), deadline)) throw_no_answer(endpoint, " during the login");
  if (endpoint.through) link->lead_through("the jump host '" + endpoint.through->name + "'");
  if (!endpoint.proxy_command.empty()) link->lead_through("the proxy command");
  link->start_serving(endpoint.alive_interval, endpoint.alive_count);
  co_return std::make_shared<LibsshSession>(std::move(link), handshake->way);
}

}  // namespace espresso
