#include "model/lua_sandbox.h"
#include "model/storage.h"

#include <fmt/format.h>

// How names and paths of an expression are looked up, and what its additions to Lua became (lua_parser.cpp).

namespace espresso {

namespace {

// A null that a template has set: nil would leave the name unset.
char null_marker;
// A parameter that a macro was called without.
char missing_marker;

// Answers nothing when there is no such name in the scope, and marks the storage.
void find_in_scope(lua_State* lua, Sandbox& sandbox) {
  const std::string_view name = text_at(lua, lua_gettop(lua));
  const Value* value = sandbox.find_name(name);
  sandbox.storage_found = !value && name == "storage" && sandbox.storage();
  sandbox.answer_part(value, nullptr);
}

void unknown(lua_State* lua, Sandbox& sandbox) { sandbox.unknown_name(text_at(lua, lua_gettop(lua))); }
void missing(lua_State* lua, Sandbox&) {
  throw Complaint{fmt::format("the macro was called without '{}'", text_at(lua, lua_gettop(lua)))};
}

// The name is on top of the stack. A name of the scope may be null: `found` tells that apart.
template <bool required>
int find_name(lua_State* lua) {
  Sandbox& sandbox = Sandbox::of(lua);
  if (sandbox.frames > 0 && find_in_frames(lua, lua_gettop(lua))) {
    if (lua_touserdata(lua, -1) == &missing_marker) {
      lua_pop(lua, 1);
      if (required) return guarded<missing>(lua);
      lua_pushnil(lua);
    }
    return 1;
  }
  if (!sandbox.attempt(lua, find_in_scope)) return sandbox.raise(lua);
  if (sandbox.storage_found) {
    lua_rawgetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::storage_value));
    return 1;
  }
  if (sandbox.has_answer()) return sandbox.push_answer(lua);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::library));
  lua_pushvalue(lua, -2);
  if (lua_rawget(lua, -2) != LUA_TNIL || !required) return 1;
  lua_pop(lua, 2);
  return guarded<unknown>(lua);
}

void assign(lua_State* lua, Sandbox&) {
  throw Complaint{fmt::format("'{}' is not a local variable", value_at(lua, 2).to_text())};
}

void read_storage(lua_State* lua, Sandbox& sandbox) {
  if (lua_type(lua, -1) != LUA_TSTRING) return;
  if (Value::Item item = sandbox.storage()->find(text_at(lua, -1))) sandbox.answer(std::move(item));
}

void read_part(lua_State* lua, Sandbox& sandbox) {
  const Proxy* proxy = proxy_at(lua, -2);
  sandbox.answer_part(part_of(lua, *proxy, -1), proxy);
}

// (root, key, key, …): nil as soon as something does not exist.
int find_path(lua_State* lua) {
  const int keys = lua_gettop(lua);
  luaL_checkstack(lua, 4, nullptr);
  lua_pushvalue(lua, 1);
  for (int key = 2; key <= keys; ++key) {
    const Proxy* proxy = proxy_at(lua, -1);
    lua_pushvalue(lua, key);
    if (proxy) {
      Sandbox& sandbox = Sandbox::of(lua);
      if (!sandbox.attempt(lua, proxy->is_storage ? read_storage : read_part)) return sandbox.raise(lua);
      sandbox.push_answer(lua);
    } else if (lua_type(lua, -2) == LUA_TTABLE) {
      lua_gettable(lua, -2);
    } else {
      lua_pushnil(lua);
    }
    lua_replace(lua, keys + 1);
    lua_settop(lua, keys + 1);
  }
  return 1;
}

int is_defined(lua_State* lua) {
  lua_pushboolean(lua, !lua_isnoneornil(lua, 1));
  return 1;
}

void is_contained(lua_State* lua, Sandbox& sandbox) { sandbox.answer(contains(value_at(lua, 2), value_at(lua, 1))); }
void are_equal(lua_State* lua, Sandbox& sandbox) { sandbox.answer(value_at(lua, 1) == value_at(lua, 2)); }
// (value, test, arguments …)
void is_passed(lua_State* lua, Sandbox& sandbox) {
  std::vector<Value> arguments = {value_at(lua, 1)};
  for (int i = 3; i <= lua_gettop(lua); ++i) arguments.push_back(value_at(lua, i));
  sandbox.answer(passes_test(text_at(lua, 2), arguments));
}

void list_with_nulls(lua_State* lua, Sandbox& sandbox) {
  List list;
  for (int i = 1; i <= lua_gettop(lua); ++i) list.push_back(value_at(lua, i));
  sandbox.answer(std::move(list));
}

// {a, b, c}: a table, unless it holds a null, which a table cannot.
int make_list(lua_State* lua) {
  const int size = lua_gettop(lua);
  for (int i = 1; i <= size; ++i) {
    if (lua_isnil(lua, i)) return guarded<list_with_nulls>(lua);
  }
  lua_createtable(lua, size, 0);
  lua_insert(lua, 1);
  for (int i = size; i > 0; --i) lua_rawseti(lua, 1, i);
  return 1;
}

}  // namespace

void* template_null() { return &null_marker; }
void* template_missing() { return &missing_marker; }

bool find_in_frames(lua_State* lua, int name) {
  name = lua_absindex(lua, name);
  top_frame(lua);
  while (lua_type(lua, -1) == LUA_TTABLE) {
    lua_pushvalue(lua, name);
    if (lua_rawget(lua, -2) != LUA_TNIL) {
      lua_remove(lua, -2);
      if (lua_touserdata(lua, -1) == &null_marker) {
        lua_pop(lua, 1);
        lua_pushnil(lua);
      }
      return true;
    }
    lua_pop(lua, 1);
    lua_rawgeti(lua, -1, 1);
    lua_remove(lua, -2);
  }
  lua_pop(lua, 1);
  return false;
}

void install_names(lua_State* lua) {
  lua_newtable(lua);
  const luaL_Reg functions[] = {{"__espresso_name", find_name<false>},    {"__espresso_path", find_path},
                                {"__espresso_defined", is_defined},       {"__espresso_in", guarded<is_contained>},
                                {"__espresso_equal", guarded<are_equal>}, {"__espresso_is", guarded<is_passed>},
                                {"__espresso_list", make_list},           {nullptr, nullptr}};
  luaL_setfuncs(lua, functions, 0);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::library));
  lua_setfield(lua, -2, "__espresso_f");
  lua_newtable(lua);
  lua_pushcfunction(lua, find_name<true>);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, guarded<assign>);
  lua_setfield(lua, -2, "__newindex");
  lua_setmetatable(lua, -2);
  // What chunks are loaded with as _ENV; the table of Lua's own library goes.
  lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

}  // namespace espresso
