#pragma once

#include "core/async.h"

#include <asio/thread_pool.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace espresso {

/// A key that a host has shown and that no known_hosts file lists.
struct UnknownHostKey {
  std::string name;         ///< the host's, in the inventory
  std::string address;      ///< "192.0.2.7", with its port where that is not 22: "[192.0.2.7]:2222"
  std::string type;         ///< "ssh-ed25519"
  std::string key;          ///< in base64
  std::string fingerprint;  ///< "SHA256:…"
  std::string remark = {};  ///< what else is to be known before it is accepted; mostly empty
};

/// Who decides about unknown host keys: a person at a terminal.
class HostKeyJudge {
 public:
  virtual ~HostKeyJudge() = default;
  /// Which of the keys are accepted, one answer each. Blocks; called on a thread of a pool, once at a time.
  virtual std::vector<bool> ask(const std::vector<UnknownHostKey>& keys) = 0;
  /// From another thread: ask() ends soon, with whatever answer, and so do later ones.
  virtual void interrupt() noexcept = 0;
};

/// Gathers unknown host keys, so that one question is put for all of a run: when each connection that is under way has
/// ended or waits for an answer. Keys that are met later make another question. For any number of threads.
class HostKeyQuestions : public std::enable_shared_from_this<HostKeyQuestions> {
 public:
  /// `pool` is for the judge; it must end before this and before the executors of those who wait.
  HostKeyQuestions(std::shared_ptr<HostKeyJudge> judge, asio::thread_pool& pool);
  HostKeyQuestions(const HostKeyQuestions&) = delete;
  HostKeyQuestions& operator=(const HostKeyQuestions&) = delete;

  /// A connection on its way to a session; while one lives that waits for no answer, nothing is asked. One that waits
  /// for another connection, such as that to its jump host, steps aside meanwhile.
  class UnderWay {
   public:
    explicit UnderWay(std::shared_ptr<HostKeyQuestions> questions);
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
    ~UnderWay();

    class Aside {
     public:
      explicit Aside(UnderWay& connection);
      Aside(const Aside&) = delete;
      Aside& operator=(const Aside&) = delete;
      ~Aside();

     private:
      HostKeyQuestions& questions_;
    };

   private:
    std::shared_ptr<HostKeyQuestions> questions_;
  };

  bool has_judge() const { return judge_ != nullptr; }
  /// Whether the key is accepted; called by a connection that is under way. Throws Unreachable when interrupted.
  static awaitable<bool> ask(std::shared_ptr<HostKeyQuestions> questions, UnknownHostKey key);
  /// The question that is open ends, there are no more, and all who wait are interrupted.
  void interrupt();

 private:
  struct Waiter;
  enum class Answer { none_yet, no, yes, interrupted };

  void begin();
  void end();
  void begin_question(const std::lock_guard<std::mutex>& held);
  void put_question(const std::vector<std::shared_ptr<Waiter>>& waiters);
  void answer(const std::vector<std::shared_ptr<Waiter>>& waiters, const std::vector<Answer>& answers);
  static void wake(const std::shared_ptr<Waiter>& waiter, Answer answer);

  std::shared_ptr<HostKeyJudge> judge_;
  asio::thread_pool& pool_;
  std::mutex mutex_;  // for all below
  std::size_t under_way_ = 0;
  std::list<std::shared_ptr<Waiter>> waiting_;  ///< for a question to be put or answered
  bool is_open_ = false;
  bool is_interrupted_ = false;
};

}  // namespace espresso
