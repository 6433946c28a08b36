#pragma once

#include "ssh/agent.h"
#include "ssh/identity.h"

#include <memory>
#include <string>
#include <vector>

namespace espresso {

struct NamedCertificate {
  std::string file;
  std::shared_ptr<const Certificate> certificate;
};

/// The public key authentication that one login may be tried with.
struct Keys {
  std::vector<std::shared_ptr<const Identity>> identities = {};
  bool named_by_user = false;  ///< and not the files that are looked for by default
  std::vector<NamedCertificate> certificates = {};
  bool identities_only = false;
  std::shared_ptr<Identities> files = {};  ///< what puts keys and certificates together
};

/// One key to offer to a host.
struct Candidate {
  PublicKey key;          ///< or certificate
  std::string told = {};  ///< for messages: "key 'a' (ED25519 SHA256:…)"; empty for keys that only the agent names
  SharedKey signs = {};   ///< either this signs,
  std::string agent_signs = {};  ///< or the agent, with this key
  std::shared_ptr<const Certificate> certificate = {};
  std::string file = {};

  bool is_of_agent() const { return !signs; }
};

struct KeyOrder {
  std::vector<Candidate> candidates = {};
  std::vector<std::string> unusable = {};  ///< for messages: "the key 'a' is encrypted"
  std::string hint = {};                   ///< what to do about the first of these
};

/// In the order of ssh(1) (pubkey_prepare): certificates that were named; keys of the agent that are among the
/// identities; other keys of the agent, unless only identities are to be used; identities that are in files. The
/// certificate beside a key comes before the key. sshd gives up at the sixth refusal (MaxAuthTries): of the agent's
/// other keys only so many come before identities the user named that those are reached, the rest come after.
KeyOrder order_keys(const Keys& keys, const std::vector<PublicKey>& of_agent);

}  // namespace espresso
