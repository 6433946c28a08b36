#include "model/local_settings.h"

#include "core/diagnostic.h"
#include "core/error.h"
#include "core/private_file.h"
#include "model/yaml.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace espresso {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view first_line = "# written by 'espresso config set'; do not edit\n";

[[noreturn]] void refuse(std::string message, std::string hint = {}, Span span = {}) {
  throw Mistakes(Diagnostic{.span = std::move(span), .message = std::move(message), .hint = std::move(hint)});
}

[[noreturn]] void refuse_file(const std::string& what, const fs::path& file) {
  refuse(fmt::format("cannot {} '{}': {}", what, file.string(), std::strerror(errno)));
}

std::string content_of(const Map& values) { return std::string(first_line) + render_yaml(values); }

Map read(const fs::path& file) {
  const auto source = load_source(file.string());
  Diagnostics diagnostics;
  const Value value = value_of(parse_yaml(source, diagnostics), diagnostics);
  diagnostics.throw_if_any();
  // Comments, and whatever else a person put there, would be lost.
  if (!value.is_map() || content_of(value.as_map()) != source->text)
    refuse(fmt::format("'{}' was written or changed by a person, and is left as it is", file.string()),
           "set it there, or move the file away", {.source = source, .line = 1, .column = 1});
  return value.as_map();
}

bool erase(Map& values, std::vector<std::string>::const_iterator part, std::vector<std::string>::const_iterator end) {
  if (part + 1 == end) return values.erase(*part);
  Value* inner = values.find(*part);
  if (!inner || !inner->is_map() || !erase(inner->edit_map(), part + 1, end)) return false;
  if (inner->as_map().empty()) values.erase(*part);
  return true;
}

}  // namespace

LocalSettings::LocalSettings(const fs::path& folder, const std::string& name)
    : file_((folder / "config" / (name + ".local.yaml")).lexically_normal()) {
  // Two that write at the same time would lose what one of them sets.
  lock_ = Descriptor(::open(file_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock_) refuse_file("open", file_.parent_path());
  if (::flock(lock_.number(), LOCK_EX) != 0) refuse_file("lock", file_.parent_path());
  std::error_code ignored;
  if (fs::exists(file_, ignored)) values_ = read(file_);
}

void LocalSettings::set(const std::vector<std::string>& path, Value value) {
  Map* at = &values_;
  for (std::size_t part = 0; part + 1 < path.size(); ++part) {
    if (!at->contains(path[part])) at->append(path[part], Map());
    Value* inner = at->find(path[part]);
    if (!inner->is_map())
      refuse(fmt::format("'{}' is no mapping in '{}'", path[part], file_.string()), "unset it first");
    at = &inner->edit_map();
  }
  at->set(path.back(), std::move(value));
}

bool LocalSettings::unset(const std::vector<std::string>& path) { return erase(values_, path.begin(), path.end()); }

void LocalSettings::write() const {
  if (values_.empty()) {
    if (::unlink(file_.c_str()) != 0 && errno != ENOENT) refuse_file("remove", file_);
    ::fsync(lock_.number());
    return;
  }
  try {
    write_private_file(file_, content_of(values_));
  } catch (const Error& error) {
    refuse(error.what(), error.hint());
  }
}

}  // namespace espresso
