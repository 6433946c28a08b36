#include "model/lua_sandbox.h"

#include <fmt/format.h>

#include <cmath>

// What Jinja's operators and literals became in Lua (lua_parser.cpp).

namespace espresso {

namespace {

// The value, or nil when Jinja takes it for false.
int truth(lua_State* lua) {
  lua_settop(lua, 1);
  bool is_false = false;
  switch (lua_type(lua, 1)) {
    case LUA_TNIL:
    case LUA_TBOOLEAN:
      return 1;
    case LUA_TNUMBER:
      is_false = lua_tonumberx(lua, 1, nullptr) == 0;
      break;
    case LUA_TSTRING:
      is_false = lua_rawlen(lua, 1) == 0;
      break;
    case LUA_TTABLE:
      lua_pushnil(lua);
      is_false = lua_next(lua, 1) == 0;
      lua_settop(lua, 1);
      break;
    case LUA_TUSERDATA: {
      const Value& value = proxy_at(lua, 1)->value;
      is_false = (value.is_list() && value.as_list().empty()) || (value.is_map() && value.as_map().empty());
      break;
    }
    default:
      break;
  }
  if (is_false) lua_pushnil(lua);
  return 1;
}

void concat(lua_State* lua, Sandbox& sandbox) {
  std::string text = value_at(lua, 1).to_text();
  text += value_at(lua, 2).to_text();
  check_size(text.size());
  sandbox.answer(std::move(text));
}

void power(lua_State* lua, Sandbox& sandbox) {
  const Value base = value_at(lua, 1), exponent = value_at(lua, 2);
  if (!base.is_number() || !exponent.is_number())
    throw Complaint{fmt::format("'**' needs two numbers, not {} and {}", described(base), described(exponent))};
  if (base.is_integer() && exponent.is_integer() && exponent.as_integer() >= 0 && exponent.as_integer() < 64) {
    std::int64_t result = 1;
    bool fits = true;
    for (std::int64_t i = 0; i < exponent.as_integer(); ++i)
      fits = fits && !__builtin_mul_overflow(result, base.as_integer(), &result);
    if (fits) return sandbox.answer(result);
  }
  sandbox.answer(std::pow(base.as_number(), exponent.as_number()));
}

// (value, from, to, step)
void slice(lua_State* lua, Sandbox& sandbox) {
  lua_settop(lua, 4);
  sandbox.answer(slice_of(value_at(lua, 1), value_at(lua, 2), value_at(lua, 3), value_at(lua, 4)));
}

void array(lua_State* lua, Sandbox& sandbox) {
  List list;
  for (int i = 1; i <= lua_gettop(lua); ++i) list.push_back(value_at(lua, i));
  sandbox.answer(std::move(list));
}
void table(lua_State* lua, Sandbox& sandbox) { sandbox.answer(value_at(lua, 1)); }

// (key, value, …), in this order.
void mapping(lua_State* lua, Sandbox& sandbox) {
  Map map;
  for (int i = 1; i < lua_gettop(lua); i += 2) map.set(std::string(text_at(lua, i)), value_at(lua, i + 1));
  sandbox.answer(std::move(map));
}

// (value, name, arguments …)
void call_value(lua_State* lua, Sandbox& sandbox) {
  const Value value = value_at(lua, 1);
  std::vector<Value> arguments = {value};
  for (int i = 3; i <= lua_gettop(lua); ++i) arguments.push_back(value_at(lua, i));
  sandbox.answer(call_method(value, text_at(lua, 2), arguments));
}

void no_function(lua_State* lua, Sandbox&) {
  std::vector<std::string> names;
  for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1))
    if (lua_type(lua, -2) == LUA_TSTRING && lua_type(lua, -1) == LUA_TFUNCTION) names.emplace_back(text_at(lua, -2));
  const std::string_view name = text_at(lua, 2);
  throw Complaint{fmt::format("this has no '{}' that can be called", name), did_you_mean(name, names)};
}

