#include "ssh/host_key_questions.h"

#include "core/error.h"
#include "coroutines.h"
#include "sshd.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace espresso::testing {
namespace {

using Names = std::vector<std::string>;

/// Accepts the keys of these hosts; remembers what it was asked.
class Judge : public HostKeyJudge {
 public:
  explicit Judge(Names accepted) : accepted_(std::move(accepted)) {}

  std::vector<bool> ask(const std::vector<UnknownHostKey>& keys) override {
    Names names;
    std::vector<bool> answers;
    for (const auto& key : keys) {
      names.push_back(key.name);
      answers.push_back(std::find(accepted_.begin(), accepted_.end(), key.name) != accepted_.end());
      last_ = key;
    }
    std::sort(names.begin(), names.end());
    questions_.push_back(names);
    return answers;
  }
  void interrupt() noexcept override {}

  const std::vector<Names>& questions() const { return questions_; }
  const UnknownHostKey& last() const { return last_; }

 private:
  Names accepted_;
  std::vector<Names> questions_;
  UnknownHostKey last_;
};

/// Thinks until it is interrupted.
class Thinker : public HostKeyJudge {
 public:
  std::vector<bool> ask(const std::vector<UnknownHostKey>& keys) override {
    std::unique_lock lock(mutex_);
    asked_();
    changed_.wait(lock, [this] { return interrupted_; });
    return std::vector<bool>(keys.size(), true);
  }
  void interrupt() noexcept override {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
    changed_.notify_all();
  }
  void when_asked(std::function<void()> tell) { asked_ = std::move(tell); }

 private:
  std::function<void()> asked_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool interrupted_ = false;
};

class HostKeyQuestion : public ::testing::Test {
 protected:
  HostKeyQuestion() { write_file(server_.known_hosts(), ""); }

  Endpoint endpoint(const std::string& name) const {
    auto result = server_.endpoint();
    result.name = name;
    result.host_key_alias = name;
    result.host_key_check = HostKeyCheck::ask;
    return result;
  }
  std::string listed(const std::string& name) const {
    return name + " " + without_comment(server_.host_key().public_line()) + "\n";
  }
  static awaitable<void> connect(Connector& connector, Endpoint endpoint, std::string& result) {
    try {
      const auto session = co_await connector.connect(endpoint);
      result = "connected";
      co_await session->close(in(std::chrono::seconds(5)));
    } catch (const Unreachable& error) {
      result = std::string(error.what()) + "\n" + error.hint();
    }
  }
  /// All at once; what became of each.
  Names connect(const std::shared_ptr<HostKeyJudge>& judge, const Names& names) {
    auto options = server_.connector_options();
    options.host_key_judge = judge;
    Connector connector(io_.get_executor(), options);
    Names results(names.size());
    std::size_t ended = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
      spawn(io_.get_executor(), connect(connector, endpoint(names[i]), results[i]), [&](std::exception_ptr failure) {
        EXPECT_FALSE(failure);
        if (++ended == names.size()) io_.stop();
      });
    }
    io_.restart();
    io_.run_for(std::chrono::seconds(120));
    return results;
  }

  asio::io_context io_;
  Sshd server_;
};

TEST_F(HostKeyQuestion, IsOneForAllKeysOfARun) {
  const auto judge = std::make_shared<Judge>(Names{"web1", "web2", "web3"});
  EXPECT_EQ(connect(judge, {"web1", "web2", "web3"}), Names(3, "connected"));
  EXPECT_EQ(judge->questions(), std::vector<Names>({{"web1", "web2", "web3"}}));
  const auto known = read_file(server_.known_hosts());
  for (const std::string name : {"web1", "web2", "web3"}) {
    EXPECT_NE(known.find(listed(name)), std::string::npos) << known;
  }
  EXPECT_EQ(connect(judge, {"web1", "web2", "web3"}), Names(3, "connected"));
  EXPECT_EQ(judge->questions().size(), 1U) << "all are known now";
}

TEST_F(HostKeyQuestion, ShowsTheKey) {
  const auto judge = std::make_shared<Judge>(Names{"web1"});
  EXPECT_EQ(connect(judge, {"web1"}), Names{"connected"});
  const auto& key = judge->last();
  EXPECT_EQ(key.name, "web1");
  EXPECT_EQ(key.address, "[127.0.0.1]:" + std::to_string(server_.port()));
  EXPECT_EQ(key.type + " " + key.key, without_comment(server_.host_key().public_line()));
  EXPECT_EQ(key.fingerprint, fingerprint(key.key));
  EXPECT_EQ(key.remark, "");
}

