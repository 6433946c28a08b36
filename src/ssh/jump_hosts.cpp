#include "ssh/jump_hosts.h"

#include "core/error.h"
#include "core/text.h"
#include "ssh/libssh_channel.h"

#include <algorithm>

namespace espresso {
namespace {

// Below a server's usual limit of open files, of which each connection takes one. (sshd's MaxSessions counts commands
// and not these.)
constexpr unsigned most_carried = 500;

// How often another session is asked when one takes no more.
constexpr int most_sessions_asked = 4;

awaitable<void> close_session(std::shared_ptr<LibsshSession> session, Deadline deadline) {
  co_await session->close(deadline);
}

}  // namespace

/// One connection that a session carries, counted as long as it lives.
struct JumpHosts::Load {
  explicit Load(std::shared_ptr<Carrier> by) : carrier(std::move(by)) { ++carrier->carries; }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() { --carrier->carries; }
  std::shared_ptr<Carrier> carrier;
};

std::string identity_of(const Endpoint& endpoint) {
  const std::vector<std::string> parts = {endpoint.user,
                                          endpoint.address,
                                          std::to_string(endpoint.port),
                                          endpoint.name,
                                          join(endpoint.identities, "\n"),
                                          endpoint.proxy_command,
                                          endpoint.through ? identity_of(*endpoint.through) : ""};
  return join(parts, "\n\n");
}

awaitable<std::shared_ptr<JumpHosts::Carrier>> JumpHosts::carrier_of(std::shared_ptr<const Endpoint> jump,
                                                                     std::shared_ptr<Abandonment> abandonment) {
  const auto executor = co_await asio::this_coro::executor;
  auto& entry = hosts_[identity_of(*jump)];
  if (!entry) entry = std::make_shared<JumpHost>(executor);
  const auto host = entry;
  const unsigned failures = host->failures;
  while (true) {
    for (const auto& carrier : host->carriers) {
      if (carrier->carries < carrier->most) co_return carrier;
    }
    if (abandonment->is_set()) throw Unreachable("interrupted before there was a session");
    // Who came before the failure has waited for it; who comes later tries anew.
    if (host->failures != failures) std::rethrow_exception(host->failure);
    if (host->is_opening) {
      const auto wake = [host] { host->bell.ring(); };
      const Abandonment::Waker waker(abandonment, executor, wake);
      co_await host->bell.wait();
      continue;
    }
    host->is_opening = true;
    try {
      auto carrier = std::make_shared<Carrier>();
      carrier->placed = co_await open_(*jump);
      carrier->most = most_carried;
      host->carriers.push_front(std::move(carrier));
    } catch (const Error& error) {
      const std::string message = "the jump host '" + jump->name + "' is unreachable: " + error.what();
      host->failure = std::make_exception_ptr(Unreachable(message, error.hint()));
      ++host->failures;
    }
    host->is_opening = false;
    host->bell.ring();
  }
}

awaitable<void> JumpHosts::prepare(std::shared_ptr<const Endpoint> jump, std::shared_ptr<Abandonment> abandonment) {
  co_await carrier_of(std::move(jump), std::move(abandonment));
}

awaitable<Descriptor> JumpHosts::dial(std::shared_ptr<const Endpoint> jump, std::string address, std::uint16_t port,
                                      Deadline deadline, std::shared_ptr<Abandonment> abandonment) {
  const std::string where = "'" + jump->name + "' cannot connect to " + address + " port " + std::to_string(port);
  for (int asked = 1;; ++asked) {
    const auto carrier = co_await carrier_of(jump, abandonment);
    const auto load = std::make_shared<Load>(carrier);
    const unsigned others = carrier->carries - 1;
    auto work = carrier->placed.session->forward(address, port, load, deadline);
    std::string words;
    bool is_prohibited = false;
    try {
      co_return co_await run_on(carrier->placed.place, std::move(work));
    } catch (const NotForwarded& refusal) {
      words = refusal.what();
      const auto reason = refusal.reason();
      is_prohibited = reason == NotForwarded::Reason::prohibited;
      // A server that refuses one while it carries others may have a limit: another session is asked.
      const bool may_be_full = others > 0 && reason != NotForwarded::Reason::connect_failed;
      if (may_be_full && asked < most_sessions_asked) {
        carrier->most = std::min(carrier->most, others);
        continue;
      }
    } catch (const Unreachable& lost) {
      words = lost.what();
      // The session is of no use any more, to nobody.
      const auto& host = hosts_[identity_of(*jump)];
      host->carriers.remove(carrier);
      if (asked < most_sessions_asked && Clock::now() < deadline && !abandonment->is_set()) continue;
    }
    throw Unreachable("the jump host " + where + ": " + words,
                      is_prohibited ? "let its sshd forward: AllowTcpForwarding and PermitOpen in its sshd_config"
                                    : "check the host's address and port as they are seen from the jump host");
  }
}

awaitable<void> JumpHosts::close(Deadline deadline) {
  const auto hosts = std::move(hosts_);
  hosts_.clear();
  for (const auto& [identity, host] : hosts) {
    for (const auto& carrier : host->carriers) {
      auto work = close_session(carrier->placed.session, deadline);
      co_await run_on(carrier->placed.place, std::move(work));
    }
  }
}

std::size_t JumpHosts::sessions(const Endpoint& jump) const {
  const auto found = hosts_.find(identity_of(jump));
  return found == hosts_.end() ? 0 : found->second->carriers.size();
}

}  // namespace espresso
