#pragma once

#include "cli/command.h"

#include <string>
#include <vector>

namespace espresso {

/// The word before which a shell asks what may come next; it is in no help.
constexpr const char* complete_word = "__complete";

/// What may stand in place of the last of `words` (those after the program's name; the last one may be empty), one a
/// line: the word, a tab and what it is. A line ":files" means that files may. Knows the stages, hosts, groups and
/// helpers of the project that the words before name; where they cannot be read, it knows less.
std::string completions(const CLI::App& program, const std::vector<Command>& commands,
                        const std::vector<std::string>& words, const Settings& settings,
                        const std::vector<std::shared_ptr<const Stage>>& own_stages);

}  // namespace espresso
