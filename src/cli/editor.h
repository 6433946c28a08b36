#pragma once

#include <string>

namespace espresso {

/// Lets the user edit a secret text with $VISUAL, else $EDITOR, else vi, in a file of this name in a private folder,
/// which is wiped afterwards, whatever happens. Throws Error when the editor fails, Interrupted after a signal.
std::string edit_privately(const std::string& file_name, const std::string& text);

}  // namespace espresso
