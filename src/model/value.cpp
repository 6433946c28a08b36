#include "model/value.h"

#include "core/error.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>

namespace espresso {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t deepest_json = 200;

std::string render_double(double value) {
  std::string text = fmt::format("{}", value);
  // What has no point would read back as an integer.
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

Json json_of(const Value& value) {
  if (value.is_bool()) return value.as_bool();
  if (value.is_integer()) return value.as_integer();
  if (value.is_number()) return value.as_number();
  if (value.is_string()) return value.as_string();
  if (value.is_list()) {
    Json list = Json::array();
    for (const auto& item : value.as_list()) list.push_back(json_of(item));
    return list;
  }
  Json object = Json::object();
  if (value.is_map()) {
    // The vector beneath: the object itself would search all keys for each new one.
    auto& entries = object.get_ref<Json::object_t&>();
    for (const auto& [key, item] : value.as_map()) entries.emplace_back(key, json_of(item));
    return object;
  }
  if (value.is_item()) {
    object["storage"] = value.as_item()->name;
    return object;
  }
  return nullptr;
}

// Receives what the parser reads (nlohmann's SAX interface) and builds values of it without a tree between.
class JsonReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  Value take() { return std::move(root_); }

  bool null() override { return add(Value()); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max()))
      return add(static_cast<double>(value));
    return add(static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(true); }
  bool start_array(std::size_t) override { return open(false); }
  bool key(string_t& value) override {
    open_.back().keys.push_back(std::move(value));
    return true;
  }
  bool end_array() override {
    Value list(std::move(open_.back().items));
    open_.pop_back();
    return add(std::move(list));
  }
  bool end_object() override {
    Frame frame = std::move(open_.back());
    open_.pop_back();
    std::vector<std::string_view> sorted(frame.keys.begin(), frame.keys.end());
    std::sort(sorted.begin(), sorted.end());
    const bool unique = std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
    Map map;
    for (std::size_t at = 0; at < frame.keys.size(); ++at) {
      if (unique)
        map.append(std::move(frame.keys[at]), std::move(frame.items[at]));
      else
        map.set(frame.keys[at], std::move(frame.items[at]));  // the last one wins
    }
    return add(Value(std::move(map)));
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
    const std::string_view text = error.what();
    const std::size_t end = text.find("] ");  // "[json.exception.parse_error.101] parse error at …"
    throw std::runtime_error(std::string(end == std::string_view::npos ? text : text.substr(end + 2)));
  }

 private:
  struct Frame {
    bool is_object;
    std::vector<std::string> keys;
    List items;
  };
  bool open(bool is_object) {
    if (open_.size() == deepest_json)
      throw std::runtime_error(fmt::format("nested deeper than {} levels", deepest_json));
    open_.push_back({is_object, {}, {}});
    return true;
  }
  bool add(Value value) {
    if (open_.empty())
      root_ = std::move(value);
    else
      open_.back().items.push_back(std::move(value));
    return true;
  }
  std::vector<Frame> open_;
  Value root_;
};

std::string content_of(const StorageItem& item) {
  std::ifstream file(item.path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  // An empty file sets the failbit of `text`, so only what the file says counts.
  if (!file.is_open() || file.bad())
    throw Error(fmt::format("cannot read '{}' of the storage ({})", item.name, item.path.string()));
  return std::move(text).str();
}

}  // namespace

const Value* Map::find(std::string_view key) const {
  for (const auto& [name, value] : entries_)
    if (name == key) return &value;
  return nullptr;
}

Value* Map::find(std::string_view key) {
  for (auto& [name, value] : entries_)
    if (name == key) return &value;
  return nullptr;
}

void Map::set(std::string key, Value value) {
  if (Value* present = find(key))
    *present = std::move(value);
  else
    append(std::move(key), std::move(value));
}

void Map::append(std::string key, Value value) { entries_.emplace_back(std::move(key), std::move(value)); }

bool Map::erase(std::string_view key) {
  return std::erase_if(entries_, [&](const Entry& entry) { return entry.first == key; }) > 0;
}

std::vector<std::string> Map::keys() const {
  std::vector<std::string> keys;
  keys.reserve(entries_.size());
  for (const auto& entry : entries_) keys.push_back(entry.first);
  return keys;
}

bool Map::operator==(const Map& other) const { return entries_ == other.entries_; }

Value::Value(List value) : data_(std::make_shared<List>(std::move(value))) {}
Value::Value(Map value) : data_(std::make_shared<Map>(std::move(value))) {}

double Value::as_number() const {
  if (is_integer()) return static_cast<double>(as_integer());
  return std::get<double>(data_);
}

List& Value::edit_list() {
  auto& list = std::get<std::shared_ptr<List>>(data_);
  if (list.use_count() > 1) list = std::make_shared<List>(*list);
  return *list;
}

Map& Value::edit_map() {
  auto& map = std::get<std::shared_ptr<Map>>(data_);
  if (map.use_count() > 1) map = std::make_shared<Map>(*map);
  return *map;
}

std::string_view Value::kind() const {
  if (is_null()) return "null";
  if (is_bool()) return "boolean";
  if (is_integer()) return "integer";
  if (is_number()) return "number";
  if (is_string()) return "string";
  if (is_list()) return "list";
  if (is_map()) return "mapping";
  return is_item() ? "content" : "deferred";
}

std::string Value::to_text() const {
  if (is_null()) return {};
  if (is_bool()) return as_bool() ? "true" : "false";
  if (is_integer()) return std::to_string(as_integer());
  if (is_number()) return render_double(as_number());
  if (is_string()) return as_string();
  if (is_item()) return content_of(*as_item());
  return to_json(*this);
}

bool Value::operator==(const Value& other) const {
  if (data_.index() != other.data_.index()) return false;
  if (is_list()) return as_list() == other.as_list();
  if (is_map()) return as_map() == other.as_map();
  if (is_item()) {
    const Item &mine = as_item(), &theirs = other.as_item();
    return mine == theirs || (mine && theirs && mine->name == theirs->name && mine->path == theirs->path);
  }
  return data_ == other.data_;
}

std::string to_json(const Value& value, int indent) {
  return json_of(value).dump(indent, ' ', false, Json::error_handler_t::replace);
}

Value parse_json(std::string_view text) {
  JsonReader reader;
  nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
  return reader.take();
}

}  // namespace espresso
