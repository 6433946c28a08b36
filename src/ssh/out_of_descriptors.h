#pragma once

#include "core/error.h"

namespace espresso {

/// This process has as many files open as it may. It passes: other connections end and give theirs back.
class OutOfDescriptors : public Unreachable {
 public:
  OutOfDescriptors()
      : Unreachable("too many open files",
                    "raise the limit of open files with ulimit -n, or work on fewer hosts at once with --forks") {}
};

}  // namespace espresso
