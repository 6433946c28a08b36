#include "model/lua_sandbox.h"

#include "core/diagnostic.h"

#include <fmt/format.h>

// What the Lua text of a template calls for macros, captured text, includes and imports.

namespace espresso {

namespace {

constexpr int max_macros = 60;  // each takes three of Lua's 200 nested calls of C

int begin_capture(lua_State* lua) {
  lua_pushinteger(lua, static_cast<lua_Integer>(Sandbox::of(lua).output_size()));
  return 1;
}

// (where it began): what was written since, taken out of the output.
void take_captured(lua_State* lua, Sandbox& sandbox) {
  sandbox.answer(sandbox.take_output(static_cast<std::size_t>(lua_tointegerx(lua, -1, nullptr))));
}

int end_capture(lua_State* lua) {
  lua_settop(lua, 1);
  return guarded<take_captured>(lua);
}

enum Upvalue { macro_name = 1, macro_parameters, macro_body, macro_frame };

// The mapping of what is given by name, as the last argument, or nullptr.
const Map* named_of(lua_State* lua, int top) {
  const Proxy* proxy = top > 0 ? proxy_at(lua, top) : nullptr;
  return proxy && proxy->value.is_map() && proxy->value.as_map().contains(named_arguments) ? &proxy->value.as_map()
                                                                                           : nullptr;
}

void check_call(lua_State* lua, Sandbox& sandbox) {
  const std::string_view name = text_at(lua, lua_upvalueindex(macro_name));
  if (sandbox.macros >= max_macros)
    throw Complaint{fmt::format("macros call each other more than {} deep", max_macros)};
  const int top = lua_gettop(lua);
  const Map* named = named_of(lua, top);
  const auto given = static_cast<std::size_t>(named ? top - 1 : top);
  std::vector<std::string> parameters;
  for (std::size_t i = 1; i <= lua_rawlen(lua, lua_upvalueindex(macro_parameters)); ++i) {
    lua_rawgeti(lua, lua_upvalueindex(macro_parameters), static_cast<lua_Integer>(i));
    parameters.emplace_back(text_at(lua, -1));
    lua_pop(lua, 1);
  }
  if (given > parameters.size())
    throw Complaint{fmt::format("the macro '{}' takes {} argument{}, not {}", name, parameters.size(),
                                parameters.size() == 1 ? "" : "s", given)};
  if (!named) return;
  for (const auto& [key, value] : *named) {
    const auto found = std::find(parameters.begin(), parameters.end(), key);
    if (key == named_arguments) continue;
    if (found == parameters.end())
      throw Complaint{fmt::format("the macro '{}' has no argument '{}'", name, key), did_you_mean(key, parameters)};
    if (static_cast<std::size_t>(found - parameters.begin()) < given)
      throw Complaint{fmt::format("the macro '{}' gets '{}' twice", name, key)};
  }
}

// Stack: a frame. What is given becomes its names; what is not is marked as missing.
void set_parameters(lua_State* lua, int given, const Map* named) {
  const int frame = lua_gettop(lua);
  const auto size = static_cast<int>(lua_rawlen(lua, lua_upvalueindex(macro_parameters)));
  for (int i = 1; i <= size; ++i) {
    lua_rawgeti(lua, lua_upvalueindex(macro_parameters), i);
    const Value* value = named ? named->find(text_at(lua, -1)) : nullptr;
    if (i <= given)
      lua_pushvalue(lua, i);
    else if (value)
      push_value(lua, *value);
    else
      lua_pushlightuserdata(lua, template_missing());
    if (lua_isnil(lua, -1)) {
      lua_pop(lua, 1);
      lua_pushlightuserdata(lua, template_null());
    }
    lua_rawset(lua, frame);
  }
  lua_rawgetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::caller));
  if (!lua_isnil(lua, -1)) lua_setfield(lua, frame, "caller");
  lua_pushnil(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::caller));
  lua_settop(lua, frame);
}

// The macro itself, with its arguments: gives what it wrote.
int call_macro(lua_State* lua) {
  Sandbox& sandbox = Sandbox::of(lua);
  const int top = lua_gettop(lua);
  luaL_checkstack(lua, 8, nullptr);
  if (!sandbox.attempt(lua, check_call)) return sandbox.raise(lua);
  const Map* named = named_of(lua, top);
  lua_pushvalue(lua, lua_upvalueindex(macro_frame));
  push_frame(lua);
  set_parameters(lua, named ? top - 1 : top, named);
  const auto start = static_cast<lua_Integer>(sandbox.output_size());
  ++sandbox.macros;
  lua_pushvalue(lua, lua_upvalueindex(macro_body));
  lua_call(lua, 0, 0);
  --sandbox.macros;
  pop_frame(lua);
  lua_pushinteger(lua, start);
  return guarded<take_captured>(lua);
}

