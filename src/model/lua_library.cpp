#include "model/lua_sandbox.h"

#include "core/diagnostic.h"

#include <fmt/format.h>

#include <array>

// What expressions can call: functions over values (lua_functions.cpp), those that call functions of the user's, and
// the part of Lua's own library that can neither reach the outside nor run without bound.

namespace espresso {

namespace {

// Patterns backtrack inside C, where no instructions are counted.
constexpr std::size_t max_subject = 1024 * 1024;

constexpr std::string_view prelude = R"lua(
local ipairs, type, table_sort, library, is_key = ...
local function reader(by)
  if by == nil then return function(x) return x end end
  if type(by) == "function" then return by end
  return function(x) return x[by] end
end
local function map(list, by, ...)
  if type(by) == "string" then
    local call = library[by]
    if not call or is_key(list, by) then return library.map_attribute(list, by) end
    by = function(x, ...) return call(x, ...) end
  end
  local result, read = {}, reader(by)
  for i, x in ipairs(list) do result[i] = read(x, ...) end
  return result
end
local function filter(list, by)
  local result, is_wanted = {}, reader(by)
  for _, x in ipairs(list) do if is_wanted(x) then result[#result + 1] = x end end
  return result
end
local sort_values, select_values, reject_values = library.sort, library.select, library.reject
local function sort(list, by, exact, attribute)
  if type(by) ~= "function" then return sort_values(list, by, exact, attribute) end
  local rows = {}
  for i, x in ipairs(list) do rows[i] = {by(x), i, x} end
  table_sort(rows, function(a, b)
    if a[1] == b[1] then return a[2] < b[2] end
    return a[1] < b[1]
  end)
  for i, row in ipairs(rows) do rows[i] = row[3] end
  return rows
end
local function select(list, test, ...)
  if type(test) == "function" then return filter(list, test) end
  return select_values(list, test, ...)
end
local function reject(list, test, ...)
  if type(test) == "function" then return filter(list, function(x) return not test(x) end) end
  return reject_values(list, test, ...)
end
return map, filter, sort, select, reject
)lua";

// Upvalue 1: the FunctionEntry.
void call_library(lua_State* lua, Sandbox& sandbox) {
  const auto& entry = *static_cast<const FunctionEntry*>(lua_touserdata(lua, lua_upvalueindex(1)));
  std::vector<Value> values;
  for (int i = 1; i <= lua_gettop(lua); ++i) {
    values.push_back(value_at(lua, i));
    measure(values.back());
  }
  sandbox.answer(entry.call(Arguments(entry.name, values)));
}

// (list, text): whether the first item is a mapping with that key.
void is_key(lua_State* lua, Sandbox& sandbox) {
  const Value list = value_at(lua, 1);
  sandbox.answer(list.is_list() && !list.as_list().empty() && list.as_list()[0].is_map() &&
                 list.as_list()[0].as_map().contains(text_at(lua, 2)));
}

// namespace(n=0), dict(a=1): the parser made a table of what is given by name.
int same_table(lua_State* lua) {
  lua_settop(lua, 1);
  if (lua_type(lua, 1) != LUA_TTABLE) lua_newtable(lua);
  return 1;
}

void item_text(lua_State* lua, Sandbox& sandbox) { sandbox.answer(proxy_at(lua, -1)->value.to_text()); }
void refuse_subject(lua_State*, Sandbox&) { throw Complaint{"the text is too long for patterns: more than 1 MB"}; }

// Upvalue 1: a function of Lua's string library, which then reads content as strings.
template <bool pattern>
int call_string(lua_State* lua) {
  for (int i = 1; i <= lua_gettop(lua); ++i) {
    const Proxy* proxy = proxy_at(lua, i);
    if (!proxy || !proxy->value.is_item()) continue;
    lua_pushvalue(lua, i);
    if (!Sandbox::of(lua).attempt(lua, item_text)) return Sandbox::of(lua).raise(lua);
    lua_pop(lua, 1);
    Sandbox::of(lua).push_answer(lua);
    lua_replace(lua, i);
  }
  if (pattern && lua_type(lua, 1) == LUA_TSTRING && lua_rawlen(lua, 1) > max_subject)
    return guarded<refuse_subject>(lua);
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

void no_such_method(lua_State* lua, Sandbox& sandbox) {
  const std::string path = sandbox.path_at(lua);
  throw Complaint{fmt::format("{} is a string and has no '{}'", path.empty() ? "this" : "'" + path + "'",
                              value_at(lua, 2).to_text())};
}

int index_string(lua_State* lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::strings));
  lua_pushvalue(lua, 2);
  if (lua_rawget(lua, -2) != LUA_TNIL) return 1;
  return guarded<no_such_method>(lua);
}

void no_such_function(lua_State* lua, Sandbox&) {
  std::vector<std::string> names;
  lua_pushnil(lua);
  while (lua_next(lua, lua_upvalueindex(1)) != 0) {
    names.emplace_back(text_at(lua, -2));
    lua_pop(lua, 1);
  }
  const std::string key = value_at(lua, 2).to_text();
  throw Complaint{fmt::format("'{}' has no '{}'", text_at(lua, lua_upvalueindex(2)), key), did_you_mean(key, names)};
}

// Upvalues: the functions, the library's name.
int index_library(lua_State* lua) {
  lua_pushvalue(lua, 2);
  if (lua_rawget(lua, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  return guarded<no_such_function>(lua);
}

// Lua's own would go through as many rounds as asked for.
int repeat_string(lua_State* lua) {
  if (lua_type(lua, 1) == LUA_TSTRING && lua_rawlen(lua, 1) == 0 && lua_gettop(lua) < 3) {
    lua_settop(lua, 1);
    return 1;
  }
  if (lua_type(lua, 3) == LUA_TSTRING && lua_rawlen(lua, 1) + lua_rawlen(lua, 3) == 0) {
    lua_settop(lua, 1);
    return 1;
  }
  return call_string<false>(lua);
}

// `string(x)`, although `string` is also a library.
int call_string_library(lua_State* lua) {
  lua_remove(lua, 1);
  return guarded<call_library>(lua);
}

void refuse_change(lua_State*, Sandbox&) { throw Complaint{"libraries cannot be changed"}; }

void refuse_ipairs(lua_State* lua, Sandbox&) {
  throw Complaint{fmt::format("a list is needed, not {}", described(value_at(lua, 1)))};
}

// Upvalue 1: Lua's ipairs. It would read one item too many, which is a mistake with our lists.
int iterate(lua_State* lua) {
  if (lua_type(lua, 1) == LUA_TTABLE) return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
  const Proxy* proxy = proxy_at(lua, 1);
  if (!proxy || !proxy->value.is_list()) return guarded<refuse_ipairs>(lua);
  luaL_getmetafield(lua, 1, "__pairs");
  lua_pushvalue(lua, 1);
  lua_call(lua, 1, 1);
  return 1;
}

// Stack: Lua's library. Leaves a table of those of its functions.
template <std::size_t size>
void pick(lua_State* lua, const std::array<const char*, size>& names) {
  lua_createtable(lua, 0, static_cast<int>(size));
  for (const char* name : names) {
    lua_getfield(lua, -2, name);
    lua_setfield(lua, -2, name);
  }
  lua_remove(lua, -2);
}

// Stack: functions. Adds them to the library at index 1, read only.
void add_read_only(lua_State* lua, const char* name) {
  lua_newtable(lua);
  lua_newtable(lua);
  lua_pushvalue(lua, -3);
  lua_pushstring(lua, name);
  lua_pushcclosure(lua, index_library, 2);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, guarded<refuse_change>);
  lua_setfield(lua, -2, "__newindex");
  lua_setmetatable(lua, -2);
  lua_setfield(lua, 1, name);
  lua_pop(lua, 1);
}

void install_strings(lua_State* lua) {
  lua_pushcfunction(lua, luaopen_string);
  lua_call(lua, 0, 1);
  pick(lua, std::array{"byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "rep", "reverse",
                       "sub", "upper"});
  for (const char* name : {"byte", "char", "format", "len", "lower", "rep", "reverse", "sub", "upper"}) {
    lua_getfield(lua, -1, name);
    lua_pushcclosure(lua, call_string<false>, 1);
    lua_setfield(lua, -2, name);
  }
  lua_getfield(lua, -1, "rep");
  lua_getupvalue(lua, -1, 1);
  lua_pushcclosure(lua, repeat_string, 1);
  lua_setfield(lua, -3, "rep");
  lua_pop(lua, 1);
  for (const char* name : {"find", "gmatch", "gsub", "match"}) {
    lua_getfield(lua, -1, name);
    lua_pushcclosure(lua, call_string<true>, 1);
    lua_setfield(lua, -2, name);
  }
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::strings));
  // luaopen_string gave all strings a metatable; theirs must not reach what was not picked.
  lua_pushliteral(lua, "");
  lua_getmetatable(lua, -1);
  lua_pushcfunction(lua, index_string);
  lua_setfield(lua, -2, "__index");
  lua_pop(lua, 2);
  add_read_only(lua, "string");
}

