#pragma once

#include "core/descriptor.h"

#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace espresso {

/// A proxy on this machine that tunnels to wherever it is asked (CONNECT), one connection after the other.
class ProxyServer {
 public:
  /// `login`: "USER:PASSWORD" that it wants, in base64; empty: anybody may.
  explicit ProxyServer(std::string login = {});
  ProxyServer(const ProxyServer&) = delete;
  ProxyServer& operator=(const ProxyServer&) = delete;
  ~ProxyServer();

  /// "HOST:PORT"
  std::string address() const;
  /// The first line of each request so far, and what it was answered: "CONNECT 127.0.0.1:443 HTTP/1.1 200".
  std::vector<std::string> requests() const;

 private:
  void serve();
  void answer(int client);

  std::string login_;
  Descriptor socket_, stop_read_, stop_write_;
  unsigned port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace espresso
