#include "cli/run_journal.h"

#include "cli/version.h"
#include "core/account.h"
#include "core/hash.h"
#include "core/secrets.h"
#include "core/text.h"
#include "report/journal.h"

#include <cstdlib>
#include <unistd.h>

namespace espresso {

namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string user_name() { return own_account().name.empty() ? std::to_string(::getuid()) : own_account().name; }

// What --set says may be a secret that only turned out to be one: masked as all that is told.
void put_words(const std::vector<std::string>& words, RunHeader& header) {
  for (const auto& word : words) {
    header.words.push_back(known_secrets().mask(word));
    header.masked = header.masked || header.words.back() != word;
  }
}

}  // namespace

fs::path runs_folder() {
  // "All paths set in these environment variables must be absolute" else ignored, as the specification has it.
  const fs::path state = environment("XDG_STATE_HOME");
  return (state.is_absolute() ? state : fs::path(home_directory()) / ".local/state") / "espresso/runs";
}

std::map<std::string, std::string> stage_files(const Project& project) {
  std::map<std::string, std::string> files;
  for (const auto& turn : project.order) {
    if (const auto source = turn.stage->span().source; source && !files.contains(source->name))
      files[source->name] = sha256(source->text);
  }
  return files;
}

RunHeader run_header(const Settings& settings, const Project& project) {
  RunHeader header{.folder = fs::current_path().string(),
                   .user = user_name(),
                   .program = std::string(trim(version_text())),
                   .resumes = settings.continued ? settings.continued->id : "",
                   .stage_files = stage_files(project)};
  put_words(settings.words, header);
  return header;
}

std::unique_ptr<Reporter> make_run_journal(const Settings& settings, const Project& project, Reporter& next) {
  return make_journal({.folder = runs_folder(), .keep = settings.keep_runs}, run_header(settings, project), next);
}

}  // namespace espresso