void install_base(lua_State* lua) {
  lua_pushcfunction(lua, luaopen_base);
  lua_call(lua, 0, 1);
  for (const char* name : {"type", "tostring", "tonumber", "pairs", "next"}) {
    lua_getfield(lua, -1, name);
    lua_setfield(lua, 1, name);
  }
  lua_getfield(lua, -1, "ipairs");
  lua_pushcclosure(lua, iterate, 1);
  lua_setfield(lua, 1, "ipairs");
  lua_pop(lua, 1);
}

void install_prelude(lua_State* lua) {
  if (luaL_loadbufferx(lua, prelude.data(), prelude.size(), "=espresso", "t") != LUA_OK) lua_error(lua);
  lua_getfield(lua, 1, "ipairs");
  lua_getfield(lua, 1, "type");
  lua_pushcfunction(lua, luaopen_table);
  lua_call(lua, 0, 1);
  lua_getfield(lua, -1, "sort");
  lua_remove(lua, -2);
  lua_pushvalue(lua, 1);
  lua_pushcfunction(lua, guarded<is_key>);
  lua_call(lua, 5, 5);
  lua_setfield(lua, 1, "reject");
  lua_setfield(lua, 1, "select");
  lua_setfield(lua, 1, "sort");
  lua_setfield(lua, 1, "filter");
  lua_setfield(lua, 1, "map");
}

}  // namespace

