#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// What several helpers share without every host having to receive it: src/helpers/parts/<name>.sh, shell functions
/// that a helper names in its header (`uses: [name]`) and that are sent once to a host that needs them. Null: there is
/// no such part.
const std::string* find_part(std::string_view name);
std::vector<std::string> part_names();

/// Without empty lines and those that only readers need.
std::string without_comments(std::string_view script);

}  // namespace espresso
