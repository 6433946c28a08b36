#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace espresso::testing {

/// A folder of this test alone, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// A program that ends with this object, and with the test process whatever happens to that.
class BackgroundProcess {
 public:
  explicit BackgroundProcess(const std::vector<std::string>& words);
  ~BackgroundProcess();
  BackgroundProcess(const BackgroundProcess&) = delete;
  BackgroundProcess& operator=(const BackgroundProcess&) = delete;
  /// The next line of its standard error (standard output goes there too). Empty at its end.
  std::string read_line();
  void kill();

  pid_t pid() const { return process_; }

 private:
  pid_t process_ = -1;
  int output_ = -1;
};

/// What a program wrote. Fails the test when it does not end with status 0, unless `may_fail`.
std::string output_of(const std::vector<std::string>& words, bool may_fail = false);

void write_file(const std::string& path, const std::string& text, unsigned mode = 0600);
std::string read_file(const std::string& path);

}  // namespace espresso::testing
