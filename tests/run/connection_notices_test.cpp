#include "run/connection_notices.h"

#include <gtest/gtest.h>

namespace espresso {
namespace {

/// Hosts of an inventory, their variables on line 1 of a file named for where they are from.
class ConnectionNotices : public ::testing::Test {
 protected:
  void add(const std::string& name, const std::string& file, std::initializer_list<Map::Entry> variables) {
    const auto source = std::make_shared<Source>(Source{file, ""});
    auto host = std::make_shared<Host>(Host{.name = name, .groups = {}, .variables = {}});
    std::size_t column = 0;
    for (const auto& [key, value] : variables) {
      const Span span{.source = source, .line = 1, .column = ++column};
      host->variables.set(key, value, {.level = Origin::Level::group, .owner = "web", .span = span});
    }
    Diagnostics diagnostics;
    connections_.push_back(connection_of(*host, {}, diagnostics));
    EXPECT_TRUE(diagnostics.empty());
    plans_.push_back({.host = host, .stages = {}, .destinations = {}});
  }
  std::string told() const {
    std::string text;
    for (const auto& notice : connection_notices(plans_, connections_))
      text += notice.message + "\n  " + notice.hint + "\n";
    return text;
  }

 private:
  std::vector<HostPlan> plans_;
  std::vector<Connection> connections_;
};

TEST_F(ConnectionNotices, TellOnceWhichHostKeysAreNotVerified) {
  add("web1", "hosts", {{"host_key_check", "off"}});
  add("web2", "hosts", {{"ansible_host_key_checking", false}});
  add("web3", "hosts", {});
  add("web4", "hosts", {{"host_key_check", "off"}, {"connection", "local"}});
  EXPECT_EQ(told(),
            "host keys of web[1-2] are not verified: whoever answers is believed\n"
            "  use --host-key-check strict or accept-new\n");
}

TEST_F(ConnectionNotices, TellOnceOfAnsiblesVariablesThatHaveNoEffect) {
  add("web1", "group_vars/web", {{"ansible_become_flags", "-i"}, {"ansible_ssh_retries", 3}});
  add("web2", "group_vars/web", {{"ansible_become_flags", "-i"}, {"ansible_ssh_retries", 3}});
  add("db", "host_vars/db", {{"ansible_become_exe", "/opt/sudo"}, {"ansible_shell_type", "powershell"}});
  EXPECT_EQ(told(),
            "'ansible_become_exe' (host_vars/db:1:1) has no effect on db\n"
            "  have it found in the PATH, as sudo, su or doas\n"
            "'ansible_become_flags' (group_vars/web:1:1) has no effect on web[1-2]\n"
            "  sudo, su and doas are started in the one way that every host knows\n"
            "'ansible_shell_type' (host_vars/db:1:2) has no effect on db\n"
            "  hosts need a POSIX shell; 'shell' names another than /bin/sh\n"
            "'ansible_ssh_retries' (group_vars/web:1:2) has no effect on web[1-2]\n"
            "  write ssh_options: ConnectionAttempts=3\n");
}

TEST_F(ConnectionNotices, SayNothingWhereNothingIsLost) {
  add("web1", "hosts",
      {{"ansible_become_exe", "sudo"},
       {"ansible_become_flags", "-H -S -n"},
       {"ansible_shell_type", "sh"},
       {"ansible_ssh_executable", ""},
       {"ansible_ssh_retries", 0},
       {"ansible_ssh_pipelining", true},
       {"ansible_python_interpreter", "/usr/bin/python3"}});
  EXPECT_EQ(told(), "");
}

}  // namespace
}  // namespace espresso
