#pragma once

#include "ssh/config_line.h"

#include <string>

namespace espresso {

/// Host, Match and Include make the structure of a file. What Espresso has no use for is passed over, and so is what
/// ssh itself has given up.
enum class KeywordKind { unknown, structure, setting, passed_over };
KeywordKind kind_of_keyword(const std::string& lower_case);
/// What a line with a setting does; empty when it does nothing. Uses up the line's values. Throws Mistakes when they
/// are bad.
ConfigEffect read_setting(ConfigLine& line, const std::string& lower_case);
/// "did you mean 'x'?", or nothing.
std::string suggest_keyword(const std::string& word);

}  // namespace espresso
