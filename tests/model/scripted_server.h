#pragma once

#include "core/descriptor.h"

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace espresso {

/// A server on this machine that says what it is told to, whatever it is asked: one answer a connection, in order; the
/// last one again and again. For what real servers do only when they fail.
class ScriptedServer {
 public:
  /// Bytes as they are sent. Empty: it says nothing and keeps the connection.
  explicit ScriptedServer(std::vector<std::string> answers);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  /// http://ADDRESS:PORT
  std::string url() const;
  /// The requests so far, with their bodies.
  std::vector<std::string> requests() const;

 private:
  void serve();

  std::vector<std::string> answers_;
  Descriptor socket_;
  Descriptor stop_read_, stop_write_;
  unsigned port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<Descriptor> silent_;
  std::thread thread_;
};

/// A whole answer with these headers ("ETag: x\r\n…") and body, after which the connection ends.
std::string http_answer(const std::string& status, const std::string& headers = "", const std::string& body = "");

}  // namespace espresso
