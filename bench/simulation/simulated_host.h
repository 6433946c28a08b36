#pragma once

#include "ssh/session.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace espresso::simulation {

/// What becomes of a host in a simulated run.
struct Fate {
  static constexpr std::size_t never = SIZE_MAX;
  bool is_unreachable = false;
  std::size_t fails_at = never;  ///< this operation, from 0
  std::size_t changes = never;   ///< this operation; all others are ok
};

/// A host without a machine: what its runner was asked to do, for whoever looks at it afterwards.
struct SimulatedHost {
  std::string name = {};
  Fate fate = {};
  std::size_t begun = 0;               ///< runners
  std::size_t operations = 0;          ///< carried out
  std::size_t lines = 0;               ///< read by the runner, libraries apart
  bool said_goodbye = false;           ///< it was told that all is told
  std::size_t signs_of_life = 0;       ///< how often it was told that the run still holds it
  std::string not_understood = {};     ///< the first request that it does not know: there its runner has ended
  std::vector<std::string> keys = {};  ///< of the operations carried out, when they are kept
};

/// How all of them behave.
struct Behaviour {
  std::chrono::microseconds latency{0};  ///< of each answer
  bool keeps_keys = false;
  std::function<void(SimulatedHost&)> on_operation = {};  ///< one is about to be carried out
};

/// A session with the host, which must outlive it, and so must the behaviour. Its commands are runners: they speak the
/// protocol as runner.sh does (run/protocol.h), with skip mode, signals and the end of a run, and do nothing.
std::unique_ptr<Session> open_simulated_session(SimulatedHost& host, const Behaviour& behaviour);

}  // namespace espresso::simulation
