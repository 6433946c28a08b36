#include "model/lua_sandbox.h"
#include "model/storage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <new>

namespace espresso {

namespace {

constexpr int max_nesting = 100;
constexpr std::size_t max_entries = 10'000;

// A mapping read as a whole must be known as a whole.
const Value& known(const Value& value) {
  if (!value.is_map()) return value;
  for (const auto& [key, part] : value.as_map())
    if (part.is_deferred()) throw part.as_deferred();
  return value;
}

std::string text_of(lua_State* lua, int index) {
  const Value value = value_at(lua, index);
  if (value.is_list() || value.is_map()) {
    throw Complaint{fmt::format("a {} cannot be joined to text with '..'", value.kind()),
                    value.is_list() ? "use join(list, ', ')" : "use json(mapping)"};
  }
  if (value.is_null()) throw Complaint{"null cannot be joined to text with '..'"};
  return value.to_text();
}

Value table_at(lua_State* lua, int index, std::size_t& budget, int depth);

Value read(lua_State* lua, int index, std::size_t& budget, int depth) {
  const auto spend = [&](std::size_t size) {
    if (size > budget) throw Complaint{"the value is larger than 64 MB"};
    budget -= size;
  };
  spend(32);
  switch (lua_type(lua, index)) {
    case LUA_TNONE:
    case LUA_TNIL:
    case LUA_TLIGHTUSERDATA:
      return {};
    case LUA_TBOOLEAN:
      return lua_toboolean(lua, index) != 0;
    case LUA_TNUMBER:
      if (lua_isinteger(lua, index)) return static_cast<std::int64_t>(lua_tointegerx(lua, index, nullptr));
      return static_cast<double>(lua_tonumberx(lua, index, nullptr));
    case LUA_TSTRING:
      spend(text_at(lua, index).size());
      return text_at(lua, index);
    case LUA_TTABLE:
      return table_at(lua, index, budget, depth);
    case LUA_TUSERDATA: {
      const Proxy* proxy = proxy_at(lua, index);
      if (proxy->is_storage) throw Complaint{"'storage' is no value", "name an item: storage['name']"};
      if (depth > 0) spend(measure(proxy->value, budget, depth));
      return known(proxy->value);
    }
    default:
      throw Complaint{"a function is no value", "call it: f(x)"};
  }
}

// Integer keys make a list, whose holes are null; string keys a mapping in the order of its keys, as Lua keeps none.
Value table_at(lua_State* lua, int index, std::size_t& budget, int depth) {
  if (depth > max_nesting || !lua_checkstack(lua, 8)) throw Complaint{"the value is nested too deeply"};
  if (lua_getmetatable(lua, index)) {
    lua_pop(lua, 1);
    throw Complaint{"a library is no value"};
  }
  index = lua_absindex(lua, index);
  std::vector<std::pair<std::int64_t, Value>> items;
  std::vector<Map::Entry> entries;
  lua_pushnil(lua);
  while (lua_next(lua, index) != 0) {
    const bool item = lua_isinteger(lua, -2) != 0;
    if (!item && lua_type(lua, -2) != LUA_TSTRING) throw Complaint{"the keys of a mapping must be strings"};
    Value value = read(lua, -1, budget, depth + 1);
    if (item)
      items.emplace_back(lua_tointegerx(lua, -2, nullptr), std::move(value));
    else
      entries.emplace_back(std::string(text_at(lua, -2)), std::move(value));
    lua_pop(lua, 1);
  }
  if (entries.empty()) {
    std::int64_t size = 0;
    for (const auto& [key, value] : items) {
      if (key < 1) throw Complaint{"a list cannot have an item 0 or below", "count from 1"};
      size = std::max(size, key);
    }
    if (size > static_cast<std::int64_t>(items.size()) * 2 + 100) throw Complaint{"the list has too many holes"};
    List list(static_cast<std::size_t>(size));
    for (auto& [key, value] : items) list[static_cast<std::size_t>(key - 1)] = std::move(value);
    return list;
  }
  for (auto& [key, value] : items) entries.emplace_back(std::to_string(key), std::move(value));
  if (entries.size() > max_entries) throw Complaint{"the mapping has more than 10000 entries"};
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Map map;
  for (auto& [key, value] : entries) map.set(key, std::move(value));
  return map;
}

[[noreturn]] void no_such_part(lua_State* lua, Sandbox& sandbox, const Proxy& proxy) {
  const std::string path = sandbox.path_at(lua);
  const std::string whole = path.empty() ? fmt::format("the {}", proxy.value.kind()) : fmt::format("'{}'", path);
  if (lua_type(lua, 2) == LUA_TNIL) throw Complaint{fmt::format("a key of {} is null", whole)};
  const Value key = value_at(lua, 2);
  if (proxy.value.is_list()) {
    if (!key.is_integer()) throw Complaint{fmt::format("{} is a list and has no '{}'", whole, key.to_text())};
    throw Complaint{fmt::format("{} has no item {}: it has {}", whole, key.as_integer(), proxy.value.as_list().size()),
                    key.as_integer() == 0 ? "count from 1" : ""};
  }
  throw Complaint{fmt::format("{} has no '{}'", whole, key.to_text()),
                  did_you_mean(key.to_text(), proxy.value.as_map().keys())};
}

void index_part(lua_State* lua, Sandbox& sandbox) {
  const Proxy& proxy = *proxy_at(lua, 1);
  const Value* part = part_of(lua, proxy, 2);
  if (!part) no_such_part(lua, sandbox, proxy);
  sandbox.answer_part(part, &proxy);
}

void index_storage(lua_State* lua, Sandbox& sandbox) {
  if (lua_type(lua, 2) != LUA_TSTRING) throw Complaint{"the name of a storage item must be a string"};
  const std::string_view name = text_at(lua, 2);
  Value::Item item = sandbox.storage()->find(name);
  if (!item) {
    throw Complaint{fmt::format("no item '{}' in storage '{}'", name, sandbox.storage()->describe()),
                    did_you_mean(name, sandbox.storage()->names())};
  }
  sandbox.answer(std::move(item));
}

// storage['motd']:upper(): the method of its text.
int call_on_text(lua_State* lua) {
  if (!Sandbox::of(lua).attempt(lua, [](lua_State* state, Sandbox& sandbox) {
        if (const Proxy* proxy = proxy_at(state, 1))
          sandbox.answer(proxy->value.to_text());
        else
          throw Complaint{"a method of content is called as content:method()"};
      })) {
    return Sandbox::of(lua).raise(lua);
  }
  Sandbox::of(lua).push_answer(lua);
  lua_replace(lua, 1);
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
  return lua_gettop(lua);
}

void no_such_method(lua_State* lua, Sandbox&) {
  throw Complaint{fmt::format("content has no '{}'", value_at(lua, 2).to_text())};
}

int index_content(lua_State* lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::strings));
  lua_pushvalue(lua, 2);
  if (lua_rawget(lua, -2) == LUA_TFUNCTION) {
    lua_pushcclosure(lua, call_on_text, 1);
    return 1;
  }
  return guarded<no_such_method>(lua);
}

