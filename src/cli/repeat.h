#pragma once

#include "cli/command.h"
#include "report/run_header.h"

namespace espresso {

/// The words of an earlier call of the program, to be carried out once more.
struct EarlierWords {
  std::string command;  ///< by which: "resume"
  std::string word;     ///< what stands behind that command
  const RunHeader& of;
};

/// Carries them out in the folder where they were given first. All other words of this call, its options, go before
/// them. Throws Mistakes when the folder is gone.
ExitStatus repeat(const Context& context, const EarlierWords& words, const std::function<void(Settings&)>& adjust);

}  // namespace espresso
