#include "agent_relay.h"
#include "login.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace espresso::testing {
namespace {

using OnSign = AgentRelay::OnSign;

/// A server, its own agent, and an endpoint that knows no key file.
class AgentLogin : public ::testing::Test {
 protected:
  AgentLogin() : agent_(server_.folder()), endpoint_(server_.endpoint()) {
    endpoint_.identities = {"none"};
    endpoint_.use_agent = true;
  }

  KeyFile make(const std::string& name, const std::string& type = "ed25519") const {
    return make_key(server_.folder(), name, type);
  }

  std::string login() const { return testing::login(server_, endpoint_, agent_.socket()); }

  Connector::Options options(const std::string& agent_socket) const {
    auto result = server_.connector_options();
    result.agent_socket = agent_socket;
    return result;
  }

  Sshd server_;
  SshAgent agent_;
  Endpoint endpoint_;
};

TEST_F(AgentLogin, TakesTheKeyThatTheHostAccepts) {
  agent_.add(make("other", "rsa"));
  agent_.add(server_.user_key());
  agent_.add(make("third", "ecdsa"));
  EXPECT_EQ(login(), "connected");
}

TEST_F(AgentLogin, WorksWithKeysOfAllTypes) {
  for (const char* type : {"rsa", "ecdsa"}) {
    const auto key = make(type, type);
    server_.authorize(key.public_line());
    agent_.ssh_add({"-q", "-D"});
    agent_.add(key);
    EXPECT_EQ(login(), "connected") << type;
  }
}

TEST_F(AgentLogin, DeniedTellsHowManyKeysTheAgentHolds) {
  const auto third = make("third");
  endpoint_.identities = {third.path};
  agent_.add(make("other"));
  const std::string key = "key '" + third.path + "' (" + shown(third) + ")";
  EXPECT_EQ(login(), denied("tried " + key + ", agent (1 key); the host accepts publickey"));
  agent_.add(make("another"));
  agent_.add(third);
  EXPECT_EQ(login(), denied("tried " + key + ", agent (2 keys); the host accepts publickey"));
}

TEST_F(AgentLogin, WithMoreKeysThanTheHostTakesTellsWhatToDo) {
  for (const char* name : {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}) agent_.add(make(name));
  agent_.add(server_.user_key());
  EXPECT_EQ(login(), denied("tried agent (11 keys); received SSH_MSG_DISCONNECT: 2:Too many authentication failures",
                            "the host may allow fewer tries than the agent has keys: name a key with --identity, "
                            "or take keys out of the agent with ssh-add -d"));
}

TEST_F(AgentLogin, WithManyKeysStillTriesTheNamedOne) {
  for (const char* name : {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}) agent_.add(make(name));
  endpoint_.identities = {server_.user_key().path};
  EXPECT_EQ(login(), "connected");
  agent_.add(server_.user_key());
  endpoint_.identities = {server_.user_key().path + ".pub"};
  EXPECT_EQ(login(), "connected");
}

TEST_F(AgentLogin, OfIdentitiesOnlyShowsNoOtherKey) {
  agent_.add(server_.user_key());
  const auto other = make("other");
  endpoint_.identities = {other.path};
  EXPECT_EQ(login(), "connected");
  endpoint_.identities_only = true;
  EXPECT_EQ(login(), denied("tried key '" + other.path + "' (" + shown(other) + "); the host accepts publickey"));
}

TEST_F(AgentLogin, TakesTheAgentThatTheEndpointNames) {
  agent_.add(server_.user_key());
  const auto nobody = server_.folder() / "nobody";
  endpoint_.agent_socket = agent_.socket();
  EXPECT_EQ(testing::login(server_, endpoint_, nobody), "connected");
  ::setenv("ESPRESSO_TEST_AGENT", agent_.socket().c_str(), 1);
  endpoint_.agent_socket = "$ESPRESSO_TEST_AGENT";
  EXPECT_EQ(testing::login(server_, endpoint_, nobody), "connected");
  endpoint_.agent_socket = "none";
  EXPECT_EQ(login(), denied("there is no key, agent or password to try; the host accepts publickey"));
  endpoint_.agent_socket = nobody;
  EXPECT_EQ(login(), denied("there is no key, agent or password to try; no agent is at '" + nobody +
                            "'; the host accepts publickey"));
}

TEST_F(AgentLogin, OfManyHostsAsksForTheKeysOnceOverOneConnection) {
  agent_.add(make("other"));
  agent_.add(server_.user_key());
  const AgentRelay relay(server_.folder(), agent_.socket(), OnSign::pass);
  const std::vector<Endpoint> hosts(100, endpoint_);
  EXPECT_EQ(log_in_at_once(hosts, options(relay.socket())), std::vector<std::string>(hosts.size(), "connected"));
  EXPECT_EQ(relay.connections, 1);
  EXPECT_EQ(relay.lists, 1);
  EXPECT_EQ(relay.signatures, 100);
}

TEST_F(AgentLogin, AnAgentThatNeverAnswersLeavesTheKeyFiles) {
  const auto path = server_.folder() / "mute";
  const int mute = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(mute, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(mute, 1), 0);
  endpoint_.connect_timeout = std::chrono::seconds(2);
  EXPECT_EQ(testing::login(server_, endpoint_, path),
            denied("there is no key, agent or password to try; the agent at '" + path +
                   "' does not answer; the host accepts publickey"));
  endpoint_.identities = {server_.user_key().path};
  EXPECT_EQ(testing::login(server_, endpoint_, path), "connected");
  ::close(mute);
}

TEST_F(AgentLogin, AnAgentThatHangsWhenItShouldSignEndsItsOwnHostsOnly) {
  const auto key = make("held");
  server_.authorize(key.public_line());
  agent_.add(key);
  const AgentRelay relay(server_.folder(), agent_.socket(), OnSign::silence);
  auto hanging = endpoint_;
  hanging.connect_timeout = std::chrono::seconds(6);
  auto other = server_.endpoint();
  other.use_agent = true;
  other.identities_only = true;
  std::vector<Endpoint> hosts(8, hanging);
  hosts.insert(hosts.end(), 5, other);
  auto results = log_in_at_once(hosts, options(relay.socket()));
  const std::vector<std::string> others(results.end() - 5, results.end());
  EXPECT_EQ(others, std::vector<std::string>(5, "connected"));
  results.resize(8);
  const auto late =
      "login denied for user '" + current_user() + "': the agent at '" + relay.socket() + "' did not answer in time";
  const auto asked = late + " when asked to sign with its key 'test' (" + shown(key) +
                     ")\nit may wait for a confirmation or a touch: answer it, or give it a longer connect_timeout";
  EXPECT_NE(std::find(results.begin(), results.end(), asked), results.end());
  // Those that have only waited for others may be told so, or that there was no time.
  for (const auto& result : results)
    EXPECT_TRUE(result.starts_with(late) || result.starts_with("no answer within 6.00s during the login")) << result;
}

TEST_F(AgentLogin, GoesOnWithFilesWhenTheAgentIsGone) {
  agent_.add(server_.user_key());
  const AgentRelay relay(server_.folder(), agent_.socket(), OnSign::hang_up);
  EXPECT_EQ(testing::login(server_, endpoint_, relay.socket()),
            denied("tried agent (1 key); the agent has gone away; the host accepts publickey"));
  const auto key = make("file");
  server_.authorize(key.public_line());
  endpoint_.identities = {key.path};
  EXPECT_EQ(testing::login(server_, endpoint_, relay.socket()), "connected");
}

TEST_F(AgentLogin, TellsOfAKeyThatTheAgentDoesNotSignWith) {
  agent_.ssh_add({"-q", "-c", server_.user_key().path});  // to be confirmed by somebody who is not there
  EXPECT_EQ(login(), denied("tried agent (1 key); the agent has refused to sign with its key 'test' (" +
                            shown(server_.user_key()) + "); the host accepts publickey"));
  const auto key = make("file");
  server_.authorize(key.public_line());
  endpoint_.identities = {key.path};
  EXPECT_EQ(login(), "connected");
}

TEST_F(AgentLogin, GoesOnWithTheNextKeyWhenTheAgentRefusesOne) {
  agent_.ssh_add({"-q", "-c", server_.user_key().path});
  const auto key = make("second");
  server_.authorize(key.public_line());
  agent_.add(key);
  EXPECT_EQ(login(), "connected");
}

TEST_F(AgentLogin, FindsNoKeysInALockedAgent) {
  agent_.add(server_.user_key());
  write_file(server_.folder() / "askpass", "#!/bin/sh\necho secret\n", 0700);
  output_of({"env", "SSH_AUTH_SOCK=" + agent_.socket(), "SSH_ASKPASS=" + (server_.folder() / "askpass"),
             "SSH_ASKPASS_REQUIRE=force", "ssh-add", "-q", "-x"});
  EXPECT_EQ(login(), denied("there is no key, agent or password to try; the agent holds no keys, or is locked; "
                            "the host accepts publickey"));
}

}  // namespace
}  // namespace espresso::testing
