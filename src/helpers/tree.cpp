#include "helpers/tree.h"

#include "core/error.h"
#include "core/hash.h"
#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ctime>
#include <fnmatch.h>
#include <system_error>

namespace espresso {

namespace {

namespace fs = std::filesystem;

constexpr char unit_separator = '\x1f';
constexpr std::size_t block = 512;
// Files up to this size lie in the archive's text; larger ones are read while they are sent.
constexpr std::uint64_t largest_in_text = 1024 * 1024;
// No more text than this in one archive, so that memory stays bounded whatever the tree holds.
constexpr std::uint64_t most_text = 16 * 1024 * 1024;

bool fits(const std::string& path, const std::vector<std::string>& patterns) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    const bool is_of_path = pattern.find('/') != std::string::npos;
    return fnmatch(pattern.c_str(), is_of_path ? path.c_str() : name.c_str(), 0) == 0;
  });
}

void check_name(const std::string& text) {
  if (std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; })) return;
  throw Error(fmt::format("'{}' has a control character in its name", printable(text)),
              "rename it, or leave it out with 'exclude'");
}

TreeEntry entry_of(const fs::path& path, std::string name) {
  check_name(name);
  const fs::file_status status = fs::symlink_status(path);
  TreeEntry entry{.path = std::move(name), .mode = static_cast<unsigned>(status.permissions())};
  switch (status.type()) {
    case fs::file_type::regular:
      entry.size = fs::file_size(path);
      entry.sha256 = sha256_of_file(path);
      return entry;
    case fs::file_type::directory:
      entry.kind = TreeEntry::Kind::directory;
      return entry;
    case fs::file_type::symlink:
      entry.kind = TreeEntry::Kind::link;
      entry.mode = 0777;
      entry.target = fs::read_symlink(path).string();
      check_name(entry.target);
      return entry;
    default:
      throw Error(fmt::format("'{}' is neither a file, a directory nor a symbolic link", path.string()),
                  "leave it out with 'exclude'");
  }
}

std::string line_of(const TreeEntry& entry) {
  switch (entry.kind) {
    case TreeEntry::Kind::directory:
      return fmt::format("d {:o} - - {}\n", entry.mode, entry.path);
    case TreeEntry::Kind::link:
      return fmt::format("l {:o} - - {}{}{}\n", entry.mode, entry.path, unit_separator, entry.target);
    default:
      return fmt::format("f {:o} {} {} {}\n", entry.mode, entry.size, entry.sha256, entry.path);
  }
}

// Fields of a tar header (POSIX.1-1988 ustar, as GNU tar and busybox read it).
struct Header {
  char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, target[100], magic[6], version[2],
      user[32], group[32], major[8], minor[8], prefix[155], padding[12];
};
static_assert(sizeof(Header) == block);

template <std::size_t N>
void put(char (&field)[N], std::string_view text) {
  std::copy_n(text.begin(), std::min(N, text.size()), field);
}

// Octal with a NUL at the end; what does not fit is binary with the first bit set, as GNU tar has it.
void put_size(char (&field)[12], std::uint64_t size) {
  if (size < (std::uint64_t{1} << 33)) return put(field, fmt::format("{:011o}", size));
  field[0] = static_cast<char>(0x80);
  for (std::size_t at = 11; at > 3; --at, size >>= 8) field[at] = static_cast<char>(size & 0xff);
}

std::string header(std::string_view name, char type, unsigned mode, std::uint64_t size, std::string_view target) {
  Header out{};
  put(out.name, name);
  put(out.mode, fmt::format("{:07o}", mode));
  put(out.uid, "0000000");
  put(out.gid, "0000000");
  put_size(out.size, size);
  put(out.mtime, fmt::format("{:011o}", static_cast<std::uint64_t>(std::time(nullptr))));
  out.type = type;
  put(out.target, target);
  put(out.magic, "ustar");
  put(out.version, "00");
  std::memset(out.checksum, ' ', sizeof out.checksum);
  std::string bytes(reinterpret_cast<const char*>(&out), block);
  unsigned sum = 0;
  for (const char c : bytes) sum += static_cast<unsigned char>(c);
  const std::string checksum = fmt::format("{:06o}", sum);
  bytes.replace(offsetof(Header, checksum), checksum.size() + 1, checksum + '\0');
  return bytes;
}

