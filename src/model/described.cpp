#include "model/described.h"

#include <fmt/format.h>

namespace espresso {

std::string described(const Value& value) {
  const char* article = value.is_null() || value.is_item() ? "" : value.is_integer() ? "an " : "a ";
  return fmt::format("{}{}", article, value.kind());
}

}  // namespace espresso
