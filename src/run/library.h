#pragma once

#include "helpers/catalog.h"

#include <memory>
#include <string>
#include <vector>

namespace espresso {

/// What the runner at a host must know to carry out these helpers: the parts they use, each once, then their functions.
std::vector<std::string> library_of(const std::vector<std::shared_ptr<const Helper>>& helpers);

}  // namespace espresso
