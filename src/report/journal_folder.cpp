#include "report/journal_folder.h"

#include "core/descriptor.h"
#include "core/error.h"
#include "report/event_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace espresso {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view ending = ".jsonl";
// The last line of a run that ended is much shorter.
constexpr std::streamoff longest_end = std::streamoff{64} * 1024;

fs::path path_of(const fs::path& folder, const std::string& id) { return folder / (id + std::string(ending)); }

Error cannot(const char* what, const fs::path& path) {
  return Error(fmt::format("cannot {} '{}': {}", what, path.string(), std::strerror(errno)));
}

Error not_one(const fs::path& path, RunHeader::Kind kind) {
  if (kind == RunHeader::Kind::plan)
    return Error(fmt::format("'{}' is no plan", path.string()), "write one with 'espresso plan STAGE --out FILE'");
  return Error(fmt::format("'{}' is no journal of a run", path.string()), "remove it, if nothing else needs it");
}

// Whoever writes it holds a lock on it, which goes with the program however that ends.
bool is_being_written(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return false;
  return ::flock(file.number(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

std::ifstream opened(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw cannot("read", path);
  return file;
}

// A line that ends with a newline; what a killed program left of one is none.
bool whole_line(std::istream& file, std::string& line) { return std::getline(file, line) && !file.eof(); }

RunHeader read_header(std::istream& file, const fs::path& path, RunHeader::Kind kind) {
  std::string line;
  std::optional<RunHeader> header;
  if (whole_line(file, line)) header = parse_header(line);
  if (!header || header->kind != kind) throw not_one(path, kind);
  return *header;
}

std::optional<Event> last_event(std::istream& file) {
  file.clear();
  file.seekg(0, std::ios::end);
  const std::streamoff size = file.tellg();
  file.seekg(std::max<std::streamoff>(0, size - longest_end));
  std::ostringstream end;
  end << file.rdbuf();
  const std::string text = end.str();
  if (!text.ends_with('\n')) return std::nullopt;
  const std::size_t before = text.rfind('\n', text.size() - 2);
  return before == std::string::npos ? std::nullopt : parse_event(std::string_view(text).substr(before + 1));
}

RunRecord::State state_of(const Event& run_finished) {
  return run_finished.interrupted ? RunRecord::State::interrupted : RunRecord::State::finished;
}

void make_private(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) throw cannot("make", folder);
}

}  // namespace

void make_journal_folder(const fs::path& folder) {
  std::vector<fs::path> missing;
  std::error_code ignored;
  for (fs::path place = folder; !place.empty() && !fs::exists(place, ignored); place = place.parent_path())
    missing.push_back(place);
  for (; !missing.empty(); missing.pop_back()) make_private(missing.back());
  struct stat status {};
  const bool is_open = ::stat(folder.c_str(), &status) == 0 && (status.st_mode & 077U) != 0;
  if (is_open && ::chmod(folder.c_str(), 0700) != 0) throw cannot("keep others out of", folder);
}

std::vector<std::string> journal_ids(const fs::path& folder) {
  std::vector<std::string> ids;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.size() > ending.size() && name.ends_with(ending) && !name.starts_with('.'))
      ids.push_back(name.substr(0, name.size() - ending.size()));
  }
  std::sort(ids.rbegin(), ids.rend());
  return ids;
}

std::size_t remove_old_journals(const fs::path& folder, std::size_t keep) {
  if (keep == 0) return 0;
  const auto ids = journal_ids(folder);
  std::size_t removed = 0;
  for (std::size_t i = keep; i < ids.size(); ++i) {
    const fs::path path = path_of(folder, ids[i]);
    std::error_code error;
    if (!is_being_written(path) && fs::remove(path, error)) ++removed;
  }
  return removed;
}

RunRecord read_run(const fs::path& path, RunHeader::Kind kind) {
  // Before it is read: a run that ends meanwhile was running.
  const bool is_running = is_being_written(path);
  std::ifstream file = opened(path);
  RunRecord record{.header = read_header(file, path, kind)};
  std::string line;
  // What cannot be read is of a newer Espresso, or a disk's: the rest is of use all the same.
  while (whole_line(file, line)) {
    if (auto event = parse_event(line)) record.events.push_back(std::move(*event));
  }
  const bool has_ended = !record.events.empty() && record.events.back().kind == Event::Kind::run_finished;
  if (has_ended)
    record.state = state_of(record.events.back());
  else if (is_running)
    record.state = RunRecord::State::running;
  return record;
}

RunRecord load_run(const fs::path& folder, const std::string& id) {
  RunRecord run = read_run(path_of(folder, id), RunHeader::Kind::run);
  run.header.id = id;
  return run;
}

RunSummary summarize_run(const fs::path& folder, const std::string& id) {
  const fs::path path = path_of(folder, id);
  std::ifstream file = opened(path);
  RunSummary summary{.header = read_header(file, path, RunHeader::Kind::run)};
  summary.header.id = id;
  if (const auto last = last_event(file); last && last->kind == Event::Kind::run_finished) {
    summary.state = state_of(*last);
    summary.check = last->check;
    summary.counts = last->counts;
    summary.duration = last->duration;
    for (const auto& [outcome, count] : last->counts) summary.hosts += count;
    return summary;
  }
  const RunRecord record = load_run(folder, id);
  summary.state = record.state;
  for (const auto& event : record.events) {
    if (event.kind == Event::Kind::run_started) {
      summary.hosts = event.hosts.size();
      summary.check = event.check;
    }
    if (event.kind == Event::Kind::host_finished) ++summary.counts[event.outcome];
  }
  return summary;
}

}  // namespace espresso
