#include "core/text.h"
#include "model/inventory_address.h"
#include "model/inventory_readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace espresso {

void read_host_list(const std::shared_ptr<const Source>& source, InventoryBuilder& builder, Diagnostics& diagnostics) {
  bool any = false;
  for (const auto& [text, offset] : split_words(source->text, ',')) {
    if (text.empty()) continue;
    any = true;
    const auto place = [&](std::string_view part) {
      return span_at(source, static_cast<std::size_t>(part.data() - source->text.data()),
                     std::max<std::size_t>(1, part.size()));
    };
    const Address address = parse_address(text);
    const auto port = address.port ? parse_port(*address.port) : std::nullopt;
    if (address.host.empty())
      diagnostics.add(span_at(source, offset, text.size()), fmt::format("'{}' names no host", text));
    if (text.find('@') != std::string_view::npos && address.user.empty())
      diagnostics.add(span_at(source, offset, text.size()), fmt::format("'{}' names no user before the '@'", text));
    if (address.port && !port)
      diagnostics.add(place(*address.port), fmt::format("'{}' is no port", *address.port),
                      "write a number from 1 to 65535");
    if (address.host.empty()) continue;
    try {
      for (const auto& name :
           address.is_literal ? std::vector{std::string(address.host)} : expand_range(address.host)) {
        const auto host = builder.host(name);
        builder.add_host(InventoryBuilder::all, host);
        if (!address.user.empty()) builder.set_host_variable(host, "user", address.user, place(address.user));
        if (port) builder.set_host_variable(host, "port", *port, place(*address.port));
      }
    } catch (const std::invalid_argument& error) {
      diagnostics.add(place(address.host), error.what());
    }
  }
  if (!any) diagnostics.add(span_at(source, 0, 1), "the list names no host");
}

Inventory Inventory::from_list(std::string_view list, std::string_view option_name) {
  Diagnostics diagnostics;
  InventoryBuilder builder(diagnostics);
  read_host_list(std::make_shared<Source>(Source{std::string(option_name), std::string(list)}), builder, diagnostics);
  Inventory inventory = builder.build();
  diagnostics.throw_if_any();
  return inventory;
}

}  // namespace espresso
