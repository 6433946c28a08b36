#include "ssh/connect.h"

#include "core/account.h"
#include "core/error.h"
#include "core/text.h"
#include "ssh/dial.h"
#include "ssh/ed25519.h"
#include "ssh/governor.h"
#include "ssh/handshake.h"
#include "ssh/host_key.h"
#include "ssh/jump_hosts.h"
#include "ssh/keyring.h"
#include "ssh/out_of_descriptors.h"
#include "ssh/placed_session.h"
#include "ssh/proxy_command.h"
#include "ssh/resolver.h"
#include "ssh/workers.h"

#include <asio/thread_pool.hpp>

#include <cstdlib>
#include <random>
#include <utility>

namespace espresso {
namespace {

// sshd's MaxStartups drops connections at random while many log in.
constexpr int most_attempts = 4;

// Unauthenticated at one address: sshd begins to drop them at the tenth.
constexpr unsigned most_at_an_address = 8;

// ssh_config(5), ConnectionAttempts: "sleeping for one second between each".
constexpr auto between_attempts = std::chrono::seconds(1);

std::string local_user_name() { return own_account().name.empty() ? "root" : own_account().name; }

/// Hosts behind a jump host have addresses of their own there; what starts a command of its own for each has its gate
/// to itself.
std::string gate_of(const Endpoint& endpoint) {
  return endpoint.address + " " + std::to_string(endpoint.port) +
         (endpoint.through ? " " + identity_of(*endpoint.through) : "");
}

/// Watches one handshake: a host that says nothing new for a while gives its place to the next, so that many silent
/// hosts do not hold up those that answer. It keeps its own time, all of connect_timeout.
struct Patience : std::enable_shared_from_this<Patience> {
  Patience(asio::any_io_executor io, std::shared_ptr<Governor> given, Governor::Place in)
      : governor(std::move(given)), place(std::move(in)), timer(std::move(io)) {}

  void watch() {
    timer.expires_after(governor->patience());
    timer.async_wait([weak = weak_from_this()](asio::error_code cancelled) {
      const auto self = weak.lock();
      if (cancelled || !self) return;
      const unsigned arrivals = *self->arrivals;
      if (std::exchange(self->seen, arrivals) == arrivals)
        self->place.step_aside();
      else
        self->place.come_back();
      self->watch();
    });
  }

  std::shared_ptr<Governor> governor;
  Governor::Place place;
  asio::steady_timer timer;
  std::shared_ptr<std::atomic<unsigned>> arrivals = std::make_shared<std::atomic<unsigned>>(0);
  unsigned seen = 0;
};

}  // namespace

struct Connector::Shared : std::enable_shared_from_this<Shared> {
  Shared(asio::any_io_executor executor, Options with, std::size_t threads)
      : options(std::move(with)),
        workers(std::make_shared<Workers>(std::move(executor), options.threads)),
        pool(threads),
        keyring(options.agent_socket, options.identities, options.ask_passphrase),
        governor(std::make_shared<Governor>(options.handshakes_at_once)),
        host_keys(std::make_shared<HostKeys>(options, pool)),
        handshakes(std::make_shared<Handshakes>(Handshakes{pool, abandonment, *host_keys})) {}

  Options options;
  std::shared_ptr<Workers> workers;
  asio::thread_pool pool;
  Resolver resolver{pool};
  Keyring keyring;
  std::shared_ptr<Governor> governor;
  std::shared_ptr<Abandonment> abandonment = std::make_shared<Abandonment>();
  std::shared_ptr<HostKeys> host_keys;
  std::shared_ptr<Handshakes> handshakes;
  JumpHosts jump_hosts{[this](Endpoint endpoint) { return open(std::move(endpoint)); }};

