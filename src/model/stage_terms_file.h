#pragma once

#include "model/stage_terms.h"
#include "model/yaml.h"

#include <map>
#include <string>

namespace espresso {

/// Reads `rolling`, `throttle`, `max_failures`, `run_once` and `barrier` from a stage's mapping.
class StageTermsReader {
 public:
  /// False when the key is none of these. Mistakes in the value go to `diagnostics`.
  bool read(const Node::Entry& entry, Diagnostics& diagnostics);
  /// Once all keys are read: words that contradict each other are mistakes.
  StageTerms finish(Diagnostics& diagnostics) const;

 private:
  StageTerms terms_;
  std::map<std::string, Span, std::less<>> keys_;  ///< those in force
};

}  // namespace espresso