// (name, parameters, body)
int make_macro(lua_State* lua) {
  lua_settop(lua, 3);
  top_frame(lua);
  lua_pushcclosure(lua, call_macro, 4);
  return 1;
}

int set_caller(lua_State* lua) {
  lua_settop(lua, 1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::caller));
  return 0;
}

// (name): whether the macro was called without it.
int is_missing(lua_State* lua) {
  top_frame(lua);
  lua_pushvalue(lua, 1);
  lua_rawget(lua, -2);
  lua_pushboolean(lua, lua_touserdata(lua, -1) == template_missing());
  return 1;
}

// (name or names, whether it may be missing)
void find_file(lua_State* lua, Sandbox& sandbox) {
  const Value name = value_at(lua, 1);
  const bool ignore = lua_toboolean(lua, 2) != 0;
  const List names = name.is_list() ? name.as_list() : List{name};
  sandbox.included = nullptr;
  for (const auto& one : names) {
    if (!one.is_string() && !one.is_item()) throw Complaint{"'include' needs the name of a storage item"};
    const bool is_last = &one == &names.back();
    if (sandbox.prepare_include(one.is_item() ? one.as_item()->name : one.as_string(), is_last && !ignore)) return;
  }
}

// (name, whether it may be missing, whether it sees our names)
int include(lua_State* lua) {
  Sandbox& sandbox = Sandbox::of(lua);
  lua_settop(lua, 3);
  if (!sandbox.attempt(lua, find_file)) return sandbox.raise(lua);
  if (!sandbox.included) return 0;
  const bool with_context = lua_toboolean(lua, 3) != 0;
  sandbox.load(lua, sandbox.included);
  ++sandbox.includes;
  if (!with_context) lua_pushboolean(lua, 0);
  lua_call(lua, with_context ? 0 : 1, 0);
  --sandbox.includes;
  return 0;
}

// (name, whether it sees our names): the frame of its names; what it writes is dropped.
int import(lua_State* lua) {
  Sandbox& sandbox = Sandbox::of(lua);
  lua_settop(lua, 2);
  const bool with_context = lua_toboolean(lua, 2) != 0;
  lua_pushboolean(lua, 0);
  lua_replace(lua, 2);
  if (!sandbox.attempt(lua, find_file)) return sandbox.raise(lua);
  const auto start = static_cast<lua_Integer>(sandbox.output_size());
  sandbox.load(lua, sandbox.included);
  ++sandbox.includes;
  if (!with_context) lua_pushboolean(lua, 0);
  lua_call(lua, with_context ? 0 : 1, 1);
  --sandbox.includes;
  lua_pushinteger(lua, start);
  if (!sandbox.attempt(lua, take_captured)) return sandbox.raise(lua);
  lua_settop(lua, 3);
  return 1;
}

void no_member(lua_State* lua, Sandbox&) {
  std::vector<std::string> names;
  for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1))
    if (lua_type(lua, -2) == LUA_TSTRING) names.emplace_back(text_at(lua, -2));
  const std::string_view name = text_at(lua, 2);
  throw Complaint{fmt::format("what is imported has no '{}'", name), did_you_mean(name, names)};
}

// (frame, name)
int member(lua_State* lua) {
  lua_settop(lua, 2);
  lua_pushvalue(lua, 2);
  if (lua_rawget(lua, 1) != LUA_TNIL) return 1;
  lua_settop(lua, 2);
  return guarded<no_member>(lua);
}

}  // namespace

std::string_view link_of(lua_CFunction function) {
  if (function == include) return "included here";
  if (function == import) return "imported here";
  return function == call_macro ? "called here" : "";
}

void install_macros(lua_State* lua) {
  lua_rawgeti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  const luaL_Reg functions[] = {
      {"__espresso_begin", begin_capture}, {"__espresso_end", end_capture},    {"__espresso_macro", make_macro},
      {"__espresso_caller", set_caller},   {"__espresso_missing", is_missing}, {"__espresso_include", include},
      {"__espresso_import", import},       {"__espresso_member", member},      {nullptr, nullptr}};
  for (const luaL_Reg* function = functions; function->name; ++function) {
    lua_pushstring(lua, function->name);
    lua_pushcfunction(lua, function->func);
    lua_rawset(lua, -3);
  }
}

}  // namespace espresso
