#include "run/endpoint_reader.h"

#include "core/temporary_folder.h"
#include "core/text.h"

#include <gtest/gtest.h>

namespace espresso {
namespace {

/// Hosts of an inventory, each line with one variable, and what the command line and ssh_config say.
class EndpointReading : public ::testing::Test {
 protected:
  void ssh_config(const std::string& text, std::vector<std::string> options = {}) {
    options_.ssh_config = std::make_shared<SshConfigs>(folder_.write("ssh_config", text), std::move(options));
  }

  static std::shared_ptr<Host> host(const std::string& name, std::initializer_list<Map::Entry> variables = {}) {
    const auto source = std::make_shared<Source>(Source{"inventory.yaml", ""});
    auto host = std::make_shared<Host>(Host{.name = name, .groups = {}, .variables = {}});
    std::size_t line = 0;
    for (const auto& [key, value] : variables) {
      const Span span{.source = source, .line = ++line, .column = 5, .length = 1};
      host->variables.set(key, value, {.level = Origin::Level::host, .owner = name, .span = span});
    }
    return host;
  }

  Endpoint read(std::initializer_list<Map::Entry> variables = {}) { return read(*host("web", variables)); }
  Endpoint read(const Host& host) { return EndpointReader(options_, diagnostics_).read(host); }

  /// "user@address:port", of the jump hosts first.
  static std::string way(const Endpoint& endpoint) {
    return (endpoint.through ? way(*endpoint.through) + " > " : "") + endpoint.user + "@" + endpoint.address + ":" +
           std::to_string(endpoint.port);
  }
  std::string told() const {
    std::string text;
    for (const auto& diagnostic : diagnostics_.all())
      text += diagnostic.span.location() + ": " + diagnostic.message + (diagnostic.hint.empty() ? "" : "; ") +
              diagnostic.hint + "\n";
    return text;
  }

