#include "ssh/authentication.h"

#include "core/error.h"
#include "core/text.h"

#include <utility>

namespace espresso {
namespace {

// sshd closes the connection at the sixth refusal (MaxAuthTries); one is kept for the password.
constexpr unsigned most_key_files = 5;
constexpr int most_prompts = 8;

class Login {
 public:
  Login(std::shared_ptr<Link> link, asio::thread_pool& pool, Credentials credentials, Deadline deadline)
      : link_(std::move(link)), pool_(pool), with_(std::move(credentials)), deadline_(deadline) {}

  awaitable<bool> run() {
    if (co_await try_keys()) co_return true;
    if (co_await try_agent()) co_return true;
    if (co_await try_keyboard_interactive()) co_return true;
    if (co_await try_password()) co_return true;
    if (tried_.empty() && !late_ && !refused_) {
      // Nothing to offer: the server is asked what it would accept, or lets anyone in.
      const auto answer = co_await call([this] { return ssh_userauth_none(link_->session(), nullptr); });
      if (succeeded(answer)) co_return true;
    }
    if (late_) co_return false;
    const bool has_said_why = refusal_.find("DISCONNECT") != std::string::npos;
    if (refused_ && !has_said_why && !asked_agent_ && has_hung_up()) throw_cut();
    throw_denied();
  }

 private:
  template <typename Function>
  awaitable<int> call(Function function) {
    // "Again" may also mean that the server has hung up: nothing would ever come then.
    const auto checked = [this, &function] {
      const int answer = function();
      return answer == SSH_AUTH_AGAIN && has_hung_up() ? static_cast<int>(SSH_AUTH_ERROR) : answer;
    };
    const auto answer = co_await link_->call(checked, SSH_AUTH_AGAIN, deadline_);
    late_ = !answer;
    co_return answer.value_or(SSH_AUTH_ERROR);
  }

  bool has_hung_up() const { return link_->broken(); }

  /// Notes what the answer means for the next method.
  bool succeeded(int answer) {
    if (answer == SSH_AUTH_SUCCESS) return true;
    if (late_) return false;
    if (answer == SSH_AUTH_ERROR) {
      refused_ = true;
      refusal_ = link_->error();
    } else {
      accepted_ = ssh_userauth_list(link_->session(), nullptr);
    }
    return false;
  }

  bool may_try(int method) const { return !late_ && !refused_ && (accepted_ == 0 || (accepted_ & method) != 0); }

  awaitable<bool> try_keys() {
    unsigned count = 0;
    for (const auto& identity : with_.identities) {
      if (!identity->key) {
        encrypted_.push_back(identity->file);
        continue;
      }
      if (count == most_key_files || !may_try(SSH_AUTH_METHOD_PUBLICKEY)) co_return false;
      ++count;
      tried_.push_back("key '" + identity->file + "'");
      const auto answer =
          co_await call([&] { return ssh_userauth_publickey(link_->session(), nullptr, identity->key.get()); });
      if (succeeded(answer)) co_return true;
    }
    co_return false;
  }

  /// Each step on the pool, since libssh waits for the agent within it. Nobody else touches the session meanwhile.
  awaitable<bool> try_agent() {
    const auto agent = with_.agent;
    if (!agent || !may_try(SSH_AUTH_METHOD_PUBLICKEY) || agent->keys == 0U) co_return false;
    auto connect = [path = agent->path()] { return AgentSocket::connect(path); };
    const auto socket = co_await on_pool(pool_, connect);
    if (!socket) {
      tried_.push_back("an agent that does not answer at '" + agent->path() + "'");
      co_return false;
    }
    // The answer's rest stays in its socket, so the question for the number of keys has one of its own.
    std::shared_ptr<AgentSocket> asked;
    if (!agent->keys) {
      auto connect_again = [path = agent->path()] { return AgentSocket::connect(path); };
      asked = co_await on_pool(pool_, connect_again);
    }
    agent->add(socket);
    if (asked) agent->add(asked);
    asio::steady_timer timer(link_->executor(), deadline_);
    timer.async_wait([socket, asked](asio::error_code cancelled) {
      if (cancelled) return;
      socket->abort();
      if (asked) asked->abort();
    });
    if (asked) {
      auto count = [asked] { return asked->count_keys(); };
      agent->keys = co_await on_pool(pool_, count);
      late_ = Clock::now() >= deadline_;
      if (late_ || agent->keys == 0U) co_return false;
    }
    tried_.push_back(agent->keys == 1U ? "agent (1 key)"
                                       : "agent (" + std::to_string(agent->keys.value_or(0)) + " keys)");
    asked_agent_ = true;
    bool attached = false;
    while (true) {
      auto step = [wire = link_->wire(), socket, attached] {
        if (!attached && !socket->attach(wire->session())) return static_cast<int>(SSH_AUTH_DENIED);
        return ssh_userauth_agent(wire->session(), nullptr);
      };
      int answer = co_await on_pool(pool_, step);
      attached = true;
      if (answer == SSH_AUTH_AGAIN && has_hung_up()) answer = SSH_AUTH_ERROR;
      link_->called();
      if (answer != SSH_AUTH_AGAIN) {
        late_ = Clock::now() >= deadline_ && answer != SSH_AUTH_SUCCESS;
        co_return succeeded(answer);
      }
      if (link_->lost()) link_->throw_lost();
      if (!co_await link_->progress(deadline_)) {
        late_ = true;
        co_return false;
      }
    }
  }