void install_library(lua_State* lua) {
  lua_settop(lua, 0);
  lua_newtable(lua);
  install_base(lua);
  install_strings(lua);
  lua_pushcfunction(lua, luaopen_table);
  lua_call(lua, 0, 1);
  pick(lua, std::array{"concat", "insert", "pack", "remove", "sort", "unpack"});
  add_read_only(lua, "table");
  lua_pushcfunction(lua, luaopen_math);
  lua_call(lua, 0, 1);
  pick(lua, std::array{"abs", "ceil", "exp", "floor", "fmod", "huge", "log", "max", "maxinteger", "min", "mininteger",
                       "modf", "pi", "sqrt", "tointeger", "type", "ult"});
  add_read_only(lua, "math");
  lua_pushcfunction(lua, luaopen_utf8);
  lua_call(lua, 0, 1);
  pick(lua, std::array{"char", "charpattern", "codepoint", "codes", "len", "offset"});
  add_read_only(lua, "utf8");
  for (const auto& entry : function_entries()) {
    if (!entry.call) continue;
    lua_pushlightuserdata(lua, const_cast<FunctionEntry*>(&entry));
    if (std::string_view(entry.name) == "string") {
      lua_pushcclosure(lua, call_string_library, 1);
      lua_getfield(lua, 1, "string");
      lua_getmetatable(lua, -1);
      lua_pushvalue(lua, -3);
      lua_setfield(lua, -2, "__call");
      lua_pop(lua, 3);
      continue;
    }
    lua_pushcclosure(lua, guarded<call_library>, 1);
    lua_setfield(lua, 1, entry.name);
  }
  install_prelude(lua);
  lua_pushcfunction(lua, same_table);
  lua_setfield(lua, 1, "namespace");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::library));
}

}  // namespace espresso
