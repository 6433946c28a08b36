#pragma once

#include "model/yaml.h"

namespace espresso {

// YAML that a user wrote, in a file: secrets may stand in it. Text of others (hosts, programs) is for parse_yaml alone,
// which runs no command and opens no file whatever it says.

/// Reads a file with parse_yaml: decrypted first when all of it is encrypted, and with what `!secret` and `!vault`
/// stand for. A secret keeps its tag and is a quoted scalar, so that nothing in it is an expression. Mistakes in what
/// was encrypted are told without the text around them.
Node load_yaml(const std::string& path, Diagnostics& diagnostics);
/// The same of a text that was read already.
Node parse_yaml_of_user(std::shared_ptr<const Source> source, Diagnostics& diagnostics);

}  // namespace espresso