  awaitable<bool> try_keyboard_interactive() {
    if (with_.password.empty() || !may_try(SSH_AUTH_METHOD_INTERACTIVE)) co_return false;
    const auto session = link_->session();
    bool answered = false;
    for (int round = 0; round < most_prompts; ++round) {
      const auto answer = co_await call([session] { return ssh_userauth_kbdint(session, nullptr, nullptr); });
      if (answer != SSH_AUTH_INFO) {
        if (answered) tried_.push_back("keyboard-interactive");
        co_return succeeded(answer);
      }
      const int prompts = ssh_userauth_kbdint_getnprompts(session);
      for (int prompt = 0; prompt < prompts; ++prompt) {
        char echo = 0;
        ssh_userauth_kbdint_getprompt(session, static_cast<unsigned>(prompt), &echo);
        // The password once, and only where it will not be shown: asked again, it was wrong.
        const bool give = echo == 0 && !answered;
        ssh_userauth_kbdint_setanswer(session, static_cast<unsigned>(prompt), give ? with_.password.c_str() : "");
        answered = answered || give;
      }
    }
    tried_.push_back("keyboard-interactive");
    co_return false;
  }

  awaitable<bool> try_password() {
    if (with_.password.empty() || !may_try(SSH_AUTH_METHOD_PASSWORD)) co_return false;
    tried_.push_back("password");
    const auto answer =
        co_await call([this] { return ssh_userauth_password(link_->session(), nullptr, with_.password.c_str()); });
    co_return succeeded(answer);
  }

  std::string accepted() const {
    std::vector<std::string> names;
    if (accepted_ & SSH_AUTH_METHOD_PUBLICKEY) names.push_back("publickey");
    if (accepted_ & SSH_AUTH_METHOD_PASSWORD) names.push_back("password");
    if (accepted_ & SSH_AUTH_METHOD_INTERACTIVE) names.push_back("keyboard-interactive");
    if (accepted_ & SSH_AUTH_METHOD_HOSTBASED) names.push_back("hostbased");
    if (accepted_ & SSH_AUTH_METHOD_GSSAPI_MIC) names.push_back("gssapi-with-mic");
    return join(names, ", ");
  }

  /// The connection ended without a word of the server: nobody was denied anything.
  [[noreturn]] void throw_cut() const {
    const auto tries = tried_.empty() ? "" : " (tried " + join(tried_, ", ") + ")";
    throw Unreachable("the connection ended during the login of user '" + with_.user + "'" + tries + ": " + refusal_,
                      "look into the log of the host's sshd for the reason, or run again");
  }

  [[noreturn]] void throw_denied() const {
    std::string message = "login denied for user '" + with_.user + "': ";
    message += tried_.empty() ? "there is no key, agent or password to try" : "tried " + join(tried_, ", ");
    if (!encrypted_.empty()) message += "; the key '" + encrypted_.front() + "' is encrypted";
    if (refused_) message += "; " + refusal_;
    if (const auto names = accepted(); !names.empty()) message += "; the host accepts " + names;
    if (!encrypted_.empty()) throw Unreachable(message, "add it to an agent: ssh-add " + encrypted_.front());
    if (refused_ && asked_agent_) {
      throw Unreachable(message,
                        "the host may allow fewer tries than the agent has keys: name a key with --identity, "
                        "or take keys out of the agent with ssh-add -d");
    }
    throw Unreachable(message, "check the user, and that its authorized_keys at the host holds one of these keys");
  }

  std::shared_ptr<Link> link_;
  asio::thread_pool& pool_;
  Credentials with_;
  Deadline deadline_;
  std::vector<std::string> tried_;
  std::vector<std::string> encrypted_;
  int accepted_ = 0;  // methods the server named with its last refusal; 0: not told yet
  bool late_ = false;
  bool refused_ = false;
  bool asked_agent_ = false;
  std::string refusal_;
};

}  // namespace

awaitable<bool> authenticate(std::shared_ptr<Link> link, asio::thread_pool& pool, Credentials credentials,
                             Deadline deadline) {
  Login login(std::move(link), pool, std::move(credentials), deadline);
  co_return co_await login.run();
}

}  // namespace espresso
