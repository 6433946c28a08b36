#pragma once

#include "core/secrets.h"
#include "run/event.h"

namespace espresso {

/// Passes events on with secrets masked: before anything is cut to the width of a line or escaped.
class MaskingReporter : public Reporter {
 public:
  /// Both must outlive it.
  MaskingReporter(Reporter& reporter, const Secrets& secrets) : reporter_(reporter), secrets_(secrets) {}
  void on(const Event& event) override;

 private:
  Reporter& reporter_;
  const Secrets& secrets_;
};

}  // namespace espresso
