#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// Shorter texts are found everywhere by chance.
constexpr std::size_t shortest_masked_form = 4;

/// How a secret may stand in a text that must not show it: as it is, quoted for a shell in any usual way, escaped as in
/// JSON or for a terminal, percent-encoded (RFC 3986, and as forms are), in hexadecimal, in base64 (RFC 4648, at each
/// of its three alignments). Of a secret of several lines each line counts, too. None holds a newline.
std::vector<std::string> forms_of_secret(std::string_view secret);

}  // namespace espresso
