#pragma once

#include "cli/command.h"

namespace espresso {

/// The program without its process: what it answers to these words (without the program's name).
ExitStatus run_program(const std::vector<std::string>& words,
                       const std::vector<std::shared_ptr<const Stage>>& own_stages, Output& output);

}  // namespace espresso
