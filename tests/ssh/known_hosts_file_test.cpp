#include "ssh/known_hosts_file.h"

#include "process.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include <sys/stat.h>
#include <unistd.h>

namespace espresso::testing {
namespace {

constexpr auto key_a = "AAAAC3NzaC1lZDI1NTE5AAAAIEYQ9Xb1mCZ1wq5lYk7m6mXz7o0p8T4H0Y4i5QyZ0m1A";
constexpr auto key_b = "AAAAC3NzaC1lZDI1NTE5AAAAIBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

std::string line(const std::string& names, const std::string& key = key_a) {
  return names + " ssh-ed25519 " + key + "\n";
}

void append(KnownHostsFile& file, const std::string& name, const std::string& key = key_a, bool hashed = false) {
  file.append(name, "ssh-ed25519", key, hashed);
}

/// Numbers of the lines that list the name readably.
std::vector<std::size_t> numbers(const KnownHostsFile& file, const std::string& name) {
  std::vector<std::size_t> result;
  for (const auto& found : file.readable_lines(name)) result.push_back(found.number);
  return result;
}

using Numbers = std::vector<std::size_t>;

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return std::string(error.what()) + "\n" + error.hint();
  }
  return "";
}

unsigned mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
}

TEST(KnownHostsFile, TakesNewKeysForItsOwnerOnly) {
  const TemporaryFolder folder;
  const auto path = folder / "ssh/known_hosts";
  KnownHostsFile file(path);
  append(file, "web1");
  append(file, "[::1]:2222", key_b);
  EXPECT_EQ(read_file(path), line("web1") + line("[::1]:2222", key_b));
  EXPECT_EQ(numbers(file, "web1"), Numbers{1});
  EXPECT_EQ(numbers(file, "[::1]:2222"), Numbers{2});
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(mode_of(folder / "ssh"), 0700U);
}

TEST(KnownHostsFile, LeavesALastLineWithoutNewlineALine) {
  const TemporaryFolder folder;
  const auto path = folder / "known_hosts";
  write_file(path, "web1 ssh-ed25519 " + std::string(key_a));
  KnownHostsFile file(path);
  append(file, "web2", key_b);
  EXPECT_EQ(read_file(path), line("web1") + line("web2", key_b));
  EXPECT_EQ(numbers(file, "web2"), Numbers{2});
}

TEST(KnownHostsFile, NeverTakesANameThatIsMoreThanOneWord) {
  const TemporaryFolder folder;
  const auto path = folder / "known_hosts";
  KnownHostsFile file(path);
  for (const std::string name : {"web1\n*", "web1 x", "*", "!web1", "a,b", ""}) {
    EXPECT_THROW(append(file, name), Unreachable) << name;
  }
  EXPECT_EQ(read_file(path), "");
}

TEST(KnownHostsFile, HashesNamesAsSshKeygenDoes) {
  const TemporaryFolder folder;
  const auto path = folder / "known_hosts";
  write_file(path, line("web1"));
  KnownHostsFile file(path);
  append(file, "[web2]:2222", key_b, true);
  const auto text = read_file(path);
  EXPECT_TRUE(text.starts_with(line("web1") + "|1|")) << text;
  EXPECT_EQ(text.find("web2"), std::string::npos);
  EXPECT_EQ(output_of({"ssh-keygen", "-F", "[web2]:2222", "-f", path}),
            "# Host [web2]:2222 found: line 2 \n" + text.substr(line("web1").size()));
  EXPECT_EQ(numbers(file, "[web2]:2222"), Numbers{2});
  const KnownHostsFile read_again(path);
  ASSERT_EQ(read_again.hashed_lines("[web2]:2222").size(), 1U);
  EXPECT_EQ(read_again.hashed_lines("[web2]:2222")[0].number, 2U);
  EXPECT_TRUE(read_again.hashed_lines("web2").empty());
}

