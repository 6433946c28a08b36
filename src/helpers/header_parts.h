#pragma once

#include "core/diagnostic.h"
#include "model/yaml.h"

#include <memory>
#include <string>

namespace espresso {

/// A sh file with a header of YAML in lines `#: …` at its top, taken apart.
struct HeaderParts {
  std::string yaml;             ///< the header, at the lines and columns where it stands
  std::string body;             ///< what follows it
  std::size_t header_line = 0;  ///< 0: there is none
};

HeaderParts take_header_apart(const std::string& text);

/// The header as YAML, with places in `file`. Its mistakes go to `diagnostics`; Mistakes are thrown with places in
/// `file`.
Node parse_header(const std::shared_ptr<const Source>& file, std::string yaml, Diagnostics& diagnostics);

}  // namespace espresso
