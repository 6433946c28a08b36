#pragma once

#include "model/stage.h"

#include <memory>
#include <vector>

namespace espresso {

/// The program `espresso`, with stages of one's own beside those of stage files, which are then not required.
/// Returns the exit status.
int main(int argc, char** argv, std::vector<std::shared_ptr<const Stage>> stages = {});

}  // namespace espresso
