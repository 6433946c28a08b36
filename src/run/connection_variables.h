#pragma once

#include <string_view>
#include <vector>

namespace espresso {

enum class VariableShape { text, texts, truth, port, duration };

/// A variable of hosts that says how to reach them: what is looked for, what `espresso doc inventory` explains and what
/// schemas offer.
struct ConnectionVariable {
  std::vector<std::string_view> names;  ///< our own first, then those of Ansible
  VariableShape shape;
  std::string_view takes;  ///< for messages: "a host name or address"
  std::string_view doc;
  std::vector<std::string_view> choices = {};  ///< the only texts allowed; empty: any

  std::string_view name() const { return names.front(); }
};

const std::vector<ConnectionVariable>& connection_variables();

/// The one of this name, our own; the name must be one.
const ConnectionVariable& connection_variable(std::string_view name);

}  // namespace espresso
