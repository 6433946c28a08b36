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

/// A variable of Ansible's that says something about connections which is not heeded here.
struct AnsibleVariable {
  std::string_view name;
  std::string_view hint;                        ///< what to do instead, or why
  std::vector<std::string_view> harmless = {};  ///< with these values nothing is lost
};

const std::vector<AnsibleVariable>& unheeded_variables();

/// The one of this name, our own; the name must be one.
const ConnectionVariable& connection_variable(std::string_view name);

}  // namespace espresso
