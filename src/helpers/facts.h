#pragma once

#include "core/diagnostic.h"
#include "model/mentions.h"
#include "model/value.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// A value read from a host, as the header of its file declares it.
struct Fact {
  std::string path;  ///< "os.id", "mounts.*.size": below `facts`; "*" stands for the name of each
  std::string type;  ///< string, integer, number, boolean, list or mapping
  std::string doc;
};

/// Facts that are read together: one sh file, `src/helpers/facts/<name>.sh`, or a user's own.
struct FactGroup {
  std::string name;
  std::string summary;
  std::vector<Fact> facts;
  std::string body;  ///< of the file, without header and comments; a user's own as it stands
  bool is_user = false;

  /// What it makes known of `facts`: the first parts of its paths.
  std::vector<std::string> keys() const;
  /// The name of the shell function that tells them.
  std::string function() const { return (is_user ? "u_" : "f_") + name; }
};

/// All facts: those built in, and a user's own.
class FactCatalog {
 public:
  using Group = std::shared_ptr<const FactGroup>;

  FactCatalog();
  /// Adds `FOLDER/<name>.sh` as facts.<name>. No folder: nothing is added.
  void load(const std::filesystem::path& folder, Diagnostics& diagnostics);
  /// Built-in ones first, each sorted by name.
  const std::vector<Group>& groups() const { return groups_; }
  /// Which tells this key of `facts`; null: none does.
  Group telling(std::string_view key) const;
  /// Those that tell what is mentioned.
  std::vector<Group> telling(const Mentions& mentions) const;
  std::vector<std::string> keys() const;
  /// What there may be below this key, "id" below "os"; empty where only the host knows that.
  std::vector<std::string> names_below(std::string_view key) const;
  /// `facts` before any of them is known: reading one throws Deferred with the name "facts.KEY".
  const Value& unknown() const { return unknown_; }

 private:
  void add(Group group);
  std::vector<Group> groups_;
  std::map<std::string, Group, std::less<>> by_key_;
  Value unknown_ = Map{};
};

}  // namespace espresso
