#include "targets.h"

#include <stdexcept>

namespace espresso {

void read_json(std::string_view input) {
  Value value;
  try {
    value = parse_json(input);
  } catch (const std::runtime_error&) {
    return;  // as promised where the text is no JSON
  }
  expect_same(value, parse_json(to_json(value)), "written as JSON and read again");
  expect_same(value, parse_json(to_json(value, 2)), "written as JSON on several lines and read again");
}

}  // namespace espresso