void length_of(lua_State* lua, Sandbox& sandbox) {
  const Value& value = proxy_at(lua, 1)->value;
  sandbox.answer(static_cast<std::int64_t>(value.is_list()  ? value.as_list().size()
                                           : value.is_map() ? value.as_map().size()
                                                            : value.as_item()->size));
}

// Upvalues: the proxy, the position.
void read_next(lua_State* lua, Sandbox& sandbox) {
  const Proxy& proxy = *proxy_at(lua, lua_upvalueindex(1));
  const auto position = static_cast<std::size_t>(lua_tointegerx(lua, lua_upvalueindex(2), nullptr));
  const bool is_list = proxy.value.is_list();
  sandbox.answer_part(is_list ? &proxy.value.as_list()[position]
                              : &(proxy.value.as_map().begin() + static_cast<std::ptrdiff_t>(position))->second,
                      &proxy);
}

int next_part(lua_State* lua) {
  const Proxy& proxy = *proxy_at(lua, lua_upvalueindex(1));
  const auto position = static_cast<std::size_t>(lua_tointegerx(lua, lua_upvalueindex(2), nullptr));
  const bool is_list = proxy.value.is_list();
  if (position >= (is_list ? proxy.value.as_list().size() : proxy.value.as_map().size())) return 0;
  if (is_list) {
    lua_pushinteger(lua, static_cast<lua_Integer>(position) + 1);
  } else {
    const std::string& key = (proxy.value.as_map().begin() + static_cast<std::ptrdiff_t>(position))->first;
    lua_pushlstring(lua, key.data(), key.size());
  }
  if (!Sandbox::of(lua).attempt(lua, read_next)) return Sandbox::of(lua).raise(lua);
  Sandbox::of(lua).push_answer(lua);
  lua_pushinteger(lua, static_cast<lua_Integer>(position) + 1);
  lua_replace(lua, lua_upvalueindex(2));
  return 2;
}

int pairs_of(lua_State* lua) {
  lua_pushvalue(lua, 1);
  lua_pushinteger(lua, 0);
  lua_pushcclosure(lua, next_part, 2);
  return 1;
}

