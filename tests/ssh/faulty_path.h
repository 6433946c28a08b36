#pragma once

#include "core/async.h"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace espresso::testing {

/// Tells the packets of one direction of an SSH connection apart (RFC 4253, 4.2 and 6): the line with the version is
/// the first. Encrypted packets are understood for AES-GCM, whose lengths are in the clear (RFC 5647, 7.3).
class PacketCounter {
 public:
  /// How many bytes of `data` belong to the first `most` packets of all; counts them.
  std::size_t take(std::string_view data, std::size_t most);
  std::size_t packets() const { return packets_; }

 private:
  bool ends_packet(unsigned char byte);
  std::size_t packets_ = 0;
  std::size_t at_ = 0;  ///< within the packet
  std::size_t length_ = 0;
  bool is_encrypted_ = false;
  bool is_last_in_clear_ = false;
};

/// A way to a server that goes wrong as scripted: forwards connections until so much has passed in one direction.
class FaultyPath {
 public:
  /// Nothing more comes, the connection ends, it is reset, or one bit is another.
  enum class Fault { none, stall, cut, reset, garble };
  struct Script {
    Fault fault = Fault::none;
    bool from_server = true;               ///< the direction that is watched
    std::size_t after_packets = SIZE_MAX;  ///< the fault comes right behind these
    std::size_t after_bytes = SIZE_MAX;
  };
  struct Traffic {
    std::size_t connections = 0;
    std::size_t faults = 0;  ///< how often the place of the fault was reached
    /// From the client and from the server, on the connection that was used last.
    std::array<std::size_t, 2> packets = {};
    std::array<std::size_t, 2> bytes = {};
  };

  FaultyPath(asio::io_context& io, std::uint16_t server, const Script& script);
  ~FaultyPath();
  FaultyPath(const FaultyPath&) = delete;
  FaultyPath& operator=(const FaultyPath&) = delete;

  std::uint16_t port() const;
  const Traffic& traffic() const;
  /// Whoever stalled goes on.
  void heal();

 private:
  struct State;
  static awaitable<void> accept(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace espresso::testing