std::string padding(std::uint64_t size) { return std::string((block - size % block) % block, '\0'); }

// A name that a header cannot hold stands in an entry of its own before it.
std::string long_name(std::string_view name, char type) {
  if (name.size() <= 100) return {};
  std::string bytes(name);
  bytes += '\0';
  return header("././@LongLink", type, 0644, bytes.size(), {}) + bytes + padding(bytes.size());
}

std::string headers(const TreeEntry& entry) {
  const bool is_directory = entry.kind == TreeEntry::Kind::directory;
  const std::string name = entry.path + (is_directory ? "/" : "");
  const char type = is_directory ? '5' : entry.kind == TreeEntry::Kind::link ? '2' : '0';
  return long_name(entry.target, 'K') + long_name(name, 'L') + header(name, type, entry.mode, entry.size, entry.target);
}

std::vector<std::size_t> numbers_of(const std::string& text, std::size_t most) {
  std::vector<std::size_t> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    std::size_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    const bool is_rising = numbers.empty() || number > numbers.back();
    if (error != std::errc() || next == end || *next != '\n' || number == 0 || number > most || !is_rising)
      throw Error("the host asks for files that are not in the tree");
    numbers.push_back(number);
    at = next + 1;
  }
  return numbers;
}

}  // namespace

Tree::Tree(fs::path root, const std::vector<std::string>& exclude) : root_(std::move(root)) {
  try {
    for (fs::recursive_directory_iterator entry(root_), end; entry != end; ++entry) {
      std::string name = entry->path().lexically_relative(root_).string();
      if (fits(name, exclude)) {
        entry.disable_recursion_pending();
        continue;
      }
      entries_.push_back(entry_of(entry->path(), std::move(name)));
    }
  } catch (const std::system_error& error) {
    throw Error(fmt::format("cannot read the tree: {}", error.what()));
  }
  std::sort(entries_.begin(), entries_.end(), [](const TreeEntry& a, const TreeEntry& b) { return a.path < b.path; });
  std::string manifest;
  for (const auto& entry : entries_) manifest += line_of(entry);
  manifest_ = content_of_text(manifest + ".\n");
}

std::shared_ptr<const Content> Tree::content_for(const std::string& wanted) const {
  auto& known = contents_[wanted];
  auto content = known.lock();
  if (!content) {
    content = content_of_parts({manifest_, archive_of(numbers_of(wanted, entries_.size()))});
    known = content;
  }
  return content;
}

std::shared_ptr<const Content> Tree::archive_of(const std::vector<std::size_t>& numbers) const {
  std::vector<std::shared_ptr<const Content>> parts;
  std::string text;
  std::uint64_t in_text = 0;
  for (const std::size_t number : numbers) {
    const TreeEntry& entry = entries_[number - 1];
    text += headers(entry);
    if (entry.kind != TreeEntry::Kind::file || entry.size == 0) continue;
    const fs::path path = root_ / entry.path;
    SharedFile file(path, entry.size);
    if (entry.size <= largest_in_text && in_text + entry.size <= most_text) {
      for (std::uint64_t piece = 0; piece < file.pieces(); ++piece) text += *file.piece(piece);
      in_text += entry.size;
    } else {
      parts.push_back(content_of_text(std::move(text)));
      text.clear();
      parts.push_back(std::make_shared<Content>(
          Content{.path = path, .size = entry.size, .file = std::make_shared<SharedFile>(path, entry.size)}));
    }
    text += padding(entry.size);
  }
  parts.push_back(content_of_text(text + std::string(2 * block, '\0')));
  return content_of_parts(std::move(parts));
}

}  // namespace espresso
