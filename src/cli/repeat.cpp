#include "cli/repeat.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace espresso {

namespace {

namespace fs = std::filesystem;

/// In another folder, until its end.
class Elsewhere {
 public:
  explicit Elsewhere(const std::string& folder) : before_(fs::current_path()) {
    std::error_code error;
    fs::current_path(folder, error);
    if (error)
      throw Mistakes(Diagnostic{
          .span = {}, .message = fmt::format("cannot go to '{}', where it was begun: {}", folder, error.message())});
  }
  Elsewhere(const Elsewhere&) = delete;
  Elsewhere& operator=(const Elsewhere&) = delete;
  ~Elsewhere() {
    std::error_code ignored;
    fs::current_path(before_, ignored);
  }

 private:
  fs::path before_;
};

// The command line without the command and its word.
std::vector<std::string> own_options(std::vector<std::string> words, const EarlierWords& earlier) {
  const auto command = std::find(words.begin(), words.end(), earlier.command);
  if (command == words.end()) return {};
  const auto after = words.erase(command);
  if (const auto found = std::find(after, words.end(), earlier.word); found != words.end()) words.erase(found);
  return words;
}

}  // namespace

ExitStatus repeat(const Context& context, const EarlierWords& earlier, const std::function<void(Settings&)>& adjust) {
  std::vector<std::string> words = own_options(context.settings.words, earlier);
  words.insert(words.end(), earlier.of.words.begin(), earlier.of.words.end());
  const Elsewhere there(earlier.of.folder);
  return call_again(context, std::move(words), adjust);
}

}  // namespace espresso
