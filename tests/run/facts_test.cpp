// What the files of src/helpers/facts tell of this machine, under each shell, is what their headers declare.
#include "shell_host.h"
#include "shells.h"

#include "core/text.h"
#include "helpers/facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <unistd.h>

namespace espresso {
namespace {

std::string kind_of(const Value& value) { return std::string(value.kind()); }

// All that declared paths do not name, or is of another type than they say.
void compare(const std::string& path, const Value& value, const std::vector<Fact>& facts,
             std::vector<std::string>& wrong) {
  const auto begins = [&](const Fact& fact) { return fact.path.starts_with(path + "."); };
  const auto declared = std::find_if(facts.begin(), facts.end(), [&](const Fact& fact) { return fact.path == path; });
  if (declared != facts.end() && declared->type != kind_of(value))
    wrong.push_back(path + " is " + kind_of(value) + ", not " + declared->type);
  const bool has_parts = std::any_of(facts.begin(), facts.end(), begins);
  if (declared == facts.end() && !has_parts) wrong.push_back(path + " is not declared");
  if (!has_parts) return;
  if (!value.is_map()) return wrong.push_back(path + " has no parts");
  const bool is_named =
      std::any_of(facts.begin(), facts.end(), [&](const Fact& fact) { return fact.path.starts_with(path + ".*."); });
  for (const auto& [key, part] : value.as_map()) compare(path + "." + (is_named ? "*" : key), part, facts, wrong);
}

const Value& at(const Map& facts, const std::string& path) {
  static const Value none;
  const Map* map = &facts;
  const Value* value = nullptr;
  for (const auto& key : split(path, '.')) {
    value = map ? map->find(key) : nullptr;
    if (!value) return none;
    map = value->is_map() ? &value->as_map() : nullptr;
  }
  return *value;
}

struct FactsUnder : testing::TestWithParam<Shell> {
  ShellHost host{GetParam().boot(), {}};
};

INSTANTIATE_TEST_SUITE_P(Shells, FactsUnder, testing::ValuesIn(shells_to_test()),
                         [](const auto& shell) { return shell.param.name; });

TEST_P(FactsUnder, AreAsTheirHeadersSay) {
  const Map facts = host.facts();
  std::vector<std::string> wrong;
  for (const auto& [key, value] : facts)
    compare(
        key, value,
        [&] {
          const auto group = FactCatalog().telling(key);
          return group ? group->facts : std::vector<Fact>();
        }(),
        wrong);
  EXPECT_THAT(wrong, testing::IsEmpty()) << to_json(facts, 1);
  // What every Linux has that tests run on.
  for (const auto* path : {"os.id", "os.version_id", "kernel", "arch", "hostname", "cpu.count", "memory.total",
                           "memory.available", "mounts", "network.interfaces.lo", "init", "users.root.home",
                           "groups.root.members", "boot_id", "uptime", "virtualization", "time.epoch"})
    EXPECT_FALSE(at(facts, path).is_null()) << path << " is missing in " << to_json(facts, 1);
}

TEST_P(FactsUnder, AreTrue) {
  const Map facts = host.facts();
  EXPECT_EQ(at(facts, "kernel").to_text() + "\n", read_file("/proc/sys/kernel/osrelease"));
  EXPECT_EQ(at(facts, "boot_id").to_text() + "\n", read_file("/proc/sys/kernel/random/boot_id"));
  EXPECT_EQ(at(facts, "user.uid"), Value(static_cast<std::int64_t>(getuid())));
  EXPECT_EQ(at(facts, "cpu.count"), Value(static_cast<std::int64_t>(sysconf(_SC_NPROCESSORS_ONLN))));
  EXPECT_EQ(at(facts, "memory.total"),
            Value(static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE)));
  EXPECT_EQ(at(facts, "users.root.uid"), Value(0));
  EXPECT_EQ(at(facts, "users.root.home"), Value("/root"));
  EXPECT_EQ(at(facts, "network.interfaces.lo.ipv4"), Value(List{"127.0.0.1"}));
  const auto space = std::filesystem::space("/");
  EXPECT_EQ(at(facts, "mounts./.size"), Value(static_cast<std::int64_t>(space.capacity)));
}

TEST_P(FactsUnder, OnlyThoseAskedForAreRead) {
  const FactCatalog catalog;
  const Map facts = host.facts({catalog.telling("hostname"), catalog.telling("memory")});
  for (const auto& key : facts.keys()) EXPECT_THAT(key, testing::AnyOf("hostname", "fqdn", "domain", "memory"));
  EXPECT_TRUE(facts.contains("hostname") && facts.contains("memory"));
}

TEST_P(FactsUnder, LeaveNothingBehindInTheShell) {
  host.facts();
  host.submit("check() { unknown x; }; apply() { say \"<${line-}${name-}${IFS}>\"; }; run_operation");
  EXPECT_EQ(host.answer().output, "< \t\n>");
}

// In a mount namespace of its own, which $at shows the ground of.
class FactsOfAwkwardHosts : public testing::TestWithParam<Shell> {
 protected:
  Map facts_after(const std::string& ground) {
    const std::string line = "set -e; at=" + quote_for_any_shell(scratch.path().string()) + "; cd \"$at\"; " + ground +
                             "; cd /; exec sh -c " + quote_for_any_shell(GetParam().boot());
    ShellHost host("exec unshare --mount sh -c " + quote_for_any_shell(line), {});
    return host.facts();
  }
  ScratchFolder scratch;
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(FactsOfAwkwardHosts);
INSTANTIATE_TEST_SUITE_P(Shells, FactsOfAwkwardHosts,
                         testing::ValuesIn(getuid() == 0 ? shells_to_test() : std::vector<Shell>()),
                         [](const auto& shell) { return shell.param.name; });

TEST_P(FactsOfAwkwardHosts, MountsWithAnyNameOneAboveTheOther) {
  const Map facts = facts_after(
      "mkdir 'a b\\c' $(printf 'x\\037y'); mount -t tmpfs -o size=1m none 'a b\\c'; "
      "mount -t tmpfs -o size=2m,noexec other 'a b\\c'; mount -t tmpfs none x*y");
  const Value* mounts = facts.find("mounts");
  ASSERT_TRUE(mounts && mounts->is_map()) << to_json(facts);
  const Value* mount = mounts->as_map().find(scratch / "a b\\c");
  ASSERT_TRUE(mount) << to_json(*mounts, 1);
  EXPECT_EQ(at(mount->as_map(), "device"), Value("other"));
  EXPECT_EQ(at(mount->as_map(), "size"), Value(2 * 1024 * 1024));
  const List& options = at(mount->as_map(), "options").as_list();
  EXPECT_EQ(std::count(options.begin(), options.end(), Value("rw")), 1) << to_json(*mount);
  EXPECT_EQ(std::count(options.begin(), options.end(), Value("noexec")), 1) << to_json(*mount);
  for (const auto& [name, value] : mounts->as_map())
    EXPECT_FALSE(name.ends_with("y") || name.find('\x1f') != std::string::npos) << name;
}

TEST_P(FactsOfAwkwardHosts, WhatTheySayLittleOfIsLeftOut) {
  const Map facts = facts_after(
      "touch none; mount --bind none \"$(readlink -f /etc/os-release)\"; mount -t tmpfs none /sys; mount -t tmpfs none "
      "/proc");
  for (const auto* path : {"os.id", "memory", "mounts", "boot_id", "disks.vda", "cpu.model"})
    EXPECT_TRUE(at(facts, path).is_null()) << path << " in " << to_json(facts, 1);
  for (const auto* path : {"kernel", "arch", "users.root.home", "user.uid", "time.epoch"})
    EXPECT_FALSE(at(facts, path).is_null()) << path << " is missing in " << to_json(facts, 1);
}

}  // namespace
}  // namespace espresso
