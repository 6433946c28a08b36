#include "helpers/content.h"

#include "core/cksum.h"
#include "core/error.h"
#include "core/hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <system_error>
#include <unistd.h>

namespace espresso {

namespace {

// Pieces kept for hosts that come a little later: 4 MB for each file that is being sent.
constexpr std::size_t most_recent = 64;
// From this size on a CRC saves the host more than it costs here.
constexpr std::uint64_t large = 1024 * 1024;

// What there is of these bytes; the rest stays zero.
void read_at(const std::filesystem::path& path, std::uint64_t offset, std::string& bytes) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::pread(file, bytes.data() + have, bytes.size() - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  ::close(file);
}

}  // namespace

std::shared_ptr<const std::string> SharedFile::piece(std::uint64_t number) {
  for (const auto& [known, bytes] : recent_) {
    if (known == number) return bytes;
  }
  const std::uint64_t offset = number * piece_size;
  std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(piece_size, size_ - offset)), '\0');
  read_at(path_, offset, bytes);
  auto shared = std::make_shared<const std::string>(std::move(bytes));
  recent_.emplace_back(number, shared);
  if (recent_.size() > most_recent) recent_.pop_front();
  return shared;
}

std::string Content::read(std::uint64_t limit) const {
  if (size > limit) throw Error(fmt::format("content of {} bytes is too large to be shown", size));
  if (!parts.empty()) {
    std::string whole;
    for (const auto& part : parts) whole += part->read(limit);
    return whole;
  }
  if (path.empty()) return text;
  std::ifstream opened(path, std::ios::binary);
  if (!opened) throw Error(fmt::format("cannot read '{}': {}", path.string(), std::generic_category().message(errno)));
  return {std::istreambuf_iterator<char>(opened), {}};
}

std::shared_ptr<const Content> content_of_text(std::string text) {
  const std::uint64_t size = text.size();
  return std::make_shared<Content>(Content{.text = std::move(text), .size = size});
}

std::shared_ptr<const Content> hashed_content_of_text(std::string text) {
  const std::uint64_t size = text.size();
  auto content = std::make_shared<Content>(Content{.text = {}, .size = size, .sha256 = sha256(text)});
  if (size >= large) {
    Cksum cksum;
    cksum.add(text);
    content->cksum = cksum.finish();
  }
  content->text = std::move(text);
  return content;
}

std::shared_ptr<const Content> hashed_content_of_file(const std::filesystem::path& path) {
  const std::uint64_t size = std::filesystem::file_size(path);
  auto content = std::make_shared<Content>(Content{
      .path = path, .size = size, .sha256 = sha256_of_file(path), .file = std::make_shared<SharedFile>(path, size)});
  if (size >= large) content->cksum = cksum_of_file(path);
  return content;
}

std::shared_ptr<const Content> content_of_parts(std::vector<std::shared_ptr<const Content>> parts) {
  std::uint64_t size = 0;
  for (const auto& part : parts) size += part->size;
  return std::make_shared<Content>(Content{.size = size, .parts = std::move(parts)});
}

}  // namespace espresso