void join_texts(lua_State* lua, Sandbox& sandbox) { sandbox.answer(text_of(lua, 1) + text_of(lua, 2)); }
void to_string(lua_State* lua, Sandbox& sandbox) {
  const Proxy* proxy = proxy_at(lua, 1);
  sandbox.answer(proxy->is_storage ? "storage" : known(proxy->value).to_text());
}
void are_equal(lua_State* lua, Sandbox& sandbox) {
  const Proxy *a = proxy_at(lua, 1), *b = proxy_at(lua, 2);
  sandbox.answer(a->is_storage == b->is_storage && known(a->value) == known(b->value));
}
void refuse_change(lua_State*, Sandbox&) { throw Complaint{"this value cannot be changed", "build a new one"}; }

int collect(lua_State* lua) {
  auto* proxy = static_cast<Proxy*>(lua_touserdata(lua, 1));
  Sandbox::of(lua).foreign -= proxy->cost;
  proxy->~Proxy();
  return 0;
}

void install_metatable(lua_State* lua, Slot slot, const char* name, lua_CFunction index) {
  lua_newtable(lua);
  const luaL_Reg methods[] = {{"__index", index},
                              {"__newindex", guarded<refuse_change>},
                              {"__tostring", guarded<to_string>},
                              {"__concat", guarded<join_texts>},
                              {"__eq", guarded<are_equal>},
                              {"__gc", collect},
                              {nullptr, nullptr}};
  luaL_setfuncs(lua, methods, 0);
  if (slot != Slot::storage) {
    lua_pushcfunction(lua, guarded<length_of>);
    lua_setfield(lua, -2, "__len");
  }
  if (slot == Slot::list || slot == Slot::map) {
    lua_pushcfunction(lua, pairs_of);
    lua_setfield(lua, -2, "__pairs");
  }
  lua_pushstring(lua, name);
  lua_setfield(lua, -2, "__name");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, slot_key(slot));
}

// Raises Lua's memory error only before the proxy exists.
void push_proxy(lua_State* lua, const Value& value, std::size_t cost, Slot slot) {
  void* place = lua_newuserdatauv(lua, sizeof(Proxy), 1);
  new (place) Proxy{.value = value, .cost = cost, .is_storage = slot == Slot::storage};
  Sandbox::of(lua).foreign += cost;
  lua_rawgetp(lua, LUA_REGISTRYINDEX, slot_key(slot));
  lua_setmetatable(lua, -2);
}

}  // namespace

void push_value(lua_State* lua, const Value& value, std::size_t cost) {
  if (value.is_null())
    lua_pushnil(lua);
  else if (value.is_bool())
    lua_pushboolean(lua, value.as_bool());
  else if (value.is_integer())
    lua_pushinteger(lua, value.as_integer());
  else if (value.is_number())
    lua_pushnumber(lua, value.as_number());
  else if (value.is_string())
    lua_pushlstring(lua, value.as_string().data(), value.as_string().size());
  else
    push_proxy(lua, value, cost, value.is_list() ? Slot::list : value.is_map() ? Slot::map : Slot::content);
}

const Proxy* proxy_at(lua_State* lua, int index) {
  // All full userdata of this state are proxies.
  return lua_type(lua, index) == LUA_TUSERDATA ? static_cast<const Proxy*>(lua_touserdata(lua, index)) : nullptr;
}

std::string_view text_at(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* text = lua_tolstring(lua, index, &size);
  return {text, size};
}

Value value_at(lua_State* lua, int index) {
  std::size_t budget = max_value_size;
  return read(lua, index, budget, 0);
}

const Value* part_of(lua_State* lua, const Proxy& proxy, int key_index) {
  int is_integer = 0;
  const lua_Integer number = lua_type(lua, key_index) == LUA_TNUMBER ? lua_tointegerx(lua, key_index, &is_integer) : 0;
  if (proxy.value.is_list()) {
    const List& list = proxy.value.as_list();
    if (is_integer && number < 0 && static_cast<std::size_t>(-(number + 1)) < list.size())
      return &list[list.size() - static_cast<std::size_t>(-(number + 1)) - 1];
    return is_integer && number >= 1 && static_cast<std::size_t>(number) <= list.size()
               ? &list[static_cast<std::size_t>(number) - 1]
               : nullptr;
  }
  if (!proxy.value.is_map()) return nullptr;
  if (lua_type(lua, key_index) == LUA_TSTRING) return proxy.value.as_map().find(text_at(lua, key_index));
  return is_integer ? proxy.value.as_map().find(std::to_string(number)) : nullptr;
}

void install_values(lua_State* lua) {
  install_metatable(lua, Slot::list, "list", guarded<index_part>);
  install_metatable(lua, Slot::map, "mapping", guarded<index_part>);
  install_metatable(lua, Slot::content, "content", index_content);
  install_metatable(lua, Slot::storage, "storage", guarded<index_storage>);
  push_proxy(lua, Value(), 0, Slot::storage);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::storage_value));
}

}  // namespace espresso
