#pragma once

#include "cli/command.h"

namespace espresso {

/// The program without its process: what it answers to these words (without the program's name).
ExitStatus run_program(const std::vector<std::string>& words,
                       const std::vector<std::shared_ptr<const Stage>>& own_stages, Output& output);

/// Reads the words and does nothing. Throws Mistakes where the program would refuse them as they stand.
void check_words(const std::vector<std::string>& words);

}  // namespace espresso
