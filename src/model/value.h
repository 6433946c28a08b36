#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace espresso {

class Value;

/// What a storage holds under a name: named content that lies in a file on this machine.
struct StorageItem {
  std::string name;            ///< as asked for: storage['nginx/site.conf']
  std::filesystem::path path;  ///< where its bytes are
  std::uint64_t size = 0;
};

/// What is not known yet: thrown by an expression that reads it. Not a mistake: it is evaluated again later.
struct Deferred {
  std::string name;    ///< the name that is not known yet
  std::string reason;  ///< what it is: "the facts of the host"
};

/// A mapping that keeps the order in which it was written.
class Map {
 public:
  using Entry = std::pair<std::string, Value>;
  using Entries = std::vector<Entry>;

  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// Adds or replaces.
  void set(std::string key, Value value);
  /// Adds a key that is known not to be in it yet: large mappings are built without a search for each key.
  void append(std::string key, Value value);
  bool contains(std::string_view key) const { return find(key) != nullptr; }
  bool erase(std::string_view key);
  std::size_t size() const;
  bool empty() const;
  Entries::const_iterator begin() const;
  Entries::const_iterator end() const;
  Entries::iterator begin();
  Entries::iterator end();
  std::vector<std::string> keys() const;
  bool operator==(const Map& other) const;

 private:
  Entries entries_;
};

using List = std::vector<Value>;

/// A value of a setting, an argument or an expression: what JSON has, plus the content of a storage.
class Value {
 public:
  using Item = std::shared_ptr<const StorageItem>;

  Value() = default;  ///< null
  Value(bool value) : data_(value) {}
  Value(std::int64_t value) : data_(value) {}
  Value(int value) : data_(static_cast<std::int64_t>(value)) {}
  Value(double value) : data_(value) {}
  Value(std::string value) : data_(std::move(value)) {}
  Value(std::string_view value) : data_(std::string(value)) {}
  Value(const char* value) : data_(std::string(value)) {}
  Value(List value);
  Value(Map value);
  Value(Item value) : data_(std::move(value)) {}
  /// A part of a mapping that is not known yet; expressions that read it throw it.
  explicit Value(Deferred value) : data_(std::make_shared<const Deferred>(std::move(value))) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_integer() const { return std::holds_alternative<std::int64_t>(data_); }
  bool is_number() const { return is_integer() || std::holds_alternative<double>(data_); }
  bool is_string() const { return std::holds_alternative<std::string>(data_); }
  bool is_list() const { return std::holds_alternative<std::shared_ptr<List>>(data_); }
  bool is_map() const { return std::holds_alternative<std::shared_ptr<Map>>(data_); }
  bool is_item() const { return std::holds_alternative<Item>(data_); }
  bool is_deferred() const { return std::holds_alternative<std::shared_ptr<const Deferred>>(data_); }
  /// Null, boolean, number or string.
  bool is_scalar() const { return !is_list() && !is_map() && !is_item() && !is_deferred(); }

  /// Each throws std::bad_variant_access when the value is of another kind.
  bool as_bool() const { return std::get<bool>(data_); }
  std::int64_t as_integer() const { return std::get<std::int64_t>(data_); }
  double as_number() const;
  const std::string& as_string() const { return std::get<std::string>(data_); }
  const List& as_list() const { return *std::get<std::shared_ptr<List>>(data_); }
  const Map& as_map() const { return *std::get<std::shared_ptr<Map>>(data_); }
  const Item& as_item() const { return std::get<Item>(data_); }
  const Deferred& as_deferred() const { return *std::get<std::shared_ptr<const Deferred>>(data_); }
  /// For building: the list or map this value alone owns (copied first when shared).
  List& edit_list();
  Map& edit_map();

  /// "null", "boolean", "integer", "number", "string", "list", "mapping", "content": for messages.
  std::string_view kind() const;
  /// What truth means in expressions: false and null are false, all else is true (Lua 5.4, 3.3.4).
  bool is_true() const { return !is_null() && !(is_bool() && !as_bool()); }
  /// As text inside a string: scalars as they read, lists and mappings as JSON, null as "".
  /// Content is read whole; throws Error when it cannot be.
  std::string to_text() const;
  bool operator==(const Value& other) const;

 private:
  // Lists and maps are shared and copied when edited: facts and variables are handed to thousands of scopes.
  std::variant<std::monostate, bool, std::int64_t, double, std::string, std::shared_ptr<List>, std::shared_ptr<Map>,
               Item, std::shared_ptr<const Deferred>>
      data_;
};

// Here because an entry holds a Value, which is complete only now.
inline std::size_t Map::size() const { return entries_.size(); }
inline bool Map::empty() const { return entries_.empty(); }
inline Map::Entries::const_iterator Map::begin() const { return entries_.begin(); }
inline Map::Entries::const_iterator Map::end() const { return entries_.end(); }
inline Map::Entries::iterator Map::begin() { return entries_.begin(); }
inline Map::Entries::iterator Map::end() { return entries_.end(); }

/// JSON (RFC 8259). Content becomes {"storage": name}; broken UTF-8 becomes U+FFFD. `indent` < 0: one line.
std::string to_json(const Value& value, int indent = -1);
/// Throws std::runtime_error with the parser's message and offset.
Value parse_json(std::string_view text);

}  // namespace espresso
