#pragma once

#include "run/connection.h"
#include "run/host_variables.h"

#include <memory>
#include <string>
#include <vector>

namespace espresso {

/// Works out how a host is reached: the command line above its variables above ssh_config, for itself and for each jump
/// host on the way to it.
class EndpointReader {
 public:
  EndpointReader(const ConnectionOptions& options, Diagnostics& diagnostics)
      : options_(options), diagnostics_(diagnostics) {}

  Endpoint read(const Host& host);
  /// Key files that the command line or the inventory names, for all that was read.
  const std::vector<std::string>& named_identities() const { return named_identities_; }

 private:
  /// The three sources of one endpoint.
  struct Sources {
    HostVariables variables;
    std::optional<std::string> user = {};  ///< of the inventory, as the port
    std::optional<std::uint16_t> port = {};
    SshOptions top = {};   ///< of -o
    SshOptions base = {};  ///< of all ssh_config
  };
  /// A jump host of a chain, and what it is reached through; the first is reached in its own way.
  struct Hop {
    JumpHop jump;
    std::shared_ptr<const Endpoint> through = {};
    unsigned depth = 0;
  };
  Endpoint read(const Host& host, const Hop* hop);
  std::vector<std::string> read_options(HostVariables& variables);
  void take_options(const FoundVariable& found, const std::vector<std::string>& options, std::vector<std::string>& all);
  void read_ssh_config(Sources& sources, const Hop* hop, Endpoint& endpoint);
  void read_login(Sources& sources, const Hop* hop, Endpoint& endpoint);
  void read_identities(Sources& sources, Endpoint& endpoint);
  void read_host_key_check(Sources& sources, Endpoint& endpoint);
  void read_times(Sources& sources, Endpoint& endpoint);
  void read_way(Sources& sources, const Hop* hop, Endpoint& endpoint);
  std::vector<JumpHop> read_jump_hops(HostVariables& variables);
  std::shared_ptr<const Endpoint> chain(const std::vector<JumpHop>& hops, unsigned depth);

  const ConnectionOptions& options_;
  Diagnostics& diagnostics_;
  std::vector<std::string> named_identities_;
};

}  // namespace espresso
