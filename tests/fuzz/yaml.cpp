#include "targets.h"

#include "model/yaml.h"

#include <stdexcept>

namespace espresso {

namespace {

Value written_and_read(const Value& value) {
  Diagnostics diagnostics;
  const Value read = value_of(parse_yaml(source_of(render_yaml(value)), diagnostics), diagnostics);
  diagnostics.throw_if_any();
  return read;
}

}  // namespace

void read_yaml(std::string_view input) {
  Diagnostics diagnostics;
  Value value;
  try {
    value = value_of(parse_yaml(source_of(input), diagnostics), diagnostics);
  } catch (const Mistakes& mistakes) {
    check(mistakes);
    return;
  }
  check(diagnostics);
  if (!diagnostics.empty()) return;
  try {
    expect_same(value, written_and_read(value), "written as YAML and read again");
  } catch (const Mistakes& mistakes) {
    throw std::logic_error(std::string("what we write is no YAML: ") + mistakes.what());
  }
}

}  // namespace espresso
