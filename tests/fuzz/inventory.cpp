#include "targets.h"

#include "model/inventory.h"

namespace espresso {

namespace {

void select(const Inventory& inventory, std::string_view pattern) {
  // '@' would read a file.
  if (pattern.find('@') != std::string_view::npos) return;
  try {
    (void)inventory.select_option(pattern, "--hosts");
  } catch (const Mistakes& mistakes) {
    check(mistakes);
  }
}

}  // namespace

// The first line is a pattern and a list of hosts, the rest an inventory.
void read_inventory(std::string_view input) {
  const std::string_view pattern = input.substr(0, input.find('\n'));
  const std::string_view text = input.substr(std::min(input.size(), pattern.size() + 1));
  if (asks_for_secrets(text)) return;
  try {
    const Inventory inventory = Inventory::parse(source_of(text));
    select(inventory, pattern);
    for (const auto& host : inventory.hosts()) (void)inventory.find_host(host->name);
  } catch (const Mistakes& mistakes) {
    check(mistakes);
  }
  try {
    select(Inventory::from_list(pattern), "all");
  } catch (const Mistakes& mistakes) {
    check(mistakes);
  }
}

}  // namespace espresso
