#pragma once

#include "ssh/connect.h"
#include "ssh/host_key_questions.h"
#include "ssh/known_hosts.h"
#include "ssh/revoked_keys.h"

#include <libssh/libssh.h>

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace espresso {

/// What a host's key is worth cannot be told without asking: see HostKeys::ask.
class HostKeyInQuestion : public Unreachable {
 public:
  HostKeyInQuestion(const std::string& message, UnknownHostKey unknown)
      : Unreachable(message), key_(std::move(unknown)) {}
  const UnknownHostKey& key() const { return key_; }

 private:
  UnknownHostKey key_;
};

/// Verifies the host keys of a run against known_hosts files. For any number of threads.
class HostKeys {
 public:
  /// Of the options, known_hosts_files, host_key_judge and notice count.
  HostKeys(const Connector::Options& options, asio::thread_pool& pool);
  HostKeys(const HostKeys&) = delete;
  HostKeys& operator=(const HostKeys&) = delete;

  const std::shared_ptr<HostKeyQuestions>& questions() const { return questions_; }

  /// What the server is asked for: types of the keys that are listed first, since another type would look changed.
  std::string algorithms(const Endpoint& endpoint);

  /// After the key exchange, before anything secret is sent. Throws Unreachable unless the key is accepted,
  /// HostKeyInQuestion when someone is to be asked.
  void verify(ssh_session session, const Endpoint& endpoint);

  /// Waits until someone has decided about a key in question, and has it from then on. The connection that showed it is
  /// ended before: people take longer to think than servers wait (sshd's LoginGraceTime), and who only waits keeps
  /// others from the server. The next one finds the key known. Throws Unreachable when it is refused or interrupted.
  static awaitable<void> ask(std::shared_ptr<HostKeys> keys, Endpoint endpoint, UnknownHostKey key);

  /// Nobody is asked any more.
  void interrupt() { questions_->interrupt(); }

 private:
  void refuse_if_revoked(const Endpoint& endpoint, const std::string& type, const std::string& key);
  KnownHosts known_hosts(const Endpoint& endpoint);
  /// Empty when none takes new keys.
  std::string user_file(const Endpoint& endpoint) const;
  /// From now on the key is known, and listed in the endpoint's first file.
  void accept(const Endpoint& endpoint, const std::string& type, const std::string& key);
  void accept_in_memory(const Endpoint& endpoint, const std::string& name, const std::string& type,
                        const std::string& key, const std::string& why, const std::string& hint);

  const std::vector<std::string> user_files_;
  const std::vector<std::string> global_files_;
  const std::function<void(const std::string&, const std::string&)> notice_;
  const std::shared_ptr<HostKeyQuestions> questions_;
  KnownHostsFiles files_;
  RevokedKeys revoked_;
  const std::shared_ptr<KnownHostsFile> memory_;
  std::mutex mutex_;
  std::set<std::string> noticed_;
};

}  // namespace espresso
