#include "model/signal_file.h"

#include "model/call_file.h"
#include "model/fields.h"
#include "model/keys.h"

namespace espresso {

namespace {

void read_from_others(const Node& mapping, std::vector<SignalName>& signals, Diagnostics& diagnostics) {
  std::vector<SignalName> names;
  std::optional<Text> from;
  bool has_signal = false, has_from = false;
  for (const auto& [key, value] : mapping.entries) {
    if (key.text == "signal") {
      has_signal = true;
      names = read_signals("signal", value, diagnostics);
    } else if (key.text == "from") {
      has_from = true;
      from = read_text("from", value, "a host pattern", diagnostics);
    } else {
      unknown_key(key, names_of(heard_keys()), diagnostics);
      return;
    }
  }
  if (!has_signal) diagnostics.add(mapping.span, "no signal is named here", "name it with 'signal:'");
  if (!has_from)
    diagnostics.add(mapping.span, "'from' is missing: the hosts where the signal is raised",
                    "add a host pattern, such as 'from: all'; a signal of the same host stands alone, as 'on: NAME'");
  if (!from) return;
  for (auto& one : names) {
    one.from = from->text;
    one.from_span = from->span;
    signals.push_back(std::move(one));
  }
}

}  // namespace

std::vector<SignalName> read_heard_signals(const Node& node, Diagnostics& diagnostics) {
  std::vector<SignalName> signals;
  const auto add = [&](const Node& item) {
    if (item.is_map()) return read_from_others(item, signals, diagnostics);
    if (!item.is_scalar()) return wrong_kind("on", item, "names of signals", diagnostics);
    for (auto& one : read_signals("on", item, diagnostics)) signals.push_back(std::move(one));
  };
  if (!node.is_list()) {
    add(node);
  } else {
    for (const auto& item : node.items) add(item);
  }
  return signals;
}

}  // namespace espresso
