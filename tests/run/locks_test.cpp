// Hosts that another run holds, and hosts that a run keeps. What the runner itself does about locks: state_test.cpp.
#include "engine_fixture.h"

#include "core/text.h"

#include <gmock/gmock.h>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace espresso {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// A process that does nothing, in a group of its own, as a runner is.
class Holder {
 public:
  Holder() : pid_(fork()) {
    if (pid_ == 0) {
      setpgid(0, 0);
      signal(SIGUSR1, SIG_IGN);
      for (;;) pause();
    }
    setpgid(pid_, pid_);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    wait();
  }
  pid_t pid() const { return pid_; }
  /// How it ended: the signal.
  int wait() {
    int status = 0;
    waitpid(std::exchange(pid_, 0), &status, 0);
    return WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

class Locks : public Engine {
 protected:
  Locks() {
    options.operation_timeout = std::chrono::minutes(2);
    options.tenure = {.run = "run1", .by = "me@here", .since = "now", .reason = "a change"};
    inventory =
        "all: {hosts: {a: {state_folder: '{{ scratch }}/state-a'}, b: {state_folder: '{{ scratch }}/state-b'}}}";
    for (std::size_t at = 0; (at = inventory.find("{{ scratch }}")) != std::string::npos;)
      inventory.replace(at, 13, scratch.string());
  }
  /// The lock of host a, which the process holds.
  void lock(pid_t pid) const {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    const std::string text((std::istreambuf_iterator<char>(stat)), {});
    const auto fields = split(text.substr(text.rfind(')') + 2), ' ');
    std::ifstream boot("/proc/sys/kernel/random/boot_id");
    std::string boot_id;
    std::getline(boot, boot_id);
    write("state-a/lock", join({"run0", "web1", std::to_string(pid), boot_id, std::string(fields.at(19)), "you@there",
                                "yesterday", "kernel 6.1\x1b"},
                               "\x1f") +
                              "\n");
    write("state-a/busy", "");
  }
  std::vector<std::string> notices() const {
    std::vector<std::string> messages;
    for (const auto& event : recorder.events)
      if (event.kind == Event::Kind::notice) messages.push_back(event.message);
    return messages;
  }
};

const std::string works = "stages: {main: {run: [shell.run: 'touch {{ scratch }}/done-{{ host.name }}']}}";

TEST_F(Locks, TellWhoHoldsTheHostAndWhatFor) {
  const Holder holder;
  lock(holder.pid());
  const auto result = run(works, {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(result.hosts.at("b"), Outcome::changed);
  EXPECT_EQ(recorder.end_of("a").message, R"(it is held by run run0 of you@there, since yesterday (kernel 6.1\x1b))");
  EXPECT_EQ(recorder.end_of("a").hint, "wait for it with --wait-lock 10m, or take the host from it with --break-lock");
  EXPECT_FALSE(std::filesystem::exists(scratch / "done-a"));
}

TEST_F(Locks, OfOneThatIsGoneForGoodAreTakenAndThatIsTold) {
  Holder holder;
  lock(holder.pid());
  for (const auto* file : {"state-a/lock", "state-a/busy"})
    std::filesystem::last_write_time(
        scratch / file, std::filesystem::file_time_type::clock::now() - lock_expiry - std::chrono::minutes(1));
  const auto result = run(works, {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
  EXPECT_THAT(notices(), Contains(R"(a: taken from run run0 of you@there, since yesterday (kernel 6.1\x1b), which has )"
                                  "not been heard of for 5 minutes"));
  EXPECT_EQ(holder.wait(), SIGKILL);
}

TEST_F(Locks, SayWhatTheRunIsForWhileItLasts) {
  run("stages: {main: {hosts: a, run: [shell.run: 'cp {{ scratch }}/state-a/lock {{ scratch }}/seen']}}", {"main"});
  EXPECT_THAT(read("seen"), HasSubstr("me@here\x1fnow\x1f"
                                      "a change\n"));
}

// A host that has nothing to do hears of its run again and again: its lock is not taken for one that nobody wants.
TEST_F(Locks, OfHostsThatWaitForOthersAreRenewed) {
  options.lock_renewal = std::chrono::milliseconds(20);
  const auto result = run(R"yaml(
stages:
  first:
    hosts: b
    run:
      - shell.run: |
          cd {{ scratch }}
          until [ -e state-a/busy ]; do sleep 0.02; done
          touch then
          until [ "$(find state-a/busy -newer then)" ]; do sleep 0.02; done
  last:
    hosts: a
    requires: first
    run: [shell.run: "true"]
)yaml",
                          {"last"});
  EXPECT_EQ(result.hosts.at("b"), Outcome::changed);
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
}

}  // namespace
}  // namespace espresso
