#include "ssh/connect.h"

#include "core/error.h"
#include "core/text.h"
#include "ssh/authentication.h"
#include "ssh/dial.h"
#include "ssh/governor.h"
#include "ssh/host_key.h"
#include "ssh/keyring.h"
#include "ssh/libssh_session.h"

#include <asio/thread_pool.hpp>

#include <cstdlib>
#include <random>

#include <pwd.h>
#include <unistd.h>

namespace espresso {
namespace {

// sshd's MaxStartups drops connections at random while many log in.
constexpr int most_attempts = 4;

// Above the time that a server under load takes for its first word.
constexpr auto silence_before_leaving = std::chrono::seconds(1);

// The fastest first. curve25519 before the post-quantum hybrids that libssh 0.10 lacks anyway; group16 costs 16 ms.
constexpr auto key_exchanges =
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
    "diffie-hellman-group14-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512";
constexpr auto ciphers =
    "aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr";

/// The connection was cut before there was a session: worth another attempt.
class Cut : public Unreachable {
 public:
  using Unreachable::Unreachable;
};

std::string local_user() {
  const auto* entry = ::getpwuid(::getuid());
  return entry ? entry->pw_name : "root";
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
  wire.set(SSH_OPTIONS_KEY_EXCHANGE, std::string(key_exchanges));
  wire.set(SSH_OPTIONS_CIPHERS_C_S, std::string(ciphers));
  wire.set(SSH_OPTIONS_CIPHERS_S_C, std::string(ciphers));
  wire.set(SSH_OPTIONS_HOSTKEYS, host_keys);
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

/// Watches one handshake: a host that says nothing new for a while gives its place to the next, so that many silent
/// hosts do not hold up those that answer. It keeps its own time, all of connect_timeout.
struct Connector::Patience : std::enable_shared_from_this<Patience> {
  Patience(asio::any_io_executor io, Governor::Place given) : place(std::move(given)), timer(std::move(io)) {}

  void watch() {
    timer.expires_after(silence_before_leaving);
    timer.async_wait([weak = weak_from_this()](asio::error_code cancelled) {
      const auto self = weak.lock();
      if (cancelled || !self) return;
      const auto watched = self->link.lock();
      const unsigned arrivals = watched ? watched->arrivals() : 0;
      if (arrivals == self->seen) return self->place.leave();
      self->seen = arrivals;
      self->watch();
    });
  }

  Governor::Place place;
  asio::steady_timer timer;
  std::weak_ptr<Link> link;
  unsigned seen = 0;
};

struct Connector::Shared : std::enable_shared_from_this<Shared> {
  Shared(asio::any_io_executor io, Options with, std::size_t threads)
      : executor(std::move(io)),
        options(std::move(with)),
        pool(threads),
        keyring(options.agent_socket, options.identities, options.ask_passphrase),
        governor(std::make_shared<Governor>(options.handshakes_at_once)),
        host_keys(std::make_shared<HostKeys>(options, pool)),
        abandonment(std::make_shared<Abandonment>()) {}

  asio::any_io_executor executor;
  Options options;
  asio::thread_pool pool;
  Keyring keyring;
  std::shared_ptr<Governor> governor;
  std::shared_ptr<HostKeys> host_keys;
  std::shared_ptr<Abandonment> abandonment;

  awaitable<std::unique_ptr<Session>> open(Endpoint endpoint);
  awaitable<std::unique_ptr<Session>> attempt(const Endpoint& endpoint, Deadline deadline,
                                              std::shared_ptr<Patience> patience);
};

Connector::Connector(asio::any_io_executor executor, Options options) {
  ssh_init();
  if (options.agent_socket.empty()) {
    if (const char* path = std::getenv("SSH_AUTH_SOCK")) options.agent_socket = path;
  }
  const auto threads = options.pool_threads == 0 ? 1 : options.pool_threads;
  shared_ = std::make_shared<Shared>(std::move(executor), std::move(options), threads);
}

Connector::~Connector() {
  // Threads of the pool end by posting to the executor, which must still be there.
  shared_->keyring.stop();
  shared_->host_keys->interrupt();
  shared_->pool.stop();
  shared_->pool.join();
}

void Connector::abandon() {
  shared_->abandonment->set();
  shared_->host_keys->interrupt();
}

void Connector::load_identity(const std::string& file) { shared_->keyring.load(file); }

awaitable<std::unique_ptr<Session>> Connector::Shared::attempt(const Endpoint& endpoint, Deadline deadline,
                                                               std::shared_ptr<Patience> patience) {
  const auto io = co_await asio::this_coro::executor;
  auto socket = co_await dial(pool, endpoint.address, endpoint.port, deadline, abandonment);
  auto link = std::make_shared<Link>(io, std::move(socket));
  patience->link = link;
  patience->seen = 0;
  const auto give_up = [weak = std::weak_ptr<Link>(link)] {
    if (const auto lost = weak.lock()) lost->abandon();
  };
  const Abandonment::Waker waker(abandonment, give_up);
  set_options(*link->wire(), endpoint, host_keys->algorithms(endpoint));

  const auto connected = co_await link->connect(deadline);
  if (!connected) {
    if (is_no_ssh(*link)) throw_no_ssh(*link);
    const bool silent = ssh_get_serverbanner(link->session()) == nullptr;
    throw_no_answer(endpoint, silent ? " after the connection was made" : " during the key exchange");
  }
  if (*connected != SSH_OK) {
    const auto reason = link->error();
    // Its words, and not "closed", though it may be "Exceeded MaxStartups": all attempts have been made then.
    if (is_no_ssh(*link) && reason.starts_with("receiving banner")) throw_no_ssh(*link);
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

  host_keys->verify(link->session(), endpoint);

  auto credentials = keyring.credentials(endpoint);
  if (!co_await authenticate(link, pool, std::move(credentials), deadline))
    throw_no_answer(endpoint, " during the login");
  link->start_serving();
  co_return std::make_unique<LibsshSession>(std::move(link));
}

awaitable<std::unique_ptr<Session>> Connector::connect(Endpoint endpoint) {
  const auto shared = shared_;
  if (endpoint.user.empty()) endpoint.user = local_user();
  const HostKeyQuestions::UnderWay under_way(shared->host_keys->questions());
  while (true) {
    std::optional<UnknownHostKey> in_question;
    try {
      co_return co_await shared->open(endpoint);
    } catch (const HostKeyInQuestion& unknown) {
      in_question = unknown.key();
    }
    co_await HostKeys::ask(shared->host_keys, endpoint, *in_question);
  }
}

awaitable<std::unique_ptr<Session>> Connector::Shared::open(Endpoint endpoint) {
  const auto shared = shared_from_this();
  auto place = co_await Governor::enter(shared->governor, shared->abandonment);
  const auto executor = co_await asio::this_coro::executor;
  const auto patience = std::make_shared<Patience>(executor, std::move(place));
  patience->watch();
  const Deadline deadline = Clock::now() + endpoint.connect_timeout;
  static thread_local std::minstd_rand random{std::random_device{}()};
  for (int attempt = 1;; ++attempt) {
    std::exception_ptr cut;
    try {
      co_return co_await shared->attempt(endpoint, deadline, patience);
    } catch (const Cut&) {
      cut = std::current_exception();
    } catch (const Unreachable&) {
      if (!shared->abandonment->is_set()) throw;
    }
    if (shared->abandonment->is_set()) throw Unreachable("interrupted before there was a session");
    const auto pause = std::chrono::milliseconds(std::uniform_int_distribution<int>(50, 150)(random) * attempt);
    if (attempt == most_attempts || Clock::now() + pause >= deadline) std::rethrow_exception(cut);
    Bell bell(executor);
    const auto wake = [&bell] { bell.ring(); };
    const Abandonment::Waker waker(shared->abandonment, wake);
    co_await bell.wait(Clock::now() + pause);
  }
}

}  // namespace espresso
