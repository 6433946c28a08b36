#pragma once

#include "core/diagnostic.h"
#include "model/value.h"

#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// What reads a text that users write, for inputs that nobody would write. It returns when the text was read, or was
/// refused in a way that is foreseen; what is thrown otherwise, and what sanitizers find, is a bug.
struct FuzzTarget {
  std::string_view name;  ///< of its folder of inputs, too: corpus/NAME
  void (*read)(std::string_view input);
};

void read_expression(std::string_view input);
void read_hosts(std::string_view input);
void read_ini(std::string_view input);
void read_inventory(std::string_view input);
void read_json(std::string_view input);
void read_stages(std::string_view input);
void read_template(std::string_view input);
void read_yaml(std::string_view input);

/// All of them.
const std::vector<FuzzTarget>& fuzz_targets();

/// Renders what is told of the input, and looks whether each place that it names lies within the text.
void check(const Diagnostics& diagnostics);
void check(const Mistakes& mistakes);

/// Throws when the values differ; NaN is NaN here. `how` is what made the second of the first.
void expect_same(const Value& first, const Value& second, std::string_view how);

/// Whether the text asks for secrets. What reads users' files would open files and run commands then: an input must not
/// get there, whatever it says.
bool asks_for_secrets(std::string_view input);

/// The input as a file.
std::shared_ptr<const Source> source_of(std::string_view input);

}  // namespace espresso
