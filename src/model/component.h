#pragma once

#include "model/stage.h"
#include "model/yaml.h"

#include <memory>
#include <string>
#include <vector>

namespace espresso {

/// A user's named group of operations with parameters, as written below `components:`. A call of it is written like
/// that of a helper; inside, `params` holds what the call gives.
struct Component {
  std::string name;  ///< "web.site"
  Span span;         ///< of its name
  std::string doc;
  Node declaration;  ///< the whole of it; the catalog reads `parameters`, `main` and `one_of`, since it knows the types
  std::vector<std::shared_ptr<const Call>> calls;  ///< of its `run:`
};

/// Reads one entry of `components:`. Nothing when it is no component at all; mistakes go to `diagnostics`.
std::shared_ptr<Component> read_component(const Node& name, const Node& body, Diagnostics& diagnostics);

/// Components that are defined twice or that call each other in a circle are mistakes. What of them would never end is
/// emptied.
void check_components(std::vector<std::shared_ptr<Component>>& components, Diagnostics& diagnostics);

}  // namespace espresso