// Of a template's imported names, the macro; of anything else, what Python's method of that name does.
int method(lua_State* lua) {
  if (lua_type(lua, 1) != LUA_TTABLE) return guarded<call_value>(lua);
  lua_pushvalue(lua, 2);
  lua_rawget(lua, 1);
  if (lua_type(lua, -1) != LUA_TFUNCTION) {
    const bool is_python = lua_isnil(lua, -1) && lua_rawlen(lua, 1) == 0;
    lua_pop(lua, 1);
    lua_pushnil(lua);
    const bool is_empty = lua_next(lua, 1) == 0;
    lua_settop(lua, is_empty ? lua_gettop(lua) : lua_gettop(lua) - 2);
    if (!is_python || !is_empty) {
      // A list or mapping that Lua made has the methods of lists and mappings.
      const std::string_view name = text_at(lua, 2);
      const bool is_known = name == "items" || name == "keys" || name == "values" || name == "get" || name == "count";
      if (!is_known) return guarded<no_function>(lua);
    }
    return guarded<call_value>(lua);
  }
  lua_replace(lua, 2);
  lua_remove(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, 1);
  return 1;
}

// Python's `+`, `*` and `%` of texts; everything else is Lua's, which is upvalue 1.
void add_texts(lua_State* lua, Sandbox& sandbox) {
  sandbox.answer(std::string(text_at(lua, 1)) + std::string(text_at(lua, 2)));
}
void repeat_text(lua_State* lua, Sandbox& sandbox) {
  const auto times = static_cast<std::size_t>(std::max<lua_Integer>(0, lua_tointegerx(lua, 2, nullptr)));
  const std::string_view text = text_at(lua, 1);
  if (!text.empty() && times > max_value_size / text.size()) check_size(max_value_size + 1);
  std::string out;
  for (std::size_t i = 0; i < times && !text.empty(); ++i) out += text;
  sandbox.answer(std::move(out));
}
void fill_text(lua_State* lua, Sandbox& sandbox) {
  std::vector<Value> arguments = {value_at(lua, 1)};
  const Value values = value_at(lua, 2);
  if (values.is_list())
    arguments.insert(arguments.end(), values.as_list().begin(), values.as_list().end());
  else
    arguments.push_back(values);
  sandbox.answer(find_function("format")->call(Arguments("format", arguments)));
}

template <char operation>
int calculate(lua_State* lua) {
  const bool is_text = lua_type(lua, 1) == LUA_TSTRING;
  if (operation == '+' && is_text && lua_type(lua, 2) == LUA_TSTRING) return guarded<add_texts>(lua);
  if (operation == '*' && is_text && lua_isinteger(lua, 2)) return guarded<repeat_text>(lua);
  if (operation == '%' && is_text && text_at(lua, 1).find('%') != std::string_view::npos)
    return guarded<fill_text>(lua);
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, 2, 1);
  return 1;
}

// The metatable of strings is at the top.
template <char operation>
void replace_operation(lua_State* lua, const char* name) {
  lua_getfield(lua, -1, name);
  lua_pushcclosure(lua, calculate<operation>, 1);
  lua_setfield(lua, -2, name);
}

void add_lists(lua_State* lua, Sandbox& sandbox) {
  Value first = value_at(lua, 1);
  const Value second = value_at(lua, 2);
  if (!first.is_list() || !second.is_list())
    throw Complaint{
        fmt::format("'+' needs two numbers, texts or lists, not {} and {}", described(first), described(second))};
  List& list = first.edit_list();
  list.insert(list.end(), second.as_list().begin(), second.as_list().end());
  sandbox.answer(std::move(first));
}

}  // namespace

void install_operators(lua_State* lua) {
  lua_rawgeti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  const luaL_Reg functions[] = {{"__espresso_true", truth},
                                {"__espresso_concat", guarded<concat>},
                                {"__espresso_power", guarded<power>},
                                {"__espresso_slice", guarded<slice>},
                                {"__espresso_array", guarded<array>},
                                {"__espresso_table", guarded<table>},
                                {"__espresso_map", guarded<mapping>},
                                {"__espresso_method", method},
                                {nullptr, nullptr}};
  for (const luaL_Reg* function = functions; function->name; ++function) {
    lua_pushstring(lua, function->name);
    lua_pushcfunction(lua, function->func);
    lua_rawset(lua, -3);
  }
  lua_pushliteral(lua, "");
  lua_getmetatable(lua, -1);
  replace_operation<'+'>(lua, "__add");
  replace_operation<'*'>(lua, "__mul");
  replace_operation<'%'>(lua, "__mod");
  lua_pop(lua, 2);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, slot_key(Slot::list));
  lua_pushcfunction(lua, guarded<add_lists>);
  lua_setfield(lua, -2, "__add");
  lua_pop(lua, 1);
}

}  // namespace espresso
