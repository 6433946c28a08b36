#pragma once

#include "run/event.h"

#include <iosfwd>
#include <memory>

namespace espresso {

/// For `exec`: at the end, what the command wrote on each host, hosts with equal output folded.
///   --- web[1-3]
///   Linux
std::unique_ptr<Reporter> make_output_reporter(std::ostream& out);

}  // namespace espresso
