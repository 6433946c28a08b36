#include "cli/connections.h"

#include "core/async.h"
#include "core/error.h"

#include <optional>
#include <set>

namespace espresso {

namespace {

// Where the key file is named: in the inventory, or with --identity.
Span place_of(const std::string& file, const Host& host, const ConnectionOptions& options) {
  if (!options.identities.empty()) {
    const auto source = std::make_shared<Source>(Source{"--identity", file});
    return span_at(source, 0, file.size());
  }
  for (const char* name : {"identity", "ansible_ssh_private_key_file", "ansible_private_key_file"}) {
    if (const Origin* origin = host.variables.origin(name)) return origin->span;
  }
  return {};
}

}  // namespace

void check_connections(const std::vector<HostPlan>& plans, const RunOptions& options, Diagnostics& diagnostics) {
  std::set<std::string> told, checked;
  std::optional<Connector> connector;  // nothing is connected: it is asked for what it thinks of key files
  for (const auto& plan : plans) {
    Diagnostics found;
    const Connection connection = connection_of(*plan.host, options.connection, found);
    for (const auto& file : connection.named_identities) {
      if (connection.local || !checked.insert(file).second) continue;
      if (!connector) {
        auto few_threads = options.connector;
        few_threads.pool_threads = 1;
        connector.emplace(asio::system_executor(), few_threads);
      }
      try {
        connector->load_identity(file);
      } catch (const Error& error) {
        found.add(place_of(file, *plan.host, options.connection), error.what(), error.hint());
      }
    }
    for (const auto& diagnostic : found.all()) {
      if (told.insert(render(diagnostic)).second) diagnostics.add(diagnostic);
    }
  }
}

}  // namespace espresso
