#include "targets.h"

#include "model/stage_file.h"

namespace espresso {

void read_stages(std::string_view input) {
  if (asks_for_secrets(input)) return;
  Diagnostics diagnostics;
  try {
    (void)parse_stages(source_of(input), diagnostics);
  } catch (const Mistakes& mistakes) {
    check(mistakes);
  }
  check(diagnostics);
}

}  // namespace espresso
