#include "model/lua_sandbox.h"

#include <fmt/format.h>

// What the Lua text of a template (template_blocks.cpp) calls: output, names set by the template, loops.

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

// () or (false): a frame within the innermost one, or within none.
int enter(lua_State* lua) {
  if (lua_gettop(lua) > 0)
    lua_pushnil(lua);
  else
    top_frame(lua);
  push_frame(lua);
  return 0;
}

int leave(lua_State* lua) {
  top_frame(lua);
  pop_frame(lua);
  return 1;
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

void unpack_values(lua_State* lua, Sandbox& sandbox) {
  Value list = value_at(lua, 1);
  const auto names = static_cast<std::size_t>(lua_gettop(lua) - 1);
  if (!list.is_list() || list.as_list().size() != names)
    throw Complaint{fmt::format("{} names need a list of {}, not {}", names, names,
                                list.is_list() ? fmt::format("one of {}", list.as_list().size()) : described(list))};
  sandbox.answer(std::move(list));
}

// (list, names …)
int unpack(lua_State* lua) {
  const int top = lua_gettop(lua);
  if (!Sandbox::of(lua).attempt(lua, unpack_values)) return Sandbox::of(lua).raise(lua);
  Sandbox::of(lua).push_answer(lua);
  for (int name = 2; name <= top; ++name) {
    push_value(lua, proxy_at(lua, top + 1)->value.as_list()[static_cast<std::size_t>(name) - 2]);
    set_in_frame(lua, lua_tostring(lua, name));
  }
  return 0;
}

void no_namespace(lua_State* lua, Sandbox&) {
  throw Complaint{fmt::format("'{}' is no namespace", text_at(lua, 1)), "make one: {% set ns = namespace(x=1) %}"};
}

// (name, key, value)
int put(lua_State* lua) {
  lua_settop(lua, 3);
  find_in_frames(lua, 1);
  if (lua_type(lua, 4) != LUA_TTABLE) return guarded<no_namespace>(lua);
  lua_insert(lua, 2);
  lua_rawset(lua, 2);
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
  const Value& all = proxy_at(lua, 1)->value;
  const auto item = [&](std::int64_t i) -> Value {
    if (i < 0 || i >= size) return {};
    if (all.is_list()) return all.as_list()[static_cast<std::size_t>(i)];
    const auto& [key, value] = *(all.as_map().begin() + i);
    return List{key, value};
  };
  Map loop;
  loop.append("index", index);
  loop.append("index0", index - 1);
  loop.append("revindex", size - index + 1);
  loop.append("revindex0", size - index);
  loop.append("first", index == 1);
  loop.append("last", index == size);
  loop.append("length", size);
  loop.append("previtem", item(index - 2));
  loop.append("nextitem", item(index));
  sandbox.answer(std::move(loop));
}

// loop.cycle(a, b): (loop, values …)
void find_turn(lua_State* lua, Sandbox& sandbox) {
  const Proxy* loop = proxy_at(lua, 1);
  const Value* index = loop && loop->value.is_map() ? loop->value.as_map().find("index0") : nullptr;
  if (!index || !index->is_integer()) throw Complaint{"'loop' is not that of a 'for'"};
  if (lua_gettop(lua) < 2) throw Complaint{"loop.cycle: the first argument is missing, a value is needed"};
  sandbox.answer(index->as_integer() % (lua_gettop(lua) - 1));
}

int cycle(lua_State* lua) {
  Sandbox& sandbox = Sandbox::of(lua);
  if (!sandbox.attempt(lua, find_turn)) return sandbox.raise(lua);
  sandbox.push_answer(lua);
  lua_pushvalue(lua, 2 + static_cast<int>(lua_tointegerx(lua, -1, nullptr)));
  return 1;
}

// loop.changed(a): (loop, items of the loop, values …). What it was is kept with the items.
void describe_values(lua_State* lua, Sandbox& sandbox) {
  if (!proxy_at(lua, 2)) throw Complaint{"'loop' is not that of a 'for'"};
  List values;
  for (int i = 3; i <= lua_gettop(lua); ++i) values.push_back(value_at(lua, i));
  sandbox.answer(to_json(values));
}

int changed(lua_State* lua) {
  Sandbox& sandbox = Sandbox::of(lua);
  if (!sandbox.attempt(lua, describe_values)) return sandbox.raise(lua);
  sandbox.push_answer(lua);
  lua_getiuservalue(lua, 2, 1);
  const bool is_same = lua_rawequal(lua, -1, -2) != 0;
  lua_pop(lua, 1);
  lua_setiuservalue(lua, 2, 1);
  lua_pushboolean(lua, is_same ? 0 : 1);
  return 1;
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
  top_frame(lua);
  push_frame(lua);
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

// Stack: items, then indexes of those that stay, as a table. Answers those.
void keep_items(lua_State* lua, Sandbox& sandbox) {
  const Value& all = proxy_at(lua, 1)->value;
  List list;
  Map map;
  const auto size = static_cast<lua_Integer>(lua_rawlen(lua, -1));
  for (lua_Integer i = 1; i <= size; ++i) {
    lua_rawgeti(lua, -1, i);
    const auto position = static_cast<std::ptrdiff_t>(lua_tointegerx(lua, -1, nullptr) - 1);
    lua_pop(lua, 1);
    if (all.is_list())
      list.push_back(all.as_list()[static_cast<std::size_t>(position)]);
    else
      map.append((all.as_map().begin() + position)->first, (all.as_map().begin() + position)->second);
  }
  sandbox.answer(all.is_list() ? Value(std::move(list)) : Value(std::move(map)));
}

// (items, size, condition, false, names …): the items for which the condition holds, and their number.
int select(lua_State* lua) {
  const int top = lua_gettop(lua);
  const lua_Integer size = lua_tointegerx(lua, 2, nullptr);
  lua_newtable(lua);
  lua_Integer kept = 0;
  for (lua_Integer i = 1; i <= size; ++i) {
    lua_pushcfunction(lua, iterate);
    lua_pushvalue(lua, 1);
    lua_pushinteger(lua, i);
    for (int argument = 2; argument <= top; argument += argument == 2 ? 2 : 1) lua_pushvalue(lua, argument);
    lua_call(lua, top, 0);
    lua_pushvalue(lua, 3);
    lua_call(lua, 0, 1);
    const bool holds = lua_toboolean(lua, -1) != 0;
    lua_pop(lua, 1);
    pop_frame(lua);
    if (!holds) continue;
    lua_pushinteger(lua, i);
    lua_rawseti(lua, -2, ++kept);
  }
  if (!Sandbox::of(lua).attempt(lua, keep_items)) return Sandbox::of(lua).raise(lua);
  Sandbox::of(lua).push_answer(lua);
  lua_pushinteger(lua, kept);
  return 2;
}

}  // namespace

void top_frame(lua_State* lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::frames));
  lua_rawgeti(lua, -1, Sandbox::of(lua).frames);
  lua_remove(lua, -2);
}

