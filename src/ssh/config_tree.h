#pragma once

#include "core/diagnostic.h"
#include "ssh/config.h"

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace espresso {

/// A value as it stands in a file, with its tokens.
struct Written {
  std::string text;
  Span place;
  bool from_user = true;  ///< not from the files of the system
};

enum class Canonicalize { no, yes, always };
/// CanonicalizePermittedCNAMEs: pattern-lists of names that may be aliases, and of what they may stand for.
struct PermittedAlias {
  std::string sources;
  std::string targets;
};

/// What is known of one host while the files are gone through; the first value of each keyword stays.
struct ConfigDraft {
  SshOptions options;  ///< of what needs no tokens
  const Written* host_name = nullptr;
  const Written* host_key_alias = nullptr;
  const Written* proxy_command = nullptr;
  const Written* proxy_jump = nullptr;
  bool has_proxy_command = false;  ///< "none" too
  bool has_proxy_jump = false;     ///< "none" too
  const Written* identity_agent = nullptr;
  const Written* known_hosts_command = nullptr;
  const Written* connection_attempts = nullptr;
  std::vector<const Written*> identity_files;
  std::vector<const Written*> certificate_files;
  const std::vector<Written>* user_known_hosts_files = nullptr;
  std::optional<Canonicalize> canonicalize;
  std::optional<bool> canonicalize_fallback_local;
  std::optional<unsigned> canonicalize_max_dots;
  const std::vector<std::string>* canonical_domains = nullptr;
  const std::vector<PermittedAlias>* permitted_aliases = nullptr;
};

/// What a line does to the draft.
using ConfigEffect = std::function<void(ConfigDraft&)>;

struct HostPattern {
  std::string text;
  bool is_negated = false;
};

struct MatchCriterion {
  enum class Kind { all, final_pass, host, original_host, user, local_user, exec };
  Kind kind;
  bool is_negated = false;
  Written argument = {};
};

struct ConfigFile;

/// The lines from one Host or Match to the next.
struct ConfigBlock {
  enum class Kind { always, host, match };
  Kind kind = Kind::always;
  std::vector<HostPattern> patterns = {};
  std::vector<MatchCriterion> criteria = {};
  struct Item {
    ConfigEffect effect = {};
    std::shared_ptr<const ConfigFile> included = {};  ///< in place of an effect
  };
  std::vector<Item> items = {};
};

struct ConfigFile {
  std::vector<ConfigBlock> blocks;
  /// Blocks of Host with plain names, by name, and all others: files with a block for each of thousands of hosts must
  /// not cost all of them for each host. Ascending.
  std::unordered_map<std::string, std::vector<std::size_t>> plain_blocks;
  std::vector<std::size_t> other_blocks;

  /// Fills plain_blocks and other_blocks, and drops blocks that do nothing.
  void index();
};

}  // namespace espresso