  awaitable<Placed> open(Endpoint endpoint);
  awaitable<Placed> open_with_known_key(const Endpoint& endpoint, HostKeyQuestions::UnderWay& under_way);
  awaitable<Placed> attempt(const Endpoint& endpoint, asio::any_io_executor place, Deadline deadline,
                            std::shared_ptr<std::atomic<unsigned>> arrivals);
  awaitable<void> rest(std::chrono::milliseconds time) const;
};

Connector::Connector(asio::any_io_executor executor, Options options) {
  ssh_init();
  use_faster_ed25519();
  if (options.agent_socket.empty()) {
    if (const char* path = std::getenv("SSH_AUTH_SOCK")) options.agent_socket = path;
  }
  const auto threads = options.pool_threads == 0 ? 1 : options.pool_threads;
  shared_ = std::make_shared<Shared>(std::move(executor), std::move(options), threads);
}

Connector::~Connector() {
  // Their threads end by posting to the caller's executor, which must still be there.
  shared_->keyring.stop();
  shared_->host_keys->interrupt();
  shared_->pool.stop();
  shared_->pool.join();
  shared_->workers->stop();
}

void Connector::abandon() {
  shared_->abandonment->set();
  shared_->host_keys->interrupt();
}

awaitable<void> Connector::close(Deadline deadline) { return shared_->jump_hosts.close(deadline); }

void Connector::load_identity(const std::string& file) { shared_->keyring.load(file); }

bool Connector::try_identity(const std::string& file) {
  try {
    shared_->keyring.load(file);
  } catch (const Error&) {
    return false;
  }
  return true;
}

awaitable<Placed> Connector::Shared::attempt(const Endpoint& endpoint, asio::any_io_executor place, Deadline deadline,
                                             std::shared_ptr<std::atomic<unsigned>> arrivals) {
  const auto handshake = std::make_shared<Handshake>();
  handshake->endpoint = endpoint;
  handshake->credentials = keyring.credentials(endpoint);
  handshake->arrivals = std::move(arrivals);
  handshake->deadline = deadline;
  std::shared_ptr<ProxyCommand> command;
  if (endpoint.through) {
    auto socket = std::make_shared<Descriptor>();
    *socket = co_await jump_hosts.dial(endpoint.through, endpoint.address, endpoint.port, deadline, abandonment);
    handshake->connect = [socket]() -> awaitable<Descriptor> { co_return std::move(*socket); };
  } else if (!endpoint.proxy_command.empty()) {
    command = std::make_shared<ProxyCommand>(endpoint.proxy_command);
    handshake->way = command;
    handshake->connect = [command]() -> awaitable<Descriptor> { co_return command->take_socket(); };
  } else {
    auto addresses = co_await resolver.addresses(endpoint.address, endpoint.address_family, deadline, abandonment);
    handshake->connect = [&to = handshake->endpoint, addresses, deadline, abandonment = abandonment] {
      const Departure from{.address = to.bind_address, .interface = to.bind_interface};
      return dial(to.address, addresses, to.port, from, deadline, abandonment);
    };
  }
  Placed placed{.place = place, .session = nullptr};
  auto work = shake_hands(handshakes, handshake);
  std::exception_ptr cut;
  try {
    placed.session = co_await run_on(place, std::move(work));
  } catch (const Cut&) {
    if (!command) throw;
    cut = std::current_exception();
  }
  if (!cut) co_return placed;
  // It closes its streams a moment before it has ended.
  for (int waits = 0; waits < 10 && !command->has_ended(); ++waits) co_await rest(std::chrono::milliseconds(10));
  const std::string words = command->words();
  if (words.empty()) std::rethrow_exception(cut);
  throw Unreachable("the proxy command '" + endpoint.proxy_command + "' leads nowhere: " + words,
                    "try it by hand; what ProxyCommand may hold is in ssh_config(5)");
}

awaitable<void> Connector::Shared::rest(std::chrono::milliseconds time) const {
  const auto executor = co_await asio::this_coro::executor;
  Bell bell(executor);
  const auto wake = [&bell] { bell.ring(); };
  const Abandonment::Waker waker(abandonment, executor, wake);
  co_await bell.wait(Clock::now() + time);
}

awaitable<Placed> Connector::Shared::open(Endpoint endpoint) {
  const auto self = shared_from_this();
  if (endpoint.user.empty()) endpoint.user = local_user_name();
  HostKeyQuestions::UnderWay under_way(host_keys->questions());
  while (true) {
    std::optional<UnknownHostKey> in_question;
    try {
      co_return co_await open_with_known_key(endpoint, under_way);
    } catch (const HostKeyInQuestion& unknown) {
      in_question = unknown.key();
    }
    co_await HostKeys::ask(host_keys, endpoint, *in_question);
  }
}

awaitable<Placed> Connector::Shared::open_with_known_key(const Endpoint& endpoint,
                                                         HostKeyQuestions::UnderWay& under_way) {
  if (endpoint.through) {
    // Before it takes a place: all who wait for the same jump host would take the places that it needs itself.
    const HostKeyQuestions::UnderWay::Aside aside(under_way);
    co_await jump_hosts.prepare(endpoint.through, abandonment);
  }
  auto place = co_await governor->enter(gate_of(endpoint), most_at_an_address, abandonment);
  const auto executor = co_await asio::this_coro::executor;
  const auto patience = std::make_shared<Patience>(executor, governor, std::move(place));
  patience->watch();
  const Deadline deadline = Clock::now() + endpoint.connect_timeout;
  const auto worker = workers->next();
  static thread_local std::minstd_rand random{std::random_device{}()};
  unsigned refusals = 0;
  for (int cuts = 0;;) {
    std::exception_ptr failure;
    std::chrono::milliseconds pause{0};
    try {
      Placed placed = co_await attempt(endpoint, worker, deadline, patience->arrivals);
      patience->place.succeeded();
      co_return placed;
    } catch (const Cut&) {
      failure = std::current_exception();
      patience->place.was_dropped();
      pause = std::chrono::milliseconds(std::uniform_int_distribution<int>(50, 150)(random)) * (1 << cuts);
      if (++cuts == most_attempts) throw;
    } catch (const NotConnected&) {
      failure = std::current_exception();
      pause = between_attempts;
      if (++refusals >= endpoint.connection_attempts && !abandonment->is_set()) throw;
    } catch (const OutOfDescriptors&) {
      // Not this host's fault, and it passes.
      failure = std::current_exception();
      pause = between_attempts;
    } catch (const Unreachable&) {
      if (!abandonment->is_set()) throw;
    } catch (const std::system_error& error) {
      // Asio's own descriptors, which a thread takes with its first session.
      if (error.code() != asio::error::no_descriptors) throw;
      failure = std::make_exception_ptr(OutOfDescriptors());
      pause = between_attempts;
    }
    if (abandonment->is_set()) throw Unreachable("interrupted before there was a session");
    if (Clock::now() + pause >= deadline) std::rethrow_exception(failure);
    co_await rest(pause);
  }
}

awaitable<std::unique_ptr<Session>> Connector::connect(Endpoint endpoint) {
  const auto shared = shared_;
  Placed placed = co_await shared->open(std::move(endpoint));
  co_return place_session(shared->workers, placed.place, std::move(placed.session));
}

}  // namespace espresso