void push_frame(lua_State* lua) {
  lua_newtable(lua);
  lua_insert(lua, -2);
  lua_rawseti(lua, -2, 1);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::frames));
  lua_pushvalue(lua, -2);
  lua_rawseti(lua, -2, ++Sandbox::of(lua).frames);
  lua_pop(lua, 1);
}

void pop_frame(lua_State* lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::frames));
  lua_pushnil(lua);
  lua_rawseti(lua, -2, Sandbox::of(lua).frames--);
  lua_pop(lua, 1);
}

void install_rendering(lua_State* lua) {
  lua_newtable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::frames));
  lua_rawgeti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  const luaL_Reg functions[] = {
      {"__espresso_out", out},     {"__espresso_enter", enter},     {"__espresso_leave", leave},
      {"__espresso_set", set},     {"__espresso_put", put},         {"__espresso_unpack", unpack},
      {"__espresso_items", items}, {"__espresso_loop", iterate},    {"__espresso_select", select},
      {"__espresso_cycle", cycle}, {"__espresso_changed", changed}, {nullptr, nullptr}};
  for (const luaL_Reg* function = functions; function->name; ++function) {
    lua_pushstring(lua, function->name);
    lua_pushcfunction(lua, function->func);
    lua_rawset(lua, -3);
  }
}

}  // namespace espresso
