#pragma once

#include "core/diagnostic.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace espresso {

/// What is wrong with the words of the command line that `program` did not take. `command`: the one they name, or null.
Diagnostic word_mistake(const CLI::ParseError& error, const CLI::App& program, const CLI::App* command);

}  // namespace espresso
