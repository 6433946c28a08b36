#pragma once

#include "model/value.h"

#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// What an operation told about itself by name (`tell` in prelude.sh): becomes fields of the result that `register`
/// keeps. Hosts are not trusted: names, count and size are bounded, and what is beyond is left out and said to be.
class ToldValues {
 public:
  /// One record: the name, and a text behind the letter that says what it is (protocol.h).
  void take(std::string_view name, std::string_view marked);
  /// Whether something was left out.
  bool is_cut() const { return is_cut_; }
  Map values() const;

 private:
  struct Told {
    std::string name;
    char mark;
    std::string text;
  };
  std::vector<Told> told_;
  std::vector<std::string> names_;
  std::size_t size_ = 0;
  bool is_cut_ = false;
};

}  // namespace espresso