TEST_F(HostKeyQuestion, IsNotAnsweredForAllAlike) {
  const auto judge = std::make_shared<Judge>(Names{"web2"});
  const auto results = connect(judge, {"web1", "web2"});
  EXPECT_EQ(results[0], "host key of 'web1' (127.0.0.1:" + std::to_string(server_.port()) + ") is not accepted: " +
                            judge->last().type + " " + judge->last().fingerprint + "\nrun again to be asked again");
  EXPECT_EQ(results[1], "connected");
  EXPECT_EQ(read_file(server_.known_hosts()), listed("web2"));
}

TEST_F(HostKeyQuestion, IsAskedOnceForWhatIsTheSame) {
  const auto judge = std::make_shared<Judge>(Names{"web1"});
  EXPECT_EQ(connect(judge, {"web1", "web1"}), Names(2, "connected"));
  EXPECT_EQ(judge->questions(), std::vector<Names>({{"web1"}}));
  EXPECT_EQ(read_file(server_.known_hosts()), listed("web1"));
}

TEST_F(HostKeyQuestion, DoesNotConcernKnownHosts) {
  write_file(server_.known_hosts(), listed("web1"));
  const auto judge = std::make_shared<Judge>(Names{"web2"});
  EXPECT_EQ(connect(judge, {"web1", "web2"}), Names(2, "connected"));
  EXPECT_EQ(judge->questions(), std::vector<Names>({{"web2"}}));
}

TEST_F(HostKeyQuestion, SaysThatACertificateAuthorityVouchesForTheHost) {
  write_file(server_.known_hosts(), "@cert-authority " + listed("web1"));
  const auto judge = std::make_shared<Judge>(Names{"web1"});
  EXPECT_EQ(connect(judge, {"web1"}), Names{"connected"});
  EXPECT_EQ(judge->last().remark, "is only vouched for by the certificate authority at " + server_.known_hosts() +
                                      ":1, and host certificates are not supported");
}

TEST_F(HostKeyQuestion, EndsWhenTheRunIsInterrupted) {
  const auto judge = std::make_shared<Thinker>();
  auto options = server_.connector_options();
  options.host_key_judge = judge;
  Connector connector(io_.get_executor(), options);
  judge->when_asked([&] { asio::post(io_, [&] { connector.abandon(); }); });
  std::string result;
  run(io_, [&]() -> awaitable<void> { co_await connect(connector, endpoint("web1"), result); });
  EXPECT_EQ(result, "interrupted before there was a session\n");
  EXPECT_EQ(read_file(server_.known_hosts()), "");
}

/// A connection in small: it tells what it was answered.
class GatheredQuestions : public ::testing::Test {
 protected:
  using UnderWay = HostKeyQuestions::UnderWay;

  explicit GatheredQuestions() : judge_(std::make_shared<Judge>(Names{"a", "b", "c", "jump"})) {
    questions_ = std::make_shared<HostKeyQuestions>(judge_, pool_);
  }
  ~GatheredQuestions() override {
    pool_.stop();
    pool_.join();
  }
  static awaitable<void> ask(std::shared_ptr<HostKeyQuestions> questions, std::string name) {
    const UnderWay under_way(questions);
    const UnknownHostKey key{
        .name = name, .address = name, .type = "ssh-ed25519", .key = name, .fingerprint = name, .remark = ""};
    EXPECT_TRUE(co_await HostKeyQuestions::ask(questions, key));
  }
  void start(
      const std::string& name, std::function<void()> then = [] {}) {
    ++running_;
    spawn(io_.get_executor(), ask(questions_, name), [this, then](std::exception_ptr failure) {
      EXPECT_FALSE(failure);
      then();
      if (--running_ == 0) io_.stop();
    });
  }
  void finish() { io_.run_for(std::chrono::seconds(60)); }

  asio::io_context io_;
  asio::thread_pool pool_{1};
  std::shared_ptr<Judge> judge_;
  std::shared_ptr<HostKeyQuestions> questions_;
  int running_ = 0;
};

TEST_F(GatheredQuestions, WaitForAllThatAreUnderWay) {
  auto slow = std::make_unique<UnderWay>(questions_);
  start("a");
  start("b");
  io_.poll();
  EXPECT_TRUE(judge_->questions().empty());
  start("c");
  io_.poll();
  EXPECT_TRUE(judge_->questions().empty());
  slow.reset();
  finish();
  EXPECT_EQ(judge_->questions(), std::vector<Names>({{"a", "b", "c"}}));
}

TEST_F(GatheredQuestions, MakeAnotherOneLater) {
  start("a", [this] { start("b"); });
  finish();
  EXPECT_EQ(judge_->questions(), std::vector<Names>({{"a"}, {"b"}}));
}

TEST_F(GatheredQuestions, DoNotWaitForThoseThatWaitForAnotherConnection) {
  UnderWay behind_jump_host(questions_);
  const UnderWay::Aside aside(behind_jump_host);
  start("jump");
  finish();
  EXPECT_EQ(judge_->questions(), std::vector<Names>({{"jump"}}));
}

}  // namespace
}  // namespace espresso::testing
