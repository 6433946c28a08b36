#pragma once

#include "core/temporary_folder.h"

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace espresso {

/// nginx on this machine, with TLS and a certificate of an authority of its own. Below / it serves files of a folder;
/// below /private/ the same, to the user "deploy" with the password "s e%cret"; /moved/ leads to /.
class NginxServer {
 public:
  NginxServer();
  NginxServer(const NginxServer&) = delete;
  NginxServer& operator=(const NginxServer&) = delete;
  ~NginxServer();

  std::string url() const { return url_; }
  /// Of its authority, PEM.
  std::string ca_file() const { return folder_.path() / "ca.pem"; }
  std::filesystem::path files() const { return folder_.path() / "files"; }
  /// The statuses of so many answers, as its log has them; it is awaited.
  std::vector<std::string> answers(std::size_t count) const;

 private:
  void make_certificate() const;
  void configure(int port) const;

  testing::TemporaryFolder folder_;
  std::string url_;
  pid_t process_ = -1;
};

}  // namespace espresso
