#pragma once

#include "core/descriptor.h"

#include <string>
#include <vector>

#include <sys/types.h>

namespace espresso {

/// OpenStack Swift on this machine, with S3 (swift_server.py): the account `test` has the user `tester` with the key
/// `testing`; for S3, "test:tester" and "testing".
class SwiftServer {
 public:
  SwiftServer();
  SwiftServer(const SwiftServer&) = delete;
  SwiftServer& operator=(const SwiftServer&) = delete;
  ~SwiftServer();

  /// http://ADDRESS:PORT, which S3 speaks, too.
  std::string url() const { return url_; }
  std::string auth_url() const { return url_ + "/auth/v1.0"; }
  std::string account_url() const { return url_ + "/v1/AUTH_test"; }
  std::string token() const;

  /// Puts an object into a container, which is made when it is not there; `path` is percent-encoded.
  void put(const std::string& container, const std::string& path, const std::string& content,
           const std::string& type = "text/plain");
  void remove(const std::string& container, const std::string& path);

 private:
  void ask(std::vector<std::string> words) const;

  std::string url_;
  Descriptor input_, output_;
  pid_t process_ = -1;
};

}  // namespace espresso
