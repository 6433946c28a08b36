#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// What is written about a run before it begins: the first line of its journal, or of the file of its plan.
struct RunHeader {
  enum class Kind { run, plan };
  Kind kind = Kind::run;
  std::string id = {};                  ///< chosen when the journal is begun
  std::string time = {};                ///< when it began, RFC 3339
  std::vector<std::string> words = {};  ///< of the command line, behind the program's name; secrets are masked
  bool masked = false;                  ///< some were: the words alone do not make the same run again
  std::string folder = {};              ///< where it was started
  std::string user = {};                ///< who started it
  std::string program = {};             ///< with which version of Espresso
  std::string resumes = {};             ///< the run that it goes on with
  std::map<std::string, std::string> stage_files = {};  ///< by name: SHA-256 of what they held
};

/// The first line of a journal, its newline included.
std::string header_line(const RunHeader& header);
/// Nothing when the line is none.
std::optional<RunHeader> parse_header(std::string_view line);

}  // namespace espresso
