#include "ssh/config_reader.h"

#include "ssh/config_condition.h"
#include "ssh/config_keywords.h"
#include "ssh/config_tokens.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace espresso {

namespace {

constexpr int deepest_include = 16;        // as ssh has it
constexpr std::size_t most_mistakes = 50;  // what is no configuration at all need not be told line by line

// A file that others than this user could have written must not tell which commands to run. A group that is this user's
// alone is no danger (Debian's ssh looks at it likewise).
bool is_written_by_others(const struct stat& status, const LocalUser& user) {
  if (status.st_uid != 0 && status.st_uid != user.id) return true;
  if ((status.st_mode & S_IWOTH) != 0) return true;
  if ((status.st_mode & S_IWGRP) == 0) return false;
  const group* const owner = ::getgrgid(status.st_gid);
  if (!owner || owner->gr_name != user.name) return true;
  for (char** member = owner->gr_mem; *member; ++member)
    if (user.name != *member) return true;
  return false;
}

// Names of the files a pattern stands for, as glob(7) with a tilde.
std::vector<std::string> files_of(const ConfigLine& line, const ConfigWord& word, const std::string& pattern) {
  glob_t found{};
  const int result = ::glob(pattern.c_str(), 0, nullptr, &found);
  std::vector<std::string> paths;
  if (result == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (result != 0 && result != GLOB_NOMATCH) line.fail(word, fmt::format("cannot look for '{}'", pattern));
  return paths;
}

class ConfigReader {
 public:
  explicit ConfigReader(const LocalUser& user) : user_(user) {}

  ConfigFiles read(const std::string& file, const std::vector<std::string>& options) {
    for (const auto& option : options) read_option(option);
    try {
      read_files(file);
    } catch (const Enough&) {
    } catch (const Mistakes& mistakes) {
      diagnostics_.add(mistakes);
    }
    diagnostics_.throw_if_any();
    return std::move(result_);
  }

 private:
  // Ends the reading: files that include themselves twice would be read 2^16 times.
  struct Enough {};

  // Which keywords may be unknown. What a block for some hosts says is taken to hold for all: ssh would refuse the file
  // for the others.
  struct IgnoreUnknown {
    std::vector<std::string> lists;
    bool is_settled = false;  // said for all hosts: later lists do not count
  };

  void read_files(const std::string& file) {
    if (file.empty()) {
      read_default(user_.home + "/.ssh/config", true);
      read_default(user_.system_folder + "/ssh_config", false);
    } else if (!equal_but_for_case(file, "none")) {
      result_.files.push_back(read_source(load_source(file), true, 0));
    }
  }

  void read_option(const std::string& text) {
    const auto source = std::make_shared<const Source>(Source{.name = "-o", .text = text});
    ConfigBlock block;
    try {
      auto line = take_apart(source, 1, text, true);
      if (!line) return;
      const std::string keyword = to_lower(line->keyword.text);
      if (kind_of_keyword(keyword) == KeywordKind::structure)
        line->fail(line->keyword, fmt::format("'{}' is no option of the command line", line->keyword.text),
                   "write it into a file and name that with '-F'");
      read_statement(*line, keyword, block, true);
    } catch (const Mistakes& mistakes) {
      diagnostics_.add(mistakes);
    }
    for (auto& item : block.items) result_.options.push_back(std::move(item.effect));
  }

  void read_default(const std::string& path, bool from_user) {
    struct stat status {};
    // As ssh, what was not named need not be readable.
    if (::stat(path.c_str(), &status) != 0 || S_ISDIR(status.st_mode) || ::access(path.c_str(), R_OK) != 0) return;
    if (from_user) refuse_if_written_by_others(path, {});
    result_.files.push_back(read_source(load_source(path), from_user, 0));
  }

  void refuse_if_written_by_others(const std::string& path, const Span& included_at) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !is_written_by_others(status, user_)) return;
    Diagnostic mistake{.span = {.source = std::make_shared<Source>(Source{path, {}})},
                       .message = "others than you can write to this file",
                       .hint = fmt::format("run 'chown {} {}' and 'chmod go-w {}'", user_.name, path, path)};
    if (included_at.source) mistake.notes.push_back({.span = included_at, .message = "included here"});
    throw Mistakes(std::move(mistake));
  }

