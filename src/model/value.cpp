#include "model/value.h"

#include "core/error.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

namespace espresso {

namespace {

using Json = nlohmann::ordered_json;

// A number that reads back as a number with a fraction: 3.0 stays "3.0".
std::string render_number(double number) {
  std::string text = fmt::format("{}", number);
  if (std::isfinite(number) && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string read_item(const StorageItem& item) {
  std::ifstream file(item.path, std::ios::binary);
  std::ostringstream text;
  if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (!file.is_open() || file.bad()) throw Error(fmt::format("cannot read '{}' from storage", item.name));
  return std::move(text).str();
}

Json json_of(const Value& value) {
  if (value.is_bool()) return value.as_bool();
  if (value.is_integer()) return value.as_integer();
  if (value.is_number()) return value.as_number();
  if (value.is_string()) return value.as_string();
  if (value.is_item()) return Json{{"storage", value.as_item()->name}};
  if (value.is_list()) {
    Json list = Json::array();
    for (const auto& entry : value.as_list()) list.push_back(json_of(entry));
    return list;
  }
  if (value.is_map()) {
    Json map = Json::object();
    for (const auto& [key, entry] : value.as_map()) map[key] = json_of(entry);
    return map;
  }
  return nullptr;
}

Value value_from(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean: return json.get<bool>();
    case Json::value_t::number_integer: return json.get<std::int64_t>();
    case Json::value_t::number_unsigned: {
      const auto number = json.get<std::uint64_t>();
      if (number > static_cast<std::uint64_t>(INT64_MAX)) return static_cast<double>(number);
      return static_cast<std::int64_t>(number);
    }
    case Json::value_t::number_float: return json.get<double>();
    case Json::value_t::string: return json.get<std::string>();
    case Json::value_t::array: {
      List list;
      for (const auto& entry : json) list.push_back(value_from(entry));
      return list;
    }
    case Json::value_t::object: {
      Map map;
      for (const auto& [key, entry] : json.items()) map.set(key, value_from(entry));
      return map;
    }
    default: return {};
  }
}

}  // namespace

const Value* Map::find(std::string_view key) const {
  for (const auto& [name, value] : entries_) {
    if (name == key) return &value;
  }
  return nullptr;
}

Value* Map::find(std::string_view key) { return const_cast<Value*>(std::as_const(*this).find(key)); }

void Map::set(std::string key, Value value) {
  if (Value* present = find(key)) *present = std::move(value);
  else entries_.emplace_back(std::move(key), std::move(value));
}

bool Map::erase(std::string_view key) {
  return std::erase_if(entries_, [&](const Entry& entry) { return entry.first == key; }) > 0;
}

std::vector<std::string> Map::keys() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : entries_) names.push_back(name);
  return names;
}

// As sets of entries: the order is for people.
bool Map::operator==(const Map& other) const {
  return size() == other.size() && std::all_of(begin(), end(), [&](const Entry& entry) {
           const Value* value = other.find(entry.first);
           return value && *value == entry.second;
         });
}

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
  return "content";
}

std::string Value::to_text() const {
  if (is_null()) return {};
  if (is_bool()) return as_bool() ? "true" : "false";
  if (is_integer()) return std::to_string(as_integer());
  if (is_number()) return render_number(as_number());
  if (is_string()) return as_string();
  if (is_item()) return read_item(*as_item());
  return to_json(*this);
}

bool Value::operator==(const Value& other) const {
  if (is_number() && other.is_number()) {
    if (is_integer() && other.is_integer()) return as_integer() == other.as_integer();
    return as_number() == other.as_number();
  }
  if (data_.index() != other.data_.index()) return false;
  if (is_list()) return as_list() == other.as_list();
  if (is_map()) return as_map() == other.as_map();
  if (is_item()) return as_item()->path == other.as_item()->path;
  return data_ == other.data_;
}

std::string to_json(const Value& value, int indent) {
  return json_of(value).dump(indent, ' ', false, Json::error_handler_t::replace);
}

Value parse_json(std::string_view text) {
  try {
    return value_from(Json::parse(text));
  } catch (const Json::exception& error) {
    throw std::runtime_error(error.what());
  }
}

}  // namespace espresso
