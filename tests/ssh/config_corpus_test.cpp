#include "config_oracle.h"
#include "core/text.h"
#include "process.h"
#include "ssh/config_words.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace espresso::testing {
namespace {

const std::filesystem::path corpus = ESPRESSO_SOURCE_DIR "/tests/ssh/configs";

std::vector<std::string> names_of_corpus() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(corpus))
    if (entry.path().extension() == ".conf") names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

std::string with_folder(std::string text, const std::string& folder) {
  const std::string mark = "@DIR@";
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos;) text.replace(at, mark.size(), folder);
  return text;
}

// "# ask: words" in front of a file.
std::vector<SshWords> questions_of(const std::string& text) {
  constexpr std::string_view mark = "# ask: ";
  std::vector<SshWords> questions;
  for (const auto& line : split(text, '\n')) {
    if (!line.starts_with(mark)) continue;
    std::optional<std::size_t> open_quote;
    SshWords words;
    for (auto& word : split_values(trim(line), mark.size(), open_quote)) words.push_back(std::move(word.text));
    questions.push_back(std::move(words));
  }
  return questions;
}

class ConfigCorpus : public ::testing::TestWithParam<std::string> {
 protected:
  ConfigCorpus() {
    ::setenv("USER_OF_THE_CORPUS", "value", 1);
    ::unsetenv("NOT_SET_ANYWHERE");
    std::filesystem::create_directory(folder_ / "included");
    for (const auto& entry : std::filesystem::directory_iterator(corpus / "included"))
      write_file(folder_ / ("included/" + entry.path().filename().string()),
                 with_folder(read_file(entry.path()), folder_ / ""));
  }
  TemporaryFolder folder_;
};

TEST_P(ConfigCorpus, IsUnderstoodAsByOpenSsh) {
  const std::string file = folder_ / "config";
  const std::string text = read_file(corpus / (GetParam() + ".conf"));
  write_file(file, with_folder(text, folder_ / ""));
  const auto questions = questions_of(text);
  ASSERT_FALSE(questions.empty()) << "the file asks nothing";
  for (const auto& words : questions) {
    std::string refusal;
    const auto ours = answer_of_espresso(file, words, refusal);
    EXPECT_EQ(difference(answer_of_ssh(file, words), ours), "") << join(words, " ") << "\n" << refusal;
  }
}

INSTANTIATE_TEST_SUITE_P(All, ConfigCorpus, ::testing::ValuesIn(names_of_corpus()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace espresso::testing
