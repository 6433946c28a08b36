#include "ssh/key_order.h"

#include "core/text.h"

#include <algorithm>
#include <utility>

namespace espresso {
namespace {

// sshd's MaxAuthTries.
constexpr std::size_t usual_tries = 6;

/// libssh gives up at the first key that it does not know.
bool is_known(const PublicKey& key) {
  const auto type = key.type();
  return !type.empty() && ssh_key_type_from_name(type.c_str()) != SSH_KEYTYPE_UNKNOWN && type != "ssh-dss" &&
         !type.starts_with("ssh-dss-cert");
}

class Ordering {
 public:
  Ordering(const Keys& keys, const std::vector<PublicKey>& of_agent) : keys_(keys), of_agent_(of_agent) {}

  KeyOrder run() {
    for (const auto& named : keys_.certificates) add_certificate(named);
    for (const auto& identity : keys_.identities) add_identity(identity);
    for (const auto& key : of_agent_) {
      if (is_known(key)) add_key_of_agent(key);
    }
    append(std::move(preferred_));
    const auto before = keys_.named_by_user ? places_before(files_.size()) : others_.size();
    const auto rest = others_.begin() + static_cast<std::ptrdiff_t>(std::min(before, others_.size()));
    append({std::make_move_iterator(others_.begin()), std::make_move_iterator(rest)});
    append(std::move(files_));
    append({std::make_move_iterator(rest), std::make_move_iterator(others_.end())});
    return std::move(result_);
  }

 private:
  bool agent_holds(const PublicKey& key) const {
    return std::any_of(of_agent_.begin(), of_agent_.end(), [&](const auto& held) { return held.blob == key.blob; });
  }

  std::size_t places_before(std::size_t files) const {
    const auto taken = result_.candidates.size() + files;
    return taken < usual_tries ? usual_tries - taken : 0;
  }

  void append(std::vector<Candidate> candidates) {
    for (auto& candidate : candidates) result_.candidates.push_back(std::move(candidate));
  }

  void complain(const std::string& what, const std::string& hint) {
    result_.unusable.push_back(what);
    if (result_.hint.empty()) result_.hint = hint;
  }

  /// Whoever can sign for it: the key's file, or the agent with the key or with the certificate itself.
  bool find_signer(Candidate& candidate) const {
    const auto& certificate = *candidate.certificate;
    for (const auto& identity : keys_.identities) {
      if (!identity->key || !identity->public_key || identity->public_key->blob != certificate.subject.blob) continue;
      candidate.signs = keys_.files->certify(*identity, certificate);
      if (candidate.signs) return true;
    }
    if (agent_holds(certificate.key)) candidate.agent_signs = certificate.key.blob;
    if (agent_holds(certificate.subject)) candidate.agent_signs = certificate.subject.blob;
    return !candidate.agent_signs.empty();
  }

  void add_certificate(const NamedCertificate& named) {
    Candidate candidate{.key = named.certificate->key,
                        .told = "certificate '" + named.file + "' (" + named.certificate->key.describe() + ")",
                        .certificate = named.certificate,
                        .file = named.file};
    if (!is_known(candidate.key) || is_taken(candidate.key)) return;
    if (find_signer(candidate)) {
      preferred_.push_back(std::move(candidate));
    } else {
      complain("there is no key for the certificate '" + named.file + "'",
               "name its private key, too, or add it to an agent");
    }
  }

  bool is_taken(const PublicKey& key) const {
    const auto is_it = [&](const Candidate& candidate) { return candidate.key.blob == key.blob; };
    return std::any_of(preferred_.begin(), preferred_.end(), is_it) ||
           std::any_of(files_.begin(), files_.end(), is_it) || std::any_of(others_.begin(), others_.end(), is_it);
  }

  void add_identity(const std::shared_ptr<const Identity>& identity) {
    if (identity->certificate && keys_.certificates.empty()) {
      // Its key may be of use to the agent, or not at all: then the key itself says so.
      Candidate candidate{
          .key = identity->certificate->key,
          .told = "certificate '" + identity->file + "-cert.pub' (" + identity->certificate->key.describe() + ")",
          .certificate = {identity, &*identity->certificate},
          .file = identity->file + "-cert.pub"};
      if (is_known(candidate.key) && !is_taken(candidate.key) && find_signer(candidate))
        files_.push_back(std::move(candidate));
    }
    if (identity->public_key && is_taken(*identity->public_key)) return;
    Candidate candidate{
        .key = identity->public_key.value_or(PublicKey{}), .signs = identity->key, .file = identity->file};
    candidate.told = "key '" + identity->file + "'";
    if (identity->public_key) candidate.told += " (" + identity->public_key->describe() + ")";
    if (identity->public_key && agent_holds(*identity->public_key)) candidate.agent_signs = candidate.key.blob;
    if (candidate.signs || !candidate.agent_signs.empty()) {
      files_.push_back(std::move(candidate));
    } else {
      complain_of(*identity);
    }
  }

  void complain_of(const Identity& identity) {
    const auto name = "the key '" + identity.file + "' ";
    switch (identity.state) {
      case Identity::State::ready:
        break;
      case Identity::State::encrypted:
        return complain(name + "is encrypted", "add it to an agent: ssh-add " + identity.file);
      case Identity::State::security_key:
        return complain(name + "is a security key, which only an agent can use",
                        "add it to an agent: ssh-add " + identity.file);
      case Identity::State::public_only:
        return complain(name + "is public, and no agent holds its private part",
                        "add the private key to an agent, or name its file");
      case Identity::State::outdated:
        return complain(name + "is a DSA key, which is no longer accepted", "make a new one: ssh-keygen -t ed25519");
    }
  }

  /// Keys of files that the agent holds, too, come first, in the agent's order.
  void add_key_of_agent(const PublicKey& key) {
    const auto found = std::find_if(files_.begin(), files_.end(),
                                    [&](const Candidate& candidate) { return candidate.key.blob == key.blob; });
    if (found != files_.end()) {
      // The certificate that stands before a key goes along with it.
      auto from = found;
      if (from != files_.begin() && !found->certificate && (from - 1)->certificate &&
          (from - 1)->certificate->subject.blob == key.blob)
        --from;
      preferred_.insert(preferred_.end(), std::make_move_iterator(from), std::make_move_iterator(found + 1));
      files_.erase(from, found + 1);
    } else if (!keys_.identities_only && !is_taken(key)) {
      others_.push_back({.key = key, .told = {}, .agent_signs = key.blob});
    }
  }

  const Keys& keys_;
  const std::vector<PublicKey>& of_agent_;
  std::vector<Candidate> preferred_;
  std::vector<Candidate> others_;
  std::vector<Candidate> files_;
  KeyOrder result_;
};

}  // namespace

KeyOrder order_keys(const Keys& keys, const std::vector<PublicKey>& of_agent) { return Ordering(keys, of_agent).run(); }

}  // namespace espresso