TEST(KnownHostsFile, WritesNothingTwiceThatAnotherRunHasWrittenMeanwhile) {
  for (const bool hashed : {false, true}) {
    const TemporaryFolder folder;
    const auto path = folder / "known_hosts";
    KnownHostsFile ours(path);
    KnownHostsFile theirs(path);
    append(theirs, "web2", key_b, hashed);
    append(theirs, "web1", key_a, hashed);
    const auto text = read_file(path);
    append(ours, "web1");
    EXPECT_EQ(read_file(path), text);
    EXPECT_EQ(numbers(ours, "web1"), Numbers{2});
  }
}

TEST(KnownHostsFile, RefusesAKeyWhenAnotherRunHasMetAnotherOneMeanwhile) {
  const TemporaryFolder folder;
  const auto path = folder / "known_hosts";
  KnownHostsFile ours(path);
  KnownHostsFile theirs(path);
  append(theirs, "web1", key_b, true);
  EXPECT_EQ(message_of([&] { append(ours, "web1"); }),
            "another host key of it was added to '" + path + "' meanwhile\nrun again");
  EXPECT_EQ(numbers(ours, "web1"), Numbers{});
  EXPECT_THROW(append(theirs, "web1"), Unreachable);
  append(theirs, "web1", key_b);
  const auto text = read_file(path);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(KnownHostsFile, TellsThatItCannotBeWritten) {
  const TemporaryFolder folder;
  const auto path = folder / "folder";
  ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
  KnownHostsFile file(path);
  EXPECT_EQ(message_of([&] { append(file, "web1"); }),
            "cannot add a host key to '" + path + "': Is a directory\nmake the file writable, or name another one");
  EXPECT_EQ(numbers(file, "web1"), Numbers{});
}

TEST(KnownHostsFile, ThatIsMissingIsEmptyAndOneThatCannotBeReadIsNot) {
  const TemporaryFolder folder;
  EXPECT_EQ(KnownHostsFile(folder / "none").trouble(), "");
  EXPECT_EQ(KnownHostsFile(folder / "none/at/all").trouble(), "");
  EXPECT_EQ(KnownHostsFile("/dev/null").trouble(), "");
  ASSERT_EQ(::mkdir((folder / "folder").c_str(), 0700), 0);
  EXPECT_EQ(KnownHostsFile(folder / "folder").trouble(), "Is a directory");
  ASSERT_EQ(::symlink((folder / "loop").c_str(), (folder / "loop").c_str()), 0);
  EXPECT_EQ(KnownHostsFile(folder / "loop").trouble(), "Too many levels of symbolic links");
}

TEST(HashedNames, AreFoundAmongManyAndForgottenWhenTold) {
  HashedNames names;
  const auto salt_of = [](unsigned number) { return std::string(16, 's') + std::to_string(1000 + number); };
  for (unsigned number = 0; number < 100; ++number) {
    // Of all lengths, also of those that take SHA-1 more than one block.
    const auto name = "host" + std::to_string(number / 2) + std::string(number / 2 * 3, 'x');
    names.add(salt_of(number), hash_of_name(salt_of(number), name), number);
  }
  EXPECT_EQ(names.lines_of("host0"), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(names.lines_of("host49" + std::string(147, 'x')), (std::vector<std::uint32_t>{98, 99}));
  EXPECT_EQ(names.lines_of("host1"), std::vector<std::uint32_t>{});
  const auto rest = names.without({0, 99});
  EXPECT_EQ(rest.size(), 98U);
  EXPECT_EQ(rest.lines_of("host0"), std::vector<std::uint32_t>{1});
  EXPECT_EQ(rest.lines_of("host49" + std::string(147, 'x')), std::vector<std::uint32_t>{98});
  EXPECT_EQ(rest.lines_of("host20" + std::string(60, 'x')), (std::vector<std::uint32_t>{40, 41}));
}

}  // namespace
}  // namespace espresso::testing
