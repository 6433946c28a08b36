// What libFuzzer calls (https://releases.llvm.org/14.0.0/docs/LibFuzzer.html), for the one target of this program.
#include "targets.h"

#include <cstdint>
#include <cstdlib>

namespace {

const espresso::FuzzTarget& target() {
  for (const auto& known : espresso::fuzz_targets())
    if (known.name == ESPRESSO_FUZZ_TARGET) return known;
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const espresso::FuzzTarget& one = target();
  one.read({reinterpret_cast<const char*>(data), size});
  return 0;
}
