#include "ssh/known_hosts_file.h"

#include "core/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace espresso {
namespace {

using Marker = KnownHostsLine::Marker;

// Fewer found lines than these are not worth to be left out.
constexpr std::size_t least_found_lines = 64;

struct OpenFile {
  int descriptor;
  ~OpenFile() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

/// What could be read; errno tells whether that is all.
std::string read_all(int descriptor) {
  std::string text;
  struct stat status {};
  if (::fstat(descriptor, &status) == 0 && status.st_size > 0) text.reserve(static_cast<std::size_t>(status.st_size));
  std::array<char, 65536> piece;
  while (true) {
    const auto got = ::pread(descriptor, piece.data(), piece.size(), static_cast<off_t>(text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) errno = 0;
    if (got <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

template <typename Use>
void for_each_line(std::string_view text, Use use) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    if (auto line = parse_known_hosts_line(text.substr(0, end))) {
      line->number = number;
      use(*line);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string lower(std::string_view text) { return listed_name(text, 22); }

bool lists(const KnownHostsLine& line, const std::string& name) {
  if (!line.is_hashed()) return covers(lower(line.names), name);
  const auto salted = parse_hashed_name(line.names);
  return salted && hash_of_name(salted->salt, name) == salted->hash;
}

bool is_one_word(std::string_view word) {
  return !word.empty() && std::none_of(word.begin(), word.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 127 || std::strchr(",*?!|#@", c) != nullptr;
  });
}

[[noreturn]] void throw_not_written(const std::string& file) {
  throw NotWritten("cannot add a host key to '" + file + "': " + std::strerror(errno),
                   "make the file writable, or name another one");
}

}  // namespace

bool KnownHostsFile::Sight::operator==(const struct stat& status) const {
  return device == status.st_dev && inode == status.st_ino && size == status.st_size &&
         changed.tv_sec == status.st_mtim.tv_sec && changed.tv_nsec == status.st_mtim.tv_nsec;
}

KnownHostsFile::KnownHostsFile(std::string path) : path_(std::move(path)), is_memory_(false) { read(); }

KnownHostsFile::KnownHostsFile(std::string name, std::string_view text) : path_(std::move(name)), is_memory_(true) {
  add_text(std::string(text));
}

void KnownHostsFile::read() {
  const OpenFile opened{::open(path_.c_str(), O_RDONLY | O_CLOEXEC)};
  if (opened.descriptor < 0) {
    if (errno != ENOENT && errno != ENOTDIR) trouble_ = std::strerror(errno);
    return;
  }
  see(opened.descriptor);
  auto text = read_all(opened.descriptor);
  // What cannot be sought, such as a pipe, is read but once, and nothing else can be in it later.
  if (errno == ESPIPE) {
    std::array<char, 4096> piece;
    ssize_t got = 0;
    while ((got = ::read(opened.descriptor, piece.data(), piece.size())) > 0) {
      text.append(piece.data(), static_cast<std::size_t>(got));
    }
    if (got == 0) errno = 0;
  }
  if (errno != 0) trouble_ = std::strerror(errno);
  add_text(std::move(text));
}

void KnownHostsFile::see(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return;
  sight_ = {.device = status.st_dev, .inode = status.st_ino, .size = status.st_size, .changed = status.st_mtim};
}

void KnownHostsFile::add_text(std::string text) {
  const std::string_view all = texts_.emplace_back(std::move(text));
  newlines_ = static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
  last_ = all.empty() ? '\n' : all.back();
  for_each_line(all, [this](const KnownHostsLine& line) { add_line(line); });
}

void KnownHostsFile::add_line(const KnownHostsLine& line) {
  const auto at = static_cast<std::uint32_t>(lines_.size());
  lines_.push_back(line);
  if (line.is_hashed()) {
    hashes_to_add_.push_back(at);
  } else if (line.names.find_first_of("*?!") != std::string_view::npos) {
    patterns_.push_back(at);
    auto lowered = lower(line.names);
    if (lowered != line.names) lines_.back().names = texts_.emplace_back(std::move(lowered));
  } else {
    for (auto names = line.names; !names.empty();) {
      const auto end = std::min(names.find(','), names.size());
      add_name(names.substr(0, end), at);
      names.remove_prefix(std::min(end + 1, names.size()));
    }
  }
}

void KnownHostsFile::add_name(std::string_view name, std::uint32_t line) {
  auto lowered = lower(name);
  if (lowered != name) name = texts_.emplace_back(std::move(lowered));
  names_.emplace(name, line);
}

KnownHostsFile::Lines KnownHostsFile::lines_at(std::vector<std::uint32_t> numbers) const {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  Lines result;
  for (const auto number : numbers) result.push_back(lines_[number]);
  return result;
}

KnownHostsFile::Lines KnownHostsFile::readable_lines(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint32_t> numbers;
  const auto [begin, end] = names_.equal_range(name);
  for (auto it = begin; it != end; ++it) numbers.push_back(it->second);
  for (const auto number : patterns_) {
    if (covers(lines_[number].names, name)) numbers.push_back(number);
  }
  return lines_at(std::move(numbers));
}

void KnownHostsFile::make_hashed() const {
  if (hashes_to_add_.empty()) return;
  auto ordinary = *hashed_;
  auto revoked = *hashed_revoked_;
  for (const auto number : hashes_to_add_) {
    const auto salted = parse_hashed_name(lines_[number].names);
    if (!salted) continue;
    auto& names = lines_[number].marker == Marker::revoked ? revoked : ordinary;
    names.add(salted->salt, salted->hash, number);
  }
  hashes_to_add_.clear();
  hashed_ = std::make_shared<HashedNames>(std::move(ordinary));
  hashed_revoked_ = std::make_shared<HashedNames>(std::move(revoked));
}

KnownHostsFile::Lines KnownHostsFile::hashed_lines(const std::string& name) const {
  std::unique_lock lock(mutex_);
  if (const auto known = found_.find(name); known != found_.end()) return lines_at(known->second);
  make_hashed();
  const auto names = hashed_;
  lock.unlock();
  auto numbers = names->lines_of(name);
  lock.lock();
  const auto [entry, is_new] = found_.try_emplace(name, std::move(numbers));
  if (is_new) {
    found_lines_.insert(found_lines_.end(), entry->second.begin(), entry->second.end());
    if (found_lines_.size() >= std::max(hashed_->size() / 8, least_found_lines)) {
      hashed_ = std::make_shared<HashedNames>(hashed_->without(found_lines_));
      found_lines_.clear();
    }
  }
  return lines_at(entry->second);
}

KnownHostsFile::Lines KnownHostsFile::hashed_revocations(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  make_hashed();
  return hashed_revoked_->size() == 0 ? Lines() : lines_at(hashed_revoked_->lines_of(name));
}

/// This run or another one may have met the host since it was found to be unknown.
bool KnownHostsFile::is_among(const Lines& lines, std::string_view key) const {
  bool has_another = false;
  for (const auto& line : lines) {
    if (line.marker != Marker::none) continue;
    if (line.key == key) return true;
    has_another = has_another || is_key(line.type, line.key);
  }
  if (has_another) throw Unreachable("another host key of it was added to '" + path_ + "' meanwhile", "run again");
  return false;
}

void KnownHostsFile::write(const std::string& line, const KnownHostsLine& known) {
  const auto folder = std::filesystem::path(path_).parent_path();
  if (!folder.empty() && ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) throw_not_written(path_);
  const OpenFile opened{::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600)};
  if (opened.descriptor < 0 || ::flock(opened.descriptor, LOCK_EX) != 0) throw_not_written(path_);
  struct stat status {};
  if (::fstat(opened.descriptor, &status) != 0) throw_not_written(path_);
  if (!(sight_ == status)) {
    const auto text = read_all(opened.descriptor);
    if (errno != 0) throw_not_written(path_);
    Lines news;
    for_each_line(text, [&](const KnownHostsLine& line) {
      if (lists(line, std::string(known.names))) news.push_back(line);
    });
    const bool has_it = is_among(news, known.key);
    newlines_ = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    last_ = text.empty() ? '\n' : text.back();
    see(opened.descriptor);
    if (has_it) return;
  }
  const auto written = last_ == '\n' ? line : "\n" + line;
  const auto size = ::write(opened.descriptor, written.data(), written.size());
  if (size != static_cast<ssize_t>(written.size())) {
    const int reason = size < 0 ? errno : ENOSPC;
    // Half a line would spoil the next one.
    if (size > 0 && ::ftruncate(opened.descriptor, status.st_size) != 0) last_ = 0;
    errno = reason;
    throw_not_written(path_);
  }
  newlines_ += last_ == '\n' ? 1 : 2;
  last_ = '\n';
  see(opened.descriptor);
}

void KnownHostsFile::append(const std::string& name, std::string_view type, std::string_view key, bool hashed) {
  if (!is_one_word(name) || !is_one_word(type) || !is_shaped_as_key(type, key)) {
    throw Unreachable("the host key of '" + printable(name) + "' cannot be written as a line of known_hosts");
  }
  const std::lock_guard lock(mutex_);
  std::vector<std::uint32_t> numbers;
  const auto [begin, end] = names_.equal_range(name);
  for (auto it = begin; it != end; ++it) numbers.push_back(it->second);
  if (is_among(lines_at(std::move(numbers)), key)) return;
  const KnownHostsLine known{.names = name, .type = type, .key = key};
  auto line = (hashed ? render_hashed_name(name) : name) + " ";
  line.append(type).append(" ").append(key).append("\n");
  if (is_memory_)
    ++newlines_;
  else
    write(line, known);
  // Readable in the index in any case: the name need not be found by its hash.
  const std::string_view text = texts_.emplace_back(name + " " + std::string(type) + " " + std::string(key));
  auto added = *parse_known_hosts_line(text);
  added.number = newlines_;
  add_line(added);
}

}  // namespace espresso