  std::shared_ptr<const ConfigFile> read_source(const std::shared_ptr<const Source>& source, bool from_user,
                                                int depth) {
    auto file = std::make_shared<ConfigFile>();
    file->blocks.emplace_back();
    const bool is_always_outside = is_always_;
    const std::string_view text = source->text;
    std::size_t number = 0;
    for (std::size_t start = 0; start < text.size();) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      try {
        if (auto line = take_apart(source, ++number, text.substr(start, end - start), from_user))
          read_line(*line, *file, depth, is_always_outside);
      } catch (const Mistakes& mistakes) {
        diagnostics_.add(mistakes);
        if (diagnostics_.size() >= most_mistakes) throw Enough();
      }
      start = end + 1;
    }
    is_always_ = is_always_outside;
    file->index();
    return file;
  }

  // Nothing for empty lines and comments.
  static std::optional<ConfigLine> take_apart(const std::shared_ptr<const Source>& source, std::size_t number,
                                              std::string_view text, bool from_user) {
    text = text.substr(0, text.find('\0'));
    text = text.substr(0, text.find_last_not_of(" \t\r\n\f") + 1);
    ConfigLine line{.source = source, .number = number, .text = text, .from_user = from_user};
    DelimitedWords words(text, 0);
    auto keyword = words.next();
    if (keyword && keyword->text.empty()) keyword = words.next();
    if (!keyword || keyword->text.empty() || keyword->text.starts_with('#')) return std::nullopt;
    line.keyword = *keyword;
    line.value_offset = std::min(text.find_first_not_of(" \t\r\n", words.offset()), text.size());
    if (line.value_offset >= text.size())
      line.fail(line.keyword, fmt::format("'{}' has no value", line.keyword.text), "write one behind it");
    return line;
  }

  void read_line(ConfigLine& line, ConfigFile& file, int depth, bool is_always_outside) {
    const std::string keyword = to_lower(line.keyword.text);
    if (keyword != "host" && keyword != "match") {
      if (keyword != "include") return read_statement(line, keyword, file.blocks.back(), is_always_);
      split_line(line);
      return read_include(line, file.blocks.back(), depth);
    }
    // Lines after a bad Host or Match belong to it too.
    is_always_ = false;
    file.blocks.push_back({.kind = keyword == "host" ? ConfigBlock::Kind::host : ConfigBlock::Kind::match});
    ConfigBlock& block = file.blocks.back();
    split_line(line);
    if (keyword == "host") {
      block.patterns = read_host_patterns(line);
      const bool has_all = block.patterns.size() == 1 && block.patterns[0].text == "*" && !block.patterns[0].is_negated;
      is_always_ = is_always_outside && has_all;
      return;
    }
    block.criteria = read_match_criteria(line);
    for (const auto& criterion : block.criteria)
      if (criterion.kind == MatchCriterion::Kind::final_pass && criterion.argument.text == "final")
        result_.wants_final_pass = true;
    const bool has_all = block.criteria.size() == 1 && block.criteria[0].kind == MatchCriterion::Kind::all &&
                         !block.criteria[0].is_negated;
    is_always_ = is_always_outside && has_all;
  }

  static void split_line(ConfigLine& line) {
    std::optional<std::size_t> open_quote;
    line.values = split_values(line.text, line.value_offset, open_quote);
    if (open_quote)
      line.fail({.text = {}, .offset = *open_quote, .length = line.text.size() - *open_quote},
                "this quote is not closed", "close it, or write a backslash before it");
  }

  void read_statement(ConfigLine& line, const std::string& keyword, ConfigBlock& block, bool is_always) {
    const auto kind = kind_of_keyword(keyword);
    if (kind == KeywordKind::unknown && !may_be_unknown(keyword)) {
      std::string hint = suggest_keyword(line.keyword.text);
      if (hint.empty()) hint = "remove it, or name it in 'IgnoreUnknown' above";
      line.fail(line.keyword, fmt::format("unknown keyword '{}'", line.keyword.text), std::move(hint));
    }
    split_line(line);
    if (keyword == "ignoreunknown") {
      const std::string list = line.take().text;
      refuse_more(line);
      if (!ignore_unknown_.is_settled) ignore_unknown_.lists.push_back(list);
      ignore_unknown_.is_settled |= is_always;
    }
    if (kind != KeywordKind::setting) return;
    auto effect = read_setting(line, keyword);
    refuse_more(line);
    if (effect) block.items.push_back({.effect = std::move(effect)});
  }

  static void refuse_more(ConfigLine& line) {
    if (const ConfigWord* word = line.take_if_any())
      line.fail(*word, fmt::format("'{}' is more than '{}' takes", word->text, line.keyword.text),
                "remove it, or quote a value that holds spaces");
  }

  bool may_be_unknown(const std::string& keyword) const {
    for (const auto& list : ignore_unknown_.lists)
      if (match_ssh_patterns(keyword, list, true) == ListMatch::positive) return true;
    return false;
  }

  void read_include(ConfigLine& line, ConfigBlock& block, int depth) {
    while (const ConfigWord* word = line.take_if_any()) {
      if (word->text.empty()) line.fail(*word, "'Include' has an empty value", "remove it");
      std::string pattern = word->text;
      if (pattern.starts_with('~')) {
        if (!line.from_user)
          line.fail(*word, fmt::format("'{}' stands in a file for all users", pattern), "write an absolute path");
        pattern = expand_home({.text = pattern, .place = line.place(*word)}, user_);
      } else if (!pattern.starts_with('/')) {
        pattern = (line.from_user ? user_.home + "/.ssh" : user_.system_folder) + "/" + pattern;
      }
      for (const auto& path : files_of(line, *word, pattern)) include(path, line, *word, block, depth + 1);
    }
  }

  void include(const std::string& path, const ConfigLine& line, const ConfigWord& word, ConfigBlock& block, int depth) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 && errno == ENOENT) return;  // a link to nowhere
    if (!S_ISREG(status.st_mode)) return;                               // a pipe would hold up the run
    if (depth > deepest_include) {
      diagnostics_.add(line.place(word),
                       fmt::format("'{}' is included in more than {} files, one in the other", path, deepest_include),
                       "let no file include itself");
      throw Enough();
    }
    refuse_if_written_by_others(path, line.place(word));
    block.items.push_back({.included = read_source(load_source(path), line.from_user, depth)});
  }

  const LocalUser& user_;
  ConfigFiles result_;
  Diagnostics diagnostics_;
  IgnoreUnknown ignore_unknown_;
  bool is_always_ = true;  // the lines being read count for every host
};

}  // namespace

ConfigFiles read_config_files(const std::string& file, const std::vector<std::string>& options, const LocalUser& user) {
  return ConfigReader(user).read(file, options);
}

}  // namespace espresso
