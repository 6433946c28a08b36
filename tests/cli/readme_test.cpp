#include "command_line.h"

#include "core/text.h"
#include "helpers/operation.h"
#include "model/inventory.h"
#include "model/stage_file.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

namespace espresso {
namespace {

using testing::CommandLine;

const std::string path = ESPRESSO_SOURCE_DIR "/README.md";

std::string readme() {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Block {
  std::string language;  ///< of a fenced one; empty: indented, or fenced without
  std::vector<std::string> lines;

  std::string text() const { return join(lines, "\n") + "\n"; }
};

std::vector<Block> code_blocks() {
  std::vector<Block> blocks;
  bool is_fenced = false;
  for (const auto& line : split(readme(), '\n')) {
    if (line.starts_with("```")) {
      is_fenced = !is_fenced;
      if (is_fenced) blocks.push_back({.language = line.substr(3), .lines = {}});
    } else if (is_fenced) {
      blocks.back().lines.push_back(line);
    } else if (line.starts_with("    ")) {
      blocks.push_back({.language = {}, .lines = {line.substr(4)}});
    }
  }
  return blocks;
}

/// The words of a line as a shell reads them: quotes, and what follows # or > is left out.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  bool is_begun = false;
  for (const char c : line + " ") {
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      is_begun = true;
    } else if ((c == '#' || c == '>') && !is_begun) {
      break;
    } else if (c != ' ') {
      word += c;
      is_begun = true;
    } else if (is_begun) {
      words.push_back(std::exchange(word, {}));
      is_begun = false;
    }
  }
  return words;
}

/// What stands in back quotes in the first column of the tables.
std::vector<std::string> quoted_in_first_columns(const std::string& text) {
  std::vector<std::string> found;
  for (const auto& line : split(text, '\n')) {
    if (!line.starts_with("| `")) continue;
    // "\|" is no end of a column.
    std::size_t end = line.find('|', 1);
    while (end != std::string::npos && line[end - 1] == '\\') end = line.find('|', end + 1);
    const auto parts = split(line.substr(0, end), '`');
    for (std::size_t i = 1; i < parts.size(); i += 2) found.push_back(parts[i]);
  }
  return found;
}

std::string section(const std::string& title) {
  const std::string text = readme();
  const std::size_t begin = text.find("\n## " + title + "\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find("\n## ", begin + 1) - begin);
}

void expect_accepted(const std::vector<std::string>& words, const std::string& line) {
  try {
    check_words(words);
  } catch (const Mistakes& mistakes) {
    ADD_FAILURE() << line << "\n" << mistakes.what();
  }
}

TEST(Readme, ItsCommandLinesAreUnderstood) {
  std::size_t count = 0;
  for (const auto& block : code_blocks()) {
    for (const auto& line : block.lines) {
      if (!line.starts_with("espresso ")) continue;
      ++count;
      auto words = words_of(line);
      words.erase(words.begin());
      expect_accepted(words, line);
    }
  }
  EXPECT_GT(count, 8u);
}

TEST(Readme, ItsOptionsExist) {
  const std::string help = CommandLine::espresso({"--help"}).out;
  std::vector<std::string> options;
  for (const auto& word : quoted_in_first_columns(section("Commands and options"))) {
    if (word.starts_with("-")) options.push_back(word);
  }
  EXPECT_GT(options.size(), 25u);
  for (const auto& option : options) EXPECT_THAT(help, ::testing::ContainsRegex("[ \n]" + option + "[ ,\n]")) << option;
}

TEST(Help, ItsExamplesAreUnderstood) {
  std::vector<std::vector<std::string>> commands = {{}};
  for (const auto& line : split(CommandLine::espresso({"doc", "commands", "--format", "markdown"}).out, '\n')) {
    if (line.starts_with("| `espresso ")) commands.push_back({split(line, ' ')[2]});
  }
  EXPECT_GT(commands.size(), 12u);
  std::size_t count = 0;
  for (auto& command : commands) {
    if (!command.empty()) std::erase(command.front(), '`');
    command.emplace_back("--help");
    const std::string help = CommandLine::espresso(command).out;
    const std::size_t begin = help.find("\nEXAMPLES\n");
    if (begin == std::string::npos) continue;
    for (const auto& line : split(help.substr(begin, help.find("\nOPTIONS\n") - begin), '\n')) {
      if (!line.starts_with("  ")) continue;
      ++count;
      auto words = words_of(line);
      ASSERT_EQ(words.front(), "espresso") << line;
      words.erase(words.begin());
      expect_accepted(words, line);
    }
  }
  EXPECT_GT(count, 20u);
}

TEST(Readme, ItsStagesAndInventoriesAreRight) {
  Catalog catalog;
  Evaluator evaluator;
  Binder binder(catalog, evaluator);
  struct Checker : Plan {
    Host any;
    Binder& binder;
    Diagnostics diagnostics = {};
    explicit Checker(Binder& with) : binder(with) {}
    const Host& host() const override { return any; }
    void add(std::shared_ptr<const Call> call) override { binder.check(*call, diagnostics); }
  } checker(binder);
  std::size_t stages = 0, inventories = 0;
  for (const auto& block : code_blocks()) {
    if (block.language != "yaml") continue;
    const auto source = std::make_shared<Source>(Source{"README.md", block.text()});
    if (block.lines.front() == "all:") {
      ++inventories;
      EXPECT_FALSE(Inventory::parse(source).hosts().empty());
      continue;
    }
    const auto files = parse_stages(source, checker.diagnostics);
    for (const auto& component : files.components) catalog.add(component, checker.diagnostics);
    for (const auto& stage : files.stages.all()) {
      ++stages;
      stage->run(checker);
    }
  }
  EXPECT_EQ(stages, 12u);
  EXPECT_EQ(inventories, 2u);
  EXPECT_NO_THROW(checker.diagnostics.throw_if_any());
}

TEST(Readme, ItsHelperIsOne) {
  for (const auto& block : code_blocks()) {
    if (block.language != "sh") continue;
    Diagnostics diagnostics;
    const auto source = std::make_shared<Source>(Source{"README.md", block.text()});
    EXPECT_EQ(parse_helper("my.flag", source, diagnostics).summary, "A flag is raised.");
    EXPECT_NO_THROW(diagnostics.throw_if_any());
    return;
  }
  FAIL() << "there is no example of a helper";
}

TEST(Examples, CanBePlanned) {
  const CommandLine empty_folder;
  const std::string examples = ESPRESSO_SOURCE_DIR "/examples";
  EXPECT_EQ(empty_folder
                .espresso({"plan", "main", "--hosts", "web*", "-S", examples + "/hello/stages.yaml", "-i",
                           examples + "/hello/inventory.yaml"})
                .out,
            "stages: setup-repository, main\n"
            "\n"
            "web[1-3]\n"
            "  setup-repository\n"
            "    fs.ensure_file /etc/apt/sources.list\n"
            "    dpkg.update\n"
            "  main\n"
            "    dpkg.ensure_installed hello tree\n");
  EXPECT_EQ(empty_folder
                .espresso({"plan", "main", "--hosts", "web1", "-S", examples + "/unprivileged/stages.yaml", "-i",
                           examples + "/hello/inventory.yaml", "-e", "scratch=/tmp/x"})
                .out,
            "stages: layout, main\n"
            "\n"
            "web1\n"
            "  layout\n"
            "    fs.ensure_directory /tmp/x/releases/1\n"
            "    fs.ensure_symlink /tmp/x/current\n"
            "  main\n"
            "    fs.ensure_file /tmp/x/current/index.html\n"
            "    fs.ensure_absent /tmp/x/current/index.htm\n"
            "    shell.run date -u > '/tmp/x/current/since'\n");
}

std::string table_of(const std::string& topic) {
  const CommandLine empty_folder;
  std::string table;
  for (const auto& line : split(empty_folder.espresso({"doc", topic, "--format", "markdown"}).out, '\n'))
    if (line.starts_with('|')) table += line + "\n";
  return table;
}

// ESPRESSO_ACCEPT=1 rewrites a table. Whoever did that sees it as a failure, and looks at the difference.
TEST(Readme, ItsTablesAreThoseOfTheProgram) {
  for (const std::string topic : {"commands", "exit-status", "helpers", "inventory"}) {
    const std::string begin = "<!-- " + topic + ": from `espresso doc " + topic + " --format markdown` -->\n",
                      end = "<!-- end of " + topic + " -->\n";
    const std::string wanted = table_of(topic);
    std::string text = readme();
    const std::size_t from = text.find(begin) + begin.size(), to = text.find(end);
    ASSERT_NE(to, std::string::npos) << topic;
    ASSERT_NE(text.find(begin), std::string::npos) << topic;
    const std::string found = text.substr(from, to - from);
    if (found == wanted) continue;
    if (std::getenv("ESPRESSO_ACCEPT")) {
      std::ofstream(path, std::ios::binary) << text.replace(from, to - from, wanted);
      ADD_FAILURE() << "rewritten: " << path;
      continue;
    }
    EXPECT_EQ(found, wanted) << "run this test with ESPRESSO_ACCEPT=1 to rewrite the table";
  }
}

}  // namespace
}  // namespace espresso
