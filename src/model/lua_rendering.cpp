#include "model/lua_sandbox.h"

#include <fmt/format.h>

// What the Lua text of a template (template.cpp) calls: output, names set by the template, loops, includes.

namespace espresso {

namespace {

void write_output(lua_State* lua, Sandbox& sandbox) {
  if (lua_type(lua, 1) == LUA_TSTRING)
    sandbox.output(text_at(lua, 1));
  else
    sandbox.output(value_at(lua, 1).to_text());
}

int out(lua_State* lua) {
  if (!Sandbox::of(lua).attempt(lua, write_output)) return Sandbox::of(lua).raise(lua);
  return 0;
}

int enter(lua_State* lua) {
  Sandbox& sandbox = Sandbox::of(lua);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::frames));
  lua_newtable(lua);
  lua_rawseti(lua, -2, sandbox.frames + 1);
  ++sandbox.frames;
  return 0;
}

int leave(lua_State* lua) {
  Sandbox& sandbox = Sandbox::of(lua);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::frames));
  lua_pushnil(lua);
  lua_rawseti(lua, -2, sandbox.frames--);
  return 0;
}

// Stack: value. The name becomes that in the innermost frame.
void set_in_frame(lua_State* lua, const char* name) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::frames));
  lua_rawgeti(lua, -1, Sandbox::of(lua).frames);
  lua_pushvalue(lua, -3);
  if (lua_isnil(lua, -1)) {
    lua_pop(lua, 1);
    lua_pushlightuserdata(lua, template_null());
  }
  lua_pushstring(lua, name);
  lua_insert(lua, -2);
  lua_rawset(lua, -3);
  lua_pop(lua, 3);
}

// (name, value)
int set(lua_State* lua) {
  lua_settop(lua, 2);
  set_in_frame(lua, lua_tostring(lua, 1));
  return 0;
}

// (value, number of loop variables)
void read_items(lua_State* lua, Sandbox& sandbox) {
  Value value = value_at(lua, 1);
  if (value.is_map() && lua_tointegerx(lua, 2, nullptr) == 1) {
    List keys;
    for (const auto& [key, entry] : value.as_map()) keys.emplace_back(key);
    sandbox.answer(std::move(keys));
  } else if (value.is_list() || value.is_map()) {
    sandbox.answer(std::move(value));
  } else {
    throw Complaint{fmt::format("'for' goes through a list or a mapping, not {}", described(value))};
  }
}

int items(lua_State* lua) {
  if (!Sandbox::of(lua).attempt(lua, read_items)) return Sandbox::of(lua).raise(lua);
  Sandbox::of(lua).push_answer(lua);
  const Proxy* proxy = proxy_at(lua, -1);
  const std::size_t size = proxy->value.is_list() ? proxy->value.as_list().size() : proxy->value.as_map().size();
  lua_pushinteger(lua, static_cast<lua_Integer>(size));
  return 2;
}

void describe_loop(lua_State* lua, Sandbox& sandbox) {
  const std::int64_t index = lua_tointegerx(lua, 2, nullptr), size = lua_tointegerx(lua, 3, nullptr);
  Map loop;
  loop.set("index", index);
  loop.set("index0", index - 1);
  loop.set("revindex", size - index + 1);
  loop.set("revindex0", size - index);
  loop.set("first", index == 1);
  loop.set("last", index == size);
  loop.set("length", size);
  sandbox.answer(std::move(loop));
}

void check_unpacking(lua_State* lua, Sandbox&) {
  const Value& items = proxy_at(lua, 1)->value;
  const auto names = static_cast<std::size_t>(lua_gettop(lua) - 4);
  if (items.is_map()) {
    if (names != 2) throw Complaint{fmt::format("an entry of a mapping has a key and a value, not {} parts", names)};
    return;
  }
  const Value& item = items.as_list()[static_cast<std::size_t>(lua_tointegerx(lua, 2, nullptr)) - 1];
  if (!item.is_list() || item.as_list().size() != names) {
    throw Complaint{
        fmt::format("{} names need items that are lists of {}; this is {}", names, names,
                    item.is_list() ? fmt::format("a list of {}", item.as_list().size()) : std::string(item.kind()))};
  }
}

// (items, index, size, whether `loop` is read, names …): a frame with these names set.
int iterate(lua_State* lua) {
  const int top = lua_gettop(lua);
  enter(lua);
  lua_settop(lua, top);
  Sandbox& sandbox = Sandbox::of(lua);
  if (top > 5 && !sandbox.attempt(lua, check_unpacking)) return sandbox.raise(lua);
  const Value& all = proxy_at(lua, 1)->value;
  const auto position = static_cast<std::ptrdiff_t>(lua_tointegerx(lua, 2, nullptr) - 1);
  for (int name = 5; name <= top; ++name) {
    if (all.is_map()) {
      const auto entry = all.as_map().begin() + position;
      if (name == 5)
        lua_pushlstring(lua, entry->first.data(), entry->first.size());
      else
        push_value(lua, entry->second);
    } else {
      const Value& item = all.as_list()[static_cast<std::size_t>(position)];
      push_value(lua, top > 5 ? item.as_list()[static_cast<std::size_t>(name) - 5] : item);
    }
    set_in_frame(lua, lua_tostring(lua, name));
  }
  if (lua_toboolean(lua, 4)) {
    if (!sandbox.attempt(lua, describe_loop)) return sandbox.raise(lua);
    sandbox.push_answer(lua);
    set_in_frame(lua, "loop");
  }
  return 0;
}

void find_include(lua_State* lua, Sandbox& sandbox) {
  const Value name = value_at(lua, 1);
  if (name.is_item()) return sandbox.prepare_include(name.as_item()->name);
  if (!name.is_string()) throw Complaint{"'include' needs the name of a storage item"};
  sandbox.prepare_include(name.as_string());
}

int include(lua_State* lua) {
  Sandbox& sandbox = Sandbox::of(lua);
  if (!sandbox.attempt(lua, find_include)) return sandbox.raise(lua);
  sandbox.load(lua, sandbox.included);
  ++sandbox.includes;
  lua_call(lua, 0, 0);
  --sandbox.includes;
  return 0;
}

}  // namespace

void install_rendering(lua_State* lua) {
  lua_newtable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::frames));
  lua_rawgeti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  const luaL_Reg functions[] = {{"__espresso_out", out},         {"__espresso_enter", enter},
                                {"__espresso_leave", leave},     {"__espresso_set", set},
                                {"__espresso_items", items},     {"__espresso_loop", iterate},
                                {"__espresso_include", include}, {nullptr, nullptr}};
  for (const luaL_Reg* function = functions; function->name; ++function) {
    lua_pushstring(lua, function->name);
    lua_pushcfunction(lua, function->func);
    lua_rawset(lua, -3);
  }
}

}  // namespace espresso
