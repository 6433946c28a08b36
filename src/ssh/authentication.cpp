#include "ssh/authentication.h"

#include "core/error.h"
#include "core/text.h"
#include "ssh/agent_desk.h"
#include "ssh/refused.h"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <utility>

namespace espresso {
namespace {

// sshd closes the connection at the sixth refusal (MaxAuthTries); one is kept for the password.
constexpr std::size_t most_keys_before_password = 5;
constexpr int most_rounds = 8;

int number_of(const std::string& method) {
  if (method == "publickey") return SSH_AUTH_METHOD_PUBLICKEY;
  if (method == "keyboard-interactive") return SSH_AUTH_METHOD_INTERACTIVE;
  if (method == "password") return SSH_AUTH_METHOD_PASSWORD;
  return 0;
}

/// "Current password:" stands before the new one where the old one was just taken.
bool asks_for_new_password(std::string_view prompt, bool answered) {
  std::string lower(prompt);
  for (auto& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto holds = [&lower](const char* words) { return lower.find(words) != std::string::npos; };
  return holds("new password") || holds("new unix password") || holds("change your password") ||
         (answered && holds("current"));
}

class Login {
 public:
  Login(std::shared_ptr<Link> link, Credentials credentials, Deadline deadline)
      : link_(std::move(link)), with_(std::move(credentials)), deadline_(deadline), notes_(with_.notes) {}

  Login(const Login&) = delete;
  Login& operator=(const Login&) = delete;
  ~Login() {
    if (!desk_) return;
    desk_->close();
    if (!in_call_) desk_->detach(link_->session());
  }

  awaitable<bool> run() {
    if (!with_.public_key_algorithms.empty())
      link_->wire()->set(SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, with_.public_key_algorithms);
    while (const int method = next_method()) {
      const int answer = co_await attempt(method);
      if (answer == SSH_AUTH_SUCCESS) co_return true;
      if (late_) co_return false;
      // Another key may be wanted, but never the same password again.
      if (answer != SSH_AUTH_PARTIAL || method != SSH_AUTH_METHOD_PUBLICKEY) exhausted_ |= method;
    }
    if (tried_.empty() && !refused_) {
      // Nothing to offer: the server is asked what it would accept, or lets anyone in.
      const int answer = co_await call([this] { return ssh_userauth_none(link_->session(), nullptr); });
      if (answer == SSH_AUTH_SUCCESS) co_return true;
      if (late_) co_return false;
    }
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
    if (answer) note(*answer);
    co_return answer.value_or(SSH_AUTH_ERROR);
  }

  bool has_hung_up() const { return link_->broken(); }

  /// Notes what the answer means for the next method.
  void note(int answer) {
    if (answer == SSH_AUTH_DENIED || answer == SSH_AUTH_PARTIAL)
      accepted_ = ssh_userauth_list(link_->session(), nullptr);
    if (answer == SSH_AUTH_PARTIAL) is_partial_ = true;
    if (answer == SSH_AUTH_ERROR && has_hung_up()) {
      refused_ = true;
      refusal_ = link_->error();
    }
  }

  int next_method() const {
    if (late_ || refused_) return 0;
    for (const auto& name : with_.methods) {
      const int method = number_of(name);
      if ((exhausted_ & method) == 0 && (accepted_ == 0 || (accepted_ & method) != 0)) {
        if (method == SSH_AUTH_METHOD_PUBLICKEY || !with_.password.empty()) return method;
      }
    }
    return 0;
  }

  awaitable<int> attempt(int method) {
    if (method == SSH_AUTH_METHOD_PUBLICKEY) co_return co_await try_keys();
    if (method == SSH_AUTH_METHOD_INTERACTIVE) co_return co_await try_keyboard_interactive();
    co_return co_await try_password();
  }

  /// All keys that are left, until one is accepted.
  awaitable<int> try_keys() {
    if (!ordered_) co_await order();
    int answer = SSH_AUTH_DENIED;
    while (!late_ && !refused_ && next_ < order_.candidates.size()) {
      if (accepted_ != 0 && (accepted_ & SSH_AUTH_METHOD_PUBLICKEY) == 0) break;
      const bool is_of_agent = order_.candidates[next_].is_of_agent();
      if (is_of_agent && agent_is_gone_)
        ++next_;
      else if (is_of_agent)
        answer = co_await try_agent();
      else
        answer = co_await try_key();
      if (answer == SSH_AUTH_SUCCESS || answer == SSH_AUTH_PARTIAL) break;
    }
    co_return answer;
  }

  awaitable<void> order() {
    ordered_ = true;
    std::shared_ptr<const Agent::Keys> of_agent = std::make_shared<const Agent::Keys>();
    if (with_.agent) of_agent = co_await with_.agent->keys_soon(deadline_);
    if (!of_agent->trouble.empty())
      notes_.push_back(of_agent->trouble);
    else if (with_.agent && of_agent->keys.empty())
      notes_.emplace_back("the agent holds no keys, or is locked");
    order_ = order_keys(with_.keys, of_agent->keys);
    notes_.insert(notes_.end(), order_.unusable.begin(), order_.unusable.end());
    const auto most = with_.password.empty() ? order_.candidates.size() : most_keys_before_password;
    if (order_.candidates.size() > most) order_.candidates.resize(most);
  }

  /// Signed for at once, without asking whether the server would accept it.
  awaitable<int> try_key() {
    const auto& candidate = order_.candidates[next_++];
    const int answer =
        co_await call([&] { return ssh_userauth_publickey(link_->session(), nullptr, candidate.signs.get()); });
    if (answer == SSH_AUTH_DENIED && is_held_back())
      notes_.push_back("the host is not to be shown " + name(candidate) + ": its algorithm is not allowed here");
    else
      tell(candidate);
    co_return answer;
  }

  /// libssh itself has refused, by SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES or because an RSA key is too short.
  bool is_held_back() const {
    return std::string_view(ssh_get_error(link_->session())).find("is not allowed") != std::string_view::npos;
  }

  void tell(const Candidate& candidate) {
    if (!candidate.told.empty()) tried_.push_back(candidate.told);
    if (candidate.certificate) offered_certificates_.push_back(&candidate);
  }

  /// The keys from here on that the agent signs for. libssh asks the server for each first, then the agent.
  awaitable<int> try_agent() {
    const auto from = next_;
    std::vector<AgentDesk::Offer> offers;
    for (; next_ < order_.candidates.size() && order_.candidates[next_].is_of_agent(); ++next_) {
      const auto& candidate = order_.candidates[next_];
      offers.push_back({.shown = candidate.key, .signer = candidate.agent_signs});
      tell(candidate);
      if (candidate.told.empty()) ++keys_of_agent_;
    }
    asked_agent_ = true;
    if (!desk_) {
      desk_ = std::make_shared<AgentDesk>(link_->executor(), with_.agent, deadline_);
      if (!desk_->open(link_->session())) {
        notes_.push_back("there are no file descriptors left to ask the agent with");
        co_return SSH_AUTH_DENIED;
      }
    }
    desk_->show(std::move(offers));
    const int answer = co_await ask_through_desk();
    if (const auto refusal = desk_->take_refusal()) {
      const auto& candidate = order_.candidates[from + refusal->offer];
      if (refusal->late) throw_agent_is_late(" when asked to sign with " + name(candidate));
      notes_.push_back(refusal->gone ? "the agent has gone away"
                                     : "the agent has refused to sign with " + name(candidate));
      // libssh has forgotten the keys behind this one. Of an agent that is gone, no other key is of use either.
      agent_is_gone_ = refusal->gone;
      if (!refusal->gone) next_ = from + refusal->offer + 1;
      if (answer == SSH_AUTH_ERROR && !refused_) co_return SSH_AUTH_DENIED;
    }
    co_return answer;
  }

  awaitable<int> ask_through_desk() {
    Clock::duration for_agent{};
    Clock::duration for_host{};
    while (true) {
      const auto start = Clock::now();
      auto step = [wire = link_->wire(), deadline = deadline_] {
        const bool in_time = Clock::now() < deadline;
        return in_time ? ssh_userauth_agent(wire->session(), nullptr) : static_cast<int>(SSH_AUTH_AGAIN);
      };
      in_call_ = true;
      int answer = co_await on_pool(with_.agent->callers(), step);
      in_call_ = false;
      const auto asked = Clock::now();
      for_agent += asked - start;
      if (answer == SSH_AUTH_AGAIN && has_hung_up()) answer = SSH_AUTH_ERROR;
      link_->called();
      if (answer != SSH_AUTH_AGAIN) {
        note(answer);
        co_return answer;
      }
      if (link_->lost()) link_->throw_lost();
      late_ = !co_await link_->progress(deadline_);
      for_host += Clock::now() - asked;
      // Others have waited for the agent, and this one for them.
      if (late_ && for_agent > for_host) throw_agent_is_late();
      if (late_) co_return SSH_AUTH_ERROR;
    }
  }

  awaitable<int> try_keyboard_interactive() {
    const auto session = link_->session();
    bool answered = false;
    for (int round = 0; round < most_rounds; ++round) {
      const int answer = co_await call([session] { return ssh_userauth_kbdint(session, nullptr, nullptr); });
      if (answer != SSH_AUTH_INFO) {
        if (answered) tried_.push_back("keyboard-interactive");
        co_return answer;
      }
      const int prompts = ssh_userauth_kbdint_getnprompts(session);
      for (int prompt = 0; prompt < prompts; ++prompt) {
        char echo = 0;
        const char* text = ssh_userauth_kbdint_getprompt(session, static_cast<unsigned>(prompt), &echo);
        if (text && asks_for_new_password(text, answered)) throw_wants_new_password();
        // The password once, and only where it will not be shown: asked again, it was wrong.
        const bool give = echo == 0 && !answered;
        ssh_userauth_kbdint_setanswer(session, static_cast<unsigned>(prompt), give ? with_.password.c_str() : "");
        answered = answered || give;
      }
    }
    tried_.push_back("keyboard-interactive");
    notes_.push_back("the host asked " + std::to_string(most_rounds) + " times");
    co_return SSH_AUTH_DENIED;
  }

  awaitable<int> try_password() {
    tried_.push_back("password");
    const int answer =
        co_await call([this] { return ssh_userauth_password(link_->session(), nullptr, with_.password.c_str()); });
    // libssh does not know SSH_MSG_USERAUTH_PASSWD_CHANGEREQ (RFC 4252, section 8).
    if (answer == SSH_AUTH_ERROR && !late_ && !refused_) throw_wants_new_password();
    co_return answer;
  }

  static std::string name(const Candidate& candidate) {
    if (!candidate.told.empty()) return candidate.told;
    const auto comment = candidate.key.comment.empty() ? "" : "'" + printable(candidate.key.comment) + "' ";
    return "its key " + comment + "(" + candidate.key.describe() + ")";
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

  std::string who() const { return "login denied for user '" + with_.user + "': "; }

  [[noreturn]] void throw_agent_is_late(const std::string& when = "") const {
    throw Unreachable(who() + "the agent at '" + with_.agent->path() + "' did not answer in time" + when,
                      "it may wait for a confirmation or a touch: answer it, or give it a longer connect_timeout");
  }

  [[noreturn]] void throw_wants_new_password() const {
    throw Refused(who() + "the host wants a new password: the old one has expired",
                  "log in with ssh once and change it");
  }

  std::vector<std::string> flaws() const {
    std::vector<std::string> result;
    const auto now = static_cast<std::uint64_t>(std::time(nullptr));
    for (const auto* candidate : offered_certificates_) {
      const auto flaw = candidate->certificate->flaw(with_.user, now);
      if (!flaw.empty()) result.push_back("the certificate '" + candidate->file + "' " + flaw);
    }
    return result;
  }

  [[noreturn]] void throw_denied() const {
    auto tried = tried_;
    if (keys_of_agent_ > 0)
      tried.push_back("agent (" + std::to_string(keys_of_agent_) + (keys_of_agent_ == 1 ? " key)" : " keys)"));
    std::string message = who();
    if (is_partial_) message += "one method was accepted and the host wants another; ";
    message += tried.empty() ? "there is no key, agent or password to try" : "tried " + join(tried, ", ");
    const auto wrong = flaws();
    for (const auto& flaw : wrong) message += "; " + flaw;
    for (const auto& text : notes_) message += "; " + text;
    if (refused_) message += "; " + refusal_;
    if (const auto names = accepted(); !names.empty()) message += "; the host accepts " + names;
    throw Refused(message, hint(!wrong.empty()));
  }

  std::string hint(bool has_flawed_certificate) const {
    if (has_flawed_certificate) return "let the certificate's authority sign a new one";
    if (!order_.hint.empty()) return order_.hint;
    const int by_password = SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_INTERACTIVE;
    if (is_partial_ && with_.password.empty() && (accepted_ & by_password) != 0)
      return "give the password with --ask-pass or 'password' in the inventory";
    if (refused_ && asked_agent_) {
      return "the host may allow fewer tries than the agent has keys: name a key with --identity, "
             "or take keys out of the agent with ssh-add -d";
    }
    return "check the user, and that its authorized_keys at the host holds one of these keys";
  }

  std::shared_ptr<Link> link_;
  Credentials with_;
  Deadline deadline_;
  KeyOrder order_;
  std::size_t next_ = 0;  // candidate
  std::shared_ptr<AgentDesk> desk_;
  std::vector<std::string> tried_;
  std::vector<std::string> notes_;
  std::vector<const Candidate*> offered_certificates_;
  std::size_t keys_of_agent_ = 0;
  int accepted_ = 0;  // methods the server named with its last refusal; 0: not told yet
  int exhausted_ = 0;
  bool ordered_ = false;
  bool late_ = false;
  bool refused_ = false;
  bool is_partial_ = false;
  bool asked_agent_ = false;
  bool agent_is_gone_ = false;
  bool in_call_ = false;  // of libssh, on another thread
  std::string refusal_;
};

}  // namespace

awaitable<bool> authenticate(std::shared_ptr<Link> link, Credentials credentials, Deadline deadline) {
  Login login(std::move(link), std::move(credentials), deadline);
  co_return co_await login.run();
}

}  // namespace espresso
