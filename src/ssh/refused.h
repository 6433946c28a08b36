#pragma once

#include "core/error.h"

namespace espresso {

/// The host answers, and its key is not accepted or the login is denied: another attempt would end the same until
/// somebody has changed something.
class Refused : public Unreachable {
 public:
  using Unreachable::Unreachable;
};

}  // namespace espresso
