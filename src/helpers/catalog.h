#pragma once

#include "core/diagnostic.h"
#include "model/value.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace espresso {

struct Component;
struct EmbeddedText;

/// What a parameter takes, and how its value reaches the fragment.
enum class ParameterType {
  string,  ///< as text
  path,    ///< absolute, without NUL; "~" is not expanded
  mode,    ///< octal permission bits, 1 to 5 digits ("0644", "1777"), given without leading zeros ("644")
  integer,
  boolean,      ///< "true" or "false"
  duration,     ///< "90s", "5m": in whole seconds
  size,         ///< "10M": in bytes
  list,         ///< of strings (a scalar is a list of one): its quoted words, for `eval "set -- $name"`
  map,          ///< of strings: quoted words KEY=VALUE
  content,      ///< text or storage content: see helpers/operation.h
  source,       ///< name of a storage item: the same as content; the fragment sees the name
  template_,    ///< name of a storage item that is a template: rendered, then the same as content ("template")
  tree,         ///< name of a folder in a storage; a list parameter `exclude` beside it leaves things out (tree.h)
  destination,  ///< a file on the workstation that the operation fills (destination.h): its text; `local_sha256` and
                ///< `local_size` tell what is there. A parameter `limit` beside it bounds what hosts may send.
  conditions,   ///< bare expressions (one or a list): the quoted texts of those that do not hold
};

/// As helper headers write it: "string", …, "template", "conditions".
std::string_view word(ParameterType type);
std::optional<ParameterType> parse_parameter_type(std::string_view word);
std::vector<std::string> parameter_type_words();
/// What a value of it is, for messages: "permission bits such as 0644".
std::string_view taken_by(ParameterType type);
/// Whether the value reaches the host as bytes rather than as a variable: content, source, template and tree.
bool is_content(ParameterType type);

struct Parameter {
  std::string name;
  ParameterType type = ParameterType::string;
  bool required = false;
  std::optional<Value> default_value = {};
  bool exposed = false;  ///< becomes an argument of a command, which everybody at the host can read: no secrets
  std::vector<std::string> one_of = {};  ///< the only values allowed; empty: any
  std::string doc = {};
};

struct HelperExample {
  std::string doc;
  std::string yaml;  ///< a call as it stands in a stage's `run:`
};

/// What a stage calls: a POSIX sh file with a `#:` header of YAML (design, section 4).
struct Helper {
  std::string name;  ///< "fs.ensure_file"
  std::string summary;
  std::string doc;
  std::vector<Parameter> parameters;
  std::string main;        ///< the parameter a scalar or list shorthand gives; empty: there is none
  std::string positional;  ///< the list parameter that check and apply receive as "$@"; empty: none
  std::string title;       ///< the parameter shown beside the helper's name; by default `main`, else the first required
  std::vector<std::vector<std::string>> one_of;  ///< sets of parameters of which at most one may be given
  std::vector<std::string> tools;                ///< commands that must exist at the host
  std::vector<std::string> waits;  ///< durations that it may spend waiting: the operation's own time begins after them
  std::string reboots;             ///< the duration within which the host that it reboots is back; empty: it does not
  std::vector<std::string> uses;   ///< parts (parts.h) whose functions it calls
  std::vector<HelperExample> examples;
  std::string body;  ///< the fragment, without header and comments: defines check and apply
  Span span;         ///< of the header's start
  /// What it is made of when it is a user's component, which has no body; null: a helper with a file of its own.
  std::shared_ptr<const Component> component = {};

  /// "helper" or "component": for messages.
  std::string_view kind() const { return component ? "component" : "helper"; }
  const Parameter* find(std::string_view parameter) const;
  /// The name of the shell function that defines it: "h_fs_ensure_file".
  std::string function() const;
};

/// Reads a helper file: lines `#: …` at its top, below other comments at most, then shell. Its body is kept as it
/// stands, so that line numbers in the shell's own messages can be followed. Mistakes of its header go to
/// `diagnostics` with their place in the file.
Helper parse_helper(std::string name, std::shared_ptr<const Source> source, Diagnostics& diagnostics);

/// Reads what a component declares, so that calls of it are checked as those of a helper.
Helper parse_component(std::shared_ptr<const Component> component, Diagnostics& diagnostics);

/// All helpers: those built in, and a user's own; and components, which are called like helpers. Of those built in the
/// headers are read when they are asked for, since reading all takes 30 ms: one catalog is for one thread.
class Catalog {
 public:
  /// With the helpers that are part of the program.
  Catalog();
  /// With these helpers only, as (name, text of its file).
  explicit Catalog(const std::vector<std::pair<std::string, std::string>>& helpers);
  /// Adds `FOLDER/<namespace>/<name>.sh`, which stand before built-in ones of the same name. No folder: nothing is
  /// added.
  void load(const std::filesystem::path& folder, Diagnostics& diagnostics);
  /// A component with the name of a helper is a mistake that shows both places.
  void add(std::shared_ptr<const Component> component, Diagnostics& diagnostics);
  std::shared_ptr<const Helper> find(std::string_view name) const;
  /// Sorted by name.
  std::vector<std::shared_ptr<const Helper>> all() const;
  /// Those that are components.
  std::vector<std::shared_ptr<const Helper>> components() const;
  std::vector<std::string> names() const;

 private:
  struct Entry {
    std::shared_ptr<const Helper> helper = {};
    const EmbeddedText* unread = nullptr;  ///< what it is read from; null: it has been
  };
  static const std::shared_ptr<const Helper>& read(const std::string& name, Entry& entry);

  mutable std::map<std::string, Entry, std::less<>> helpers_;
};

}  // namespace espresso
