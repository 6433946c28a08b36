#pragma once

#include "cli/program.h"
#include "core/temporary_folder.h"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace espresso::testing {

/// What the program answered.
struct Answer {
  int status = 0;
  std::string out;
  std::string err;

  bool operator==(const Answer&) const = default;
  friend std::ostream& operator<<(std::ostream& stream, const Answer& answer) {
    return stream << "exit status " << answer.status << "\n--- out\n" << answer.out << "--- err\n" << answer.err;
  }
};

/// An environment variable, as it was before when the test ends. No value: it is not set.
class Environment {
 public:
  Environment(std::string name, const std::optional<std::string>& value) : name_(std::move(name)) {
    if (const char* before = std::getenv(name_.c_str())) before_ = before;
    set(value);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { set(before_); }

 private:
  void set(const std::optional<std::string>& value) const {
    if (value) setenv(name_.c_str(), value->c_str(), 1);
    if (!value) unsetenv(name_.c_str());
  }

  std::string name_;
  std::optional<std::string> before_;
};

/// A shell in an empty folder, in which one types `espresso …`.
class CommandLine {
 public:
  CommandLine() : before_(std::filesystem::current_path()) { std::filesystem::current_path(folder_.path()); }
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;
  ~CommandLine() { std::filesystem::current_path(before_); }

  void write(const std::filesystem::path& file, const std::string& text) const {
    const auto path = folder_.path() / file;
    std::filesystem::create_directories(path.parent_path());
    folder_.write(file.string(), text);
  }

  static Answer espresso(const std::vector<std::string>& words) {
    std::ostringstream out, err;
    Output output{.out = out, .err = err};
    const auto status = run_program(words, {}, output);
    return {.status = static_cast<int>(status), .out = out.str(), .err = err.str()};
  }

 private:
  TemporaryFolder folder_, state_;
  std::filesystem::path before_;
  // Nobody's own files play a part.
  Environment home_{"HOME", "/nonexistent"}, config_{"XDG_CONFIG_HOME", "/nonexistent"},
      state_home_{"XDG_STATE_HOME", state_.path().string()}, agent_{"SSH_AUTH_SOCK", std::nullopt};
};

}  // namespace espresso::testing