  testing::TemporaryFolder folder_;
  ConnectionOptions options_;
  Diagnostics diagnostics_;
};

TEST_F(EndpointReading, TheCommandLineStandsAboveItsOptionsTheseAboveTheInventoryAndThatAboveSshConfig) {
  const auto all = [this] {
    const Endpoint web =
        read({{"user", "of_inventory"}, {"port", 2}, {"connect_timeout", "2s"}, {"host_key_check", "ask"}});
    EXPECT_EQ(told(), "");
    return way(web) + " " + std::to_string(web.connect_timeout.count()) + " " +
           std::to_string(static_cast<int>(web.host_key_check));
  };
  const auto checks = [](HostKeyCheck check) { return std::to_string(static_cast<int>(check)); };
  const std::string file = "User of_file\nPort 1\nConnectTimeout 1\nStrictHostKeyChecking no\n";
  ssh_config(file);
  const Endpoint bare = read();
  EXPECT_EQ(way(bare), "of_file@web:1");
  EXPECT_EQ(bare.connect_timeout, std::chrono::seconds(1));
  EXPECT_EQ(bare.host_key_check, HostKeyCheck::off);
  EXPECT_EQ(all(), "of_inventory@web:2 2000 " + checks(HostKeyCheck::ask));
  ssh_config(file, {"User=of_option", "Port=3", "ConnectTimeout=3", "StrictHostKeyChecking=accept-new"});
  EXPECT_EQ(all(), "of_option@web:3 3000 " + checks(HostKeyCheck::accept_new));
  options_.user = "of_line";
  options_.port = 4;
  options_.connect_timeout = std::chrono::seconds(4);
  options_.host_key_check = HostKeyCheck::strict;
  EXPECT_EQ(all(), "of_line@web:4 4000 " + checks(HostKeyCheck::strict));
}

TEST_F(EndpointReading, WhatIsSaidNearerToTheHostCountsUnderWhicheverName) {
  const auto web = host("web", {{"ansible_port", 2222}});
  web->variables.set("port", 22, {.level = Origin::Level::group, .owner = "all", .span = {}});
  EXPECT_EQ(read(*web).port, 2222);
  EXPECT_EQ(read({{"ansible_port", 2222}, {"port", 22}}).port, 22);
}

TEST_F(EndpointReading, OptionsInTheInventoryStandBelowItsVariablesAndAboveSshConfig) {
  ssh_config("User of_file\nPort 1\nCompression no\n");
  const Endpoint web =
      read({{"user", "of_inventory"}, {"ssh_options", List{"User=of_option", "Port 2", "Compression=yes"}}});
  EXPECT_EQ(way(web), "of_inventory@web:2");
  EXPECT_TRUE(web.compression);
  EXPECT_EQ(way(read({{"ssh_options", "Port=2"},
                      {"ansible_ssh_common_args", "-p 3 -l common"},
                      {"ansible_ssh_extra_args", "-l extra"}})),
            "common@web:2");
  EXPECT_EQ(told(), "");
}

TEST_F(EndpointReading, ArgumentsForSshAreTakenInTheOrderInWhichAnsibleGivesThem) {
  ssh_config("User root\n");
  EXPECT_EQ(way(read({{"ansible_ssh_args", "-J bastion"}})), "root@bastion:22 > root@web:22");
  EXPECT_EQ(way(read({{"ansible_ssh_extra_args", "-l extra -p 4"},
                      {"ansible_ssh_common_args", "-l common -p 3"},
                      {"ansible_ssh_args", "-C -o ControlMaster=auto -o ControlPersist=60s -l args"}})),
            "args@web:3");
  EXPECT_EQ(told(), "");
}

TEST_F(EndpointReading, WhatTheInventorySaysTakesPartInMatch) {
  ssh_config("Match host 10.0.0.1 user deploy\n  Port 2\nHost web\n  Port 3\nHost *\n  User root\n");
  EXPECT_EQ(way(read({{"address", "10.0.0.1"}, {"user", "deploy"}})), "deploy@10.0.0.1:2");
  EXPECT_EQ(way(read({{"address", "10.0.0.1"}})), "root@10.0.0.1:22");
  EXPECT_EQ(way(read()), "root@web:3");
}

TEST_F(EndpointReading, JumpHostsAreThoseOfTheHighestThatNamesAny) {
  const std::string file = "User root\nHost web\n  ProxyJump of-file\n";
  ssh_config(file);
  EXPECT_EQ(way(read()), "root@of-file:22 > root@web:22");
  EXPECT_EQ(way(read({{"jump", "a,me@b:2"}})), "root@a:22 > me@b:2 > root@web:22");
  EXPECT_EQ(way(read({{"jump", "none"}})), "root@web:22");
  ssh_config(file, {"ProxyJump=of-option"});
  EXPECT_EQ(way(read({{"jump", "a"}})), "root@of-option:22 > root@web:22");
  options_.jump = "of-line";
  EXPECT_EQ(way(read({{"jump", "a"}})), "root@of-line:22 > root@web:22");
  options_.jump = "none";
  EXPECT_EQ(way(read({{"jump", "a"}})), "root@web:22");
  EXPECT_EQ(told(), "");
}

TEST_F(EndpointReading, AProxyCommandHoldsUnlessSomethingHigherNamesJumpHosts) {
  ssh_config("User root\nProxyCommand nc %h %p\n");
  EXPECT_EQ(read().proxy_command, "nc web 22");
  const Endpoint jumps = read({{"jump", "a"}});
  EXPECT_EQ(jumps.proxy_command, "");
  EXPECT_EQ(jumps.through->proxy_command, "nc a 22");
  ssh_config("User root\n", {"ProxyCommand=nc %h %p"});
  EXPECT_EQ(read({{"jump", "a"}}).proxy_command, "nc web 22");
}

TEST_F(EndpointReading, AJumpHostOfTheInventoryIsReachedAsThatSays) {
  ssh_config("User root\n", {"User=of_option"});
  const auto bastion = host("bastion", {{"address", "10.0.0.1"}, {"user", "jumper"}, {"port", 2}, {"jump", "outer"}});
  options_.find_host = [&](std::string_view name) { return name == "bastion" ? bastion : nullptr; };
  EXPECT_EQ(way(read({{"jump", "bastion"}})), "root@outer:22 > jumper@10.0.0.1:2 > of_option@web:22");
  EXPECT_EQ(way(read({{"jump", "me@bastion:3"}})), "root@outer:22 > me@10.0.0.1:3 > of_option@web:22");
  EXPECT_EQ(told(), "");
}

TEST_F(EndpointReading, AJumpHostForAllIsReachedStraight) {
  ssh_config("User root\n");
  options_.jump = "a,b";
  EXPECT_EQ(way(read(*host("a"))), "root@a:22");
  EXPECT_EQ(way(read(*host("b"))), "root@a:22 > root@b:22");
}

TEST_F(EndpointReading, ACircleOfJumpHostsIsAMistake) {
  ssh_config("User root\n");
  const auto a = host("a", {{"jump", "b"}}), b = host("b", {{"jump", "a"}});
  options_.find_host = [&](std::string_view name) { return name == "a" ? a : name == "b" ? b : nullptr; };
  read(*a);
  EXPECT_EQ(told().substr(0, told().find('\n')),
            ": the way through jump host 'b' goes round in a circle; let one of them be reached straight: "
            "ProxyJump none, or jump: none");
}

TEST_F(EndpointReading, MistakesStandWhereTheVariableIsWritten) {
  ssh_config("");
  read({{"jump", "a:b"},
        {"ssh_options", List{"Compression=yes", "Compresion=yes"}},
        {"ansible_ssh_common_args", "-o Port=many -C"},
        {"ansible_ssh_extra_args", "-C -W a:1"}});
  EXPECT_EQ(
      told(),
      "inventory.yaml:2:5: 'ssh_options' holds 'Compresion=yes': unknown keyword 'Compresion'; did you mean "
      "'Compression'?\n"
      "inventory.yaml:3:5: 'ansible_ssh_common_args' holds 'Port=many': 'many' is not a port; write a number from 1 to "
      "65535\n"
      "inventory.yaml:4:5: 'ansible_ssh_extra_args' may hold -o, -J, -i, -l, -p, -C, -4 and -6, not '-W'\n"
      "inventory.yaml:1:5: 'jump' takes a jump host such as user@bastion:22, several with commas, or none, not "
      "'a:b'\n");
  diagnostics_ = {};
  read({{"jump", List{"a"}}, {"ssh_options", 5}, {"ansible_ssh_common_args", List{"-C"}}});
  EXPECT_EQ(told(),
            "inventory.yaml:2:5: 'ssh_options' takes options of ssh_config such as Compression=yes, or a list of them, "
            "not '5'\n"
            "inventory.yaml:3:5: 'ansible_ssh_common_args' takes arguments for ssh, as one text, not a list\n"
            "inventory.yaml:1:5: 'jump' takes a jump host such as user@bastion:22, several with commas, or none, not a "
            "list\n");
}

TEST_F(EndpointReading, MistakesOfTheCommandLineAreToldAsThat) {
  ssh_config("");
  const auto web = host("web", {{"ssh_options", "Port=1"}, {"jump", "a"}});
  const Origin origin{.level = Origin::Level::command_line, .owner = "-e", .span = {}};
  web->variables.set("ssh_options", "Prt=1", origin);
  web->variables.set("jump", "a:b", origin);
  read(*web);
  EXPECT_EQ(told(),
            "-e: 'ssh_options' holds 'Prt=1': unknown keyword 'Prt'; did you mean 'Port'?\n"
            "-e: 'jump' takes a jump host such as user@bastion:22, several with commas, or none, not 'a:b'\n");
}

TEST_F(EndpointReading, WhatSshConfigAloneSaysIsTaken) {
  ssh_config(
      "BindAddress 127.0.0.9\nBindInterface lo\nRequiredRSASize 2048\nAddressFamily inet6\nConnectionAttempts 3\n"
      "ServerAliveInterval 5\nServerAliveCountMax 2\nCiphers -aes*\nIdentityAgent none\nIdentitiesOnly yes\n");
  const Endpoint web = read();
  EXPECT_EQ(web.bind_address, "127.0.0.9");
  EXPECT_EQ(web.bind_interface, "lo");
  EXPECT_EQ(web.required_rsa_size, 2048U);
  EXPECT_EQ(web.address_family, AddressFamily::inet6);
  EXPECT_EQ(web.connection_attempts, 3U);
  EXPECT_EQ(web.alive_interval, std::chrono::seconds(5));
  EXPECT_EQ(web.alive_count, 2U);
  EXPECT_EQ(web.ciphers, "-aes*");
  EXPECT_EQ(web.agent_socket, "none");
  EXPECT_TRUE(web.identities_only);
}

TEST_F(EndpointReading, KeyFilesAndKnownHostsOfSshConfigAreTakenUnlessOthersAreNamed) {
  ssh_config(
      "IdentityFile /a\nIdentityFile /b\nUserKnownHostsFile /k1 /k2\nGlobalKnownHostsFile none\nHashKnownHosts yes\n"
      "HostKeyAlias Alias\nRevokedHostKeys /r\nNoHostAuthenticationForLocalhost yes\nKnownHostsCommand /bin/x %H\n");
  Endpoint web = read();
  EXPECT_EQ(web.identities, (std::vector<std::string>{"/a", "/b"}));
  EXPECT_EQ(web.known_hosts_files, (std::vector<std::string>{"/k1", "/k2"}));
  EXPECT_EQ(web.global_known_hosts_files, std::vector<std::string>{"none"});
  EXPECT_EQ(web.host_key_alias, "alias");
  EXPECT_EQ(web.revoked_host_keys, "/r");
  EXPECT_TRUE(web.hash_known_hosts && web.trusts_this_machine && web.has_known_hosts_command);
  EXPECT_EQ(read({{"identity", "/c"}}).identities, std::vector<std::string>{"/c"});
  options_.names_known_hosts = true;
  EXPECT_TRUE(read().known_hosts_files.empty() && read().global_known_hosts_files.empty());
}

}  // namespace
}  // namespace espresso
