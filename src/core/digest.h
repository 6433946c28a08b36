#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace espresso {

/// Digests that are known: "md5", "sha1", "sha224", "sha256", "sha384", "sha512". In lower-case hexadecimal; nothing
/// for another algorithm.
std::optional<std::string> digest(std::string_view algorithm, std::string_view data);

/// The bytes of a text in Base64 (RFC 4648, 4), white space in it ignored; nothing when it is none.
std::optional<std::string> bytes_of_base64(std::string_view text);

}  // namespace espresso
