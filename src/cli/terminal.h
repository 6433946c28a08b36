#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace espresso {

/// A terminal on which the user is asked something.
class Terminal {
 public:
  /// Closes the descriptor in the end.
  explicit Terminal(int descriptor);
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  /// What was typed before answers nothing.
  void forget_typed();
  void write(std::string_view text) const;
  /// Nothing at the end of the terminal, and from an interrupt on.
  std::optional<std::string> read_line();
  /// For any thread.
  void interrupt() noexcept;

 private:
  int descriptor_;
  int wake_;
  std::string typed_;
};

/// The one this program belongs to; null when there is none.
std::unique_ptr<Terminal> open_terminal();

}  // namespace espresso
