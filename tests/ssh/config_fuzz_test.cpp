#include "config_grammar.h"
#include "core/diagnostic.h"
#include "core/text.h"
#include "process.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace espresso::testing {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text ? std::stoull(text) : otherwise;
}

class ConfigFuzz : public ::testing::Test {
 protected:
  ConfigFuzz() { ::unsetenv("NOT_SET_ANYWHERE"); }
  // ESPRESSO_SEED and ESPRESSO_ROUNDS look for more; a failure tells its seed.
  std::uint64_t seed_ = number_from("ESPRESSO_SEED", 1);
  TemporaryFolder folder_;
};

TEST_F(ConfigFuzz, ConfigurationsAtRandomAreUnderstoodAsByOpenSsh) {
  const std::uint64_t rounds = number_from("ESPRESSO_ROUNDS", 300);
  std::cout << "seeds " << seed_ << " to " << seed_ + rounds - 1 << "\n";
  std::size_t refused = 0;
  for (std::uint64_t seed = seed_; seed < seed_ + rounds; ++seed) {
    ConfigGrammar grammar(seed);
    const std::string inner = grammar.file({});
    const std::string outer = grammar.file({folder_ / "inner"});
    const std::string text = grammar.file({folder_ / "inner", folder_ / "outer", folder_ / "*er", folder_ / "no*"});
    write_file(folder_ / "inner", inner);
    write_file(folder_ / "outer", outer);
    write_file(folder_ / "config", text);
    const auto words = grammar.question();
    std::string refusal;
    const auto ours = answer_of_espresso(folder_ / "config", words, refusal);
    if (!ours) ++refused;
    ASSERT_EQ(difference(answer_of_ssh(folder_ / "config", words), ours), "")
        << "ESPRESSO_SEED=" << seed << " asks: " << join(words, " ") << "\n"
        << refusal << "--- config\n"
        << text << "--- outer\n"
        << outer << "--- inner\n"
        << inner;
  }
  // Neither do all of them hold a mistake, nor none.
  EXPECT_LT(refused, rounds / 2);
  EXPECT_GT(refused, rounds / 100);
}

// Bytes of the corpus changed, taken away, put in and moved.
std::string mutated(std::string text, ConfigGrammar& random) {
  constexpr std::string_view telling = "\"'\\ \t\n\r=#!*?,%${}@[]:-+^\0~\xff";
  for (std::size_t left = 1 + random.below(6); left > 0 && !text.empty(); --left) {
    const std::size_t at = random.below(text.size());
    switch (random.below(4)) {
      case 0:
        text[at] = telling[random.below(telling.size())];
        break;
      case 1:
        text.erase(at, 1 + random.below(8));
        break;
      case 2:
        text.insert(at, 1,
                    random.one_in(3) ? static_cast<char>(random.below(256)) : telling[random.below(telling.size())]);
        break;
      default:
        text.insert(at, text.substr(random.below(text.size()), random.below(20)));
    }
  }
  return text;
}

TEST_F(ConfigFuzz, ChangedConfigurationsEndInAnAnswerOrInMistakes) {
  // Commands that no one wrote are better not run.
  const char* const shell = std::getenv("SHELL");
  const std::string shell_before = shell ? shell : "/bin/sh";
  ::setenv("SHELL", "/bin/true", 1);
  const HostLookup nowhere = [](const std::string&, AddressFamily) { return std::optional<std::string>(); };
  const std::string file = folder_ / "config";
  ConfigGrammar random(seed_);
  std::size_t answers = 0;
  std::size_t refusals = 0;
  for (const auto& entry : std::filesystem::directory_iterator(ESPRESSO_SOURCE_DIR "/tests/ssh/configs")) {
    if (entry.is_directory()) continue;
    const std::string text = read_file(entry.path());
    if (text.find("Include") != std::string::npos) continue;  // it might come to stand for any file of this machine
    for (int again = 0; again < 40; ++again) {
      write_file(file, mutated(text, random));
      try {
        const auto config = SshConfig::load(file, {mutated("IdentityFile=~/%h", random)}, local_user(), nowhere);
        for (const auto* host : {"h", "x", "web1", "a.b.c", "::1"}) config.resolve({.host = host});
        ++answers;
      } catch (const Mistakes& mistakes) {
        EXPECT_NE(std::string_view(mistakes.what()), "") << entry.path();
        ++refusals;
      }
    }
  }
  ::setenv("SHELL", shell_before.c_str(), 1);
  EXPECT_GT(answers, 0U);
  EXPECT_GT(refusals, 0U);
}

}  // namespace
}  // namespace espresso::testing
