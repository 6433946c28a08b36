#pragma once

#include "core/diagnostic.h"
#include "helpers/catalog.h"
#include "model/value.h"

#include <optional>
#include <string>

namespace espresso {

/// A parameter's value as the fragment sees it.
struct ShellValue {
  std::string text;                     ///< of the shell variable
  std::string title;                    ///< as told to people
  std::vector<std::string> words = {};  ///< of a list: its elements
};

/// Converts a value to what the parameter's type promises (catalog.h). A value of the wrong type is a mistake at
/// `span`:
/// "'mode' takes permission bits such as 0644, not 'rw'". Content reaches the fragment in another way: of a source its
/// text is the name, else it is empty, and only its kind is checked. `conditions` are not converted here.
std::optional<ShellValue> convert(const Parameter& parameter, const Value& value, const Span& span,
                                  Diagnostics& diagnostics);

/// The words quoted, for `eval "set -- $name"`.
std::string quote_words(const std::vector<std::string>& words);

}  // namespace espresso
