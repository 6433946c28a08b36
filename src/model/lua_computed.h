#pragma once

#include "model/expression.h"

namespace espresso {

/// What a Computed is made of.
struct Computed::Data {
  enum class Kind { constant, text, list, map };
  /// Literal text, or the inside of one `{{ }}`.
  struct Piece {
    std::string literal = {};
    std::optional<Expression> expression = {};
  };

  Kind kind = Kind::constant;
  Value value;                                            ///< of a constant
  std::vector<Piece> pieces;                              ///< of a text
  std::vector<Computed> items;                            ///< of a list
  std::vector<std::pair<std::string, Computed>> entries;  ///< of a mapping
  Span span;
  std::string text;  ///< as it was written
};

}  // namespace espresso
