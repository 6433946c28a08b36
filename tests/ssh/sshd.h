#pragma once

#include "process.h"
#include "ssh/connect.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace espresso::testing {

/// A private key made by ssh-keygen.
struct KeyFile {
  std::string path;
  std::string public_line() const { return read_file(path + ".pub"); }
};
KeyFile make_key(const TemporaryFolder& folder, const std::string& name, const std::string& type,
                 const std::string& passphrase = "");

/// A real OpenSSH server of this test alone, on a free port of 127.0.0.1, for the user who runs the test. Their home
/// there is folder()/home, so that what start-up files of the real one do is no part of the test.
/// Accepts the key `user_key()`; known_hosts() lists its key.
class Sshd {
 public:
  struct Options {
    std::vector<std::string> host_key_types = {"ed25519"};
    std::string extra = {};                     ///< more lines of sshd_config
    std::vector<std::string> run_through = {};  ///< words before /usr/sbin/sshd, which sees to accounts itself then
    std::string shell = "/bin/sh";              ///< the user's login shell there
  };
  Sshd() : Sshd(Options{}) {}
  explicit Sshd(const Options& options);

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return process_->pid(); }
  const TemporaryFolder& folder() const { return folder_; }
  const KeyFile& user_key() const { return user_key_; }
  const KeyFile& host_key(std::size_t number = 0) const { return host_keys_[number]; }
  std::string known_hosts() const { return folder_ / "known_hosts"; }
  void authorize(const std::string& public_line);
  /// The next line of its log. Empty once stop() was called and all sessions are over.
  std::string read_log() const { return process_->read_line(); }
  void stop() { process_->kill(); }

  Endpoint endpoint() const;
  /// Knows no agent and no file but known_hosts().
  Connector::Options connector_options() const;

 private:
  TemporaryFolder folder_;
  KeyFile user_key_;
  std::vector<KeyFile> host_keys_;
  std::uint16_t port_ = 0;
  std::unique_ptr<BackgroundProcess> process_;
};

/// "ssh-ed25519 AAAA… comment" to "ssh-ed25519 AAAA…".
std::string without_comment(const std::string& public_line);
std::string current_user();
/// Words before a server's command: to it, the user who runs this test has this home and this login shell.
std::vector<std::string> with_account(const TemporaryFolder& folder, const std::string& home, const std::string& shell);
/// A port of 127.0.0.1 that was free just now.
std::uint16_t free_port();

}  // namespace espresso::testing
