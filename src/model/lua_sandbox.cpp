#include "model/lua_sandbox.h"

#include "core/error.h"
#include "model/storage.h"
#include "model/template.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdlib>

namespace espresso {

namespace {

constexpr int max_instructions = 10'000'000;
constexpr std::size_t max_memory = 64 * 1024 * 1024;
constexpr int max_includes = 20;
constexpr int max_levels = 400;
constexpr std::size_t max_notes = 20;

// What lua_error carries when the exception itself is kept in the sandbox.
char kept_exception;

int install(lua_State* lua) {
  install_values(lua);
  install_library(lua);
  install_names(lua);
  install_operators(lua);
  install_rendering(lua);
  install_macros(lua);
  return 0;
}

void stop_endless(lua_State* lua, lua_Debug*) {
  lua_pushliteral(lua, "this takes more than 10 million instructions");
  lua_error(lua);
}

int load_protected(lua_State* lua) {
  Sandbox::of(lua).load(lua, static_cast<const LuaChunk*>(lua_touserdata(lua, 1)));
  return 0;
}

std::ptrdiff_t newlines_at_end(std::string_view text) {
  return static_cast<std::ptrdiff_t>(text.size() - std::min(text.size(), text.find_last_not_of('\n') + 1));
}

// "12:3: message" to its line (0 when there is none) and message.
std::pair<int, std::string_view> split_position(std::string_view text) {
  const std::size_t first = text.find(':');
  const std::size_t second = first == std::string_view::npos ? first : text.find(": ", first + 1);
  int number = 0, line = 0;
  if (second == std::string_view::npos ||
      std::from_chars(text.data(), text.data() + first, number).ptr != text.data() + first ||
      std::from_chars(text.data() + first + 1, text.data() + second, line).ptr != text.data() + second) {
    constexpr std::string_view library = "espresso:";
    if (text.starts_with(library) && second != std::string_view::npos) return {0, text.substr(second + 2)};
    return {0, text};
  }
  return {line, text.substr(second + 2)};
}

}  // namespace

void* slot_key(Slot slot) {
  static std::array<char, static_cast<std::size_t>(Slot::count)> keys;
  return &keys[static_cast<std::size_t>(slot)];
}

Sandbox::Sandbox() : memory_limit_(max_memory) {
  lua_ = lua_newstate(&Sandbox::allocate, this);
  if (!lua_) throw std::bad_alloc();
  *static_cast<Sandbox**>(lua_getextraspace(lua_)) = this;
  lua_pushcfunction(lua_, install);
  if (lua_pcall(lua_, 0, 0, 0) != LUA_OK) {
    const char* text = lua_tostring(lua_, -1);
    const std::string message = text ? text : "no memory";
    lua_close(lua_);
    throw std::runtime_error("cannot set up Lua: " + message);
  }
  memory_limit_ = memory_ + max_memory;
}

Sandbox::~Sandbox() { lua_close(lua_); }

void* Sandbox::allocate(void* opaque, void* block, std::size_t old_size, std::size_t new_size) {
  Sandbox& sandbox = *static_cast<Sandbox*>(opaque);
  if (!block) old_size = 0;  // then it tells the kind of object
  if (new_size == 0) {
    std::free(block);
    sandbox.memory_ -= old_size;
    return nullptr;
  }
  if (new_size > old_size && sandbox.memory_ + (new_size - old_size) > sandbox.memory_limit_) return nullptr;
  void* fresh = std::realloc(block, new_size);
  if (fresh) sandbox.memory_ = sandbox.memory_ - old_size + new_size;
  return fresh;
}

bool Sandbox::attempt(lua_State* lua, Step step) noexcept {
  try {
    answer_ = nullptr;
    answer_cost_ = 0;
    step(lua, *this);
    return true;
  } catch (const Complaint& complaint) {
    blame(lua, complaint.message, complaint.hint);
  } catch (const Error& error) {  // of a storage
    blame(lua, error.what(), error.hint());
  } catch (...) {
    pending_ = std::current_exception();
  }
  return false;
}

int Sandbox::raise(lua_State* lua) {
  lua_pushlightuserdata(lua, &kept_exception);
  return lua_error(lua);
}

int Sandbox::push_answer(lua_State* lua) {
  if (answer_)
    push_value(lua, *answer_, answer_cost_);
  else
    lua_pushnil(lua);
  return 1;
}

void Sandbox::answer(Value value) {
  if (value.is_list() || value.is_map()) {
    answer_cost_ = measure(value);
    if (foreign + answer_cost_ > max_memory) lua_gc(lua_, LUA_GCCOLLECT);
    if (foreign + answer_cost_ > max_memory) throw Complaint{"this takes more than 64 MB of memory"};
  }
  result_ = std::move(value);
  answer_ = &result_;
}

void Sandbox::answer_part(const Value* part, const Proxy* of) {
  if (part && part->is_deferred()) throw part->as_deferred();
  answer_ = part;
  // What was made during this evaluation dies with it, so its parts count too; the scope's values do not.
  if (part && of && of->cost > 0 && (part->is_list() || part->is_map())) {
    answer_cost_ = measure(*part);
    if (foreign + answer_cost_ > max_memory) lua_gc(lua_, LUA_GCCOLLECT);
    if (foreign + answer_cost_ > max_memory) throw Complaint{"this takes more than 64 MB of memory"};
  }
}

void Sandbox::unknown_name(std::string_view name) const {
  std::vector<std::string> names = scope_->names();
  names.insert(names.end(), expression_function_names().begin(), expression_function_names().end());
  throw Complaint{fmt::format("no name '{}'", name), did_you_mean(name, names)};
}

std::string Sandbox::path_at(lua_State* lua) const {
  lua_Debug frame;
  if (!lua_getstack(lua, 1, &frame) || !lua_getinfo(lua, "Sl", &frame)) return {};
  const LuaChunk* chunk = chunk_of(frame);
  if (!chunk) return {};
  const LuaChunk::Mark mark = chunk->mark(frame.currentline);
  return mark.path_length == 0 ? std::string() : chunk->text.substr(mark.path_offset, mark.path_length);
}

void Sandbox::output(std::string_view text) {
  if (output_.size() + text.size() > max_memory) throw Complaint{"the result is larger than 64 MB"};
  output_ += text;
}

const LuaChunk* Sandbox::chunk_of(const lua_Debug& frame) const {
  std::size_t number = 0;
  const std::string_view source = frame.source;
  if (!source.starts_with('=')) return nullptr;
  const auto read = std::from_chars(source.data() + 1, source.data() + source.size(), number);
  if (read.ec != std::errc() || read.ptr != source.data() + source.size() || number >= chunks_.size()) return nullptr;
  return chunks_[number].get();
}

// The innermost place in the user's text, and the includes that led there.
void Sandbox::blame(lua_State* lua, const std::string& message, const std::string& hint) {
  Diagnostic diagnostic{.span = {}, .message = message, .hint = hint};
  bool is_found = false;
  std::string_view link;
  lua_Debug frame;
  // Finding a level takes as many steps as its number: of a recursion without end, the innermost frames suffice.
  for (int level = 0; level < max_levels && lua_getstack(lua, level, &frame); ++level) {
    lua_getinfo(lua, "Sl", &frame);
    if (*frame.what == 'C' && lua_checkstack(lua, 1)) {
      lua_getinfo(lua, "f", &frame);
      if (const std::string_view found = link_of(lua_tocfunction(lua, -1)); !found.empty()) link = found;
      lua_pop(lua, 1);
    }
    const LuaChunk* chunk = frame.currentline > 0 ? chunk_of(frame) : nullptr;
    if (!chunk || (is_found && link.empty())) continue;
    const Span place = chunk->place(chunk->mark(frame.currentline));
    if (!is_found)
      diagnostic.span = place;
    else if (diagnostic.notes.size() < max_notes)
      diagnostic.notes.push_back({.span = place, .message = std::string(link)});
    is_found = true;
    link = {};
  }
  pending_ = std::make_exception_ptr(Mistakes(std::move(diagnostic)));
}

// Lua's message handler: turns an error of Lua's own into the exception that is thrown in the end.
int Sandbox::explain(lua_State* lua) {
  Sandbox& sandbox = of(lua);
  if (lua_touserdata(lua, 1) == &kept_exception) return 1;
  if (lua_type(lua, 1) == LUA_TSTRING) {
    sandbox.attempt(lua, [](lua_State* state, Sandbox&) {
      const std::string message(split_position(text_at(state, 1)).second);
      throw Complaint{
          message, message.find("bitwise operation on a string") != std::string::npos ? "use '..' to join texts" : ""};
    });
  }
  lua_pushlightuserdata(lua, &kept_exception);
  return 1;
}

void Sandbox::add_chunk(const std::shared_ptr<const LuaChunk>& chunk) {
  if (!numbers_.emplace(chunk.get(), static_cast<int>(chunks_.size())).second) return;
  chunks_.push_back(chunk);
}

// Raises Lua's errors. Pushes the chunk as a function; translated once.
int Sandbox::load(lua_State* lua, const LuaChunk* chunk) {
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, chunk) == LUA_TFUNCTION) return 1;
  lua_pop(lua, 1);
  std::array<char, 16> name{};
  name[0] = '=';
  std::to_chars(name.data() + 1, name.data() + name.size() - 1, numbers_.find(chunk)->second);
  if (luaL_loadbufferx(lua, chunk->lua.data(), chunk->lua.size(), name.data(), "t") != LUA_OK) return lua_error(lua);
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, chunk);
  return 1;
}

void Sandbox::run(const std::shared_ptr<const LuaChunk>& chunk, const Scope& scope) {
  scope_ = &scope;
  pending_ = nullptr;
  frames = includes = macros = 0;
  output_.clear();
  lua_settop(lua_, 0);
  const auto whole = [&](std::string message) {
    return Mistakes(
        Diagnostic{.span = chunk->place({.offset = 0, .length = chunk->text.size()}), .message = std::move(message)});
  };
  lua_sethook(lua_, stop_endless, LUA_MASKCOUNT, max_instructions);
  lua_pushcfunction(lua_, &Sandbox::explain);
  if (lua_rawgetp(lua_, LUA_REGISTRYINDEX, chunk.get()) != LUA_TFUNCTION) {
    lua_settop(lua_, 0);
    add_chunk(chunk);
    lua_pushcfunction(lua_, load_protected);
    lua_pushlightuserdata(lua_, const_cast<LuaChunk*>(chunk.get()));
    if (const int status = lua_pcall(lua_, 1, 0, 0); status != LUA_OK) {
      if (status == LUA_ERRMEM || lua_type(lua_, -1) != LUA_TSTRING)
        throw whole("this takes more than 64 MB of memory");
      const auto [line, message] = split_position(text_at(lua_, -1));
      throw Mistakes(Diagnostic{.span = chunk->place(chunk->mark(line)), .message = std::string(message)});
    }
    lua_pushcfunction(lua_, &Sandbox::explain);
    lua_rawgetp(lua_, LUA_REGISTRYINDEX, chunk.get());
  }
  const int status = lua_pcall(lua_, 0, 1, 1);
  if (status == LUA_OK) return;
  lua_settop(lua_, 0);
  if (status == LUA_ERRMEM) lua_gc(lua_, LUA_GCCOLLECT);
  if (auto pending = std::exchange(pending_, nullptr); pending && status != LUA_ERRMEM) std::rethrow_exception(pending);
  throw whole(status == LUA_ERRMEM ? "this takes more than 64 MB of memory" : "this cannot be evaluated");
}

Value Sandbox::evaluate(const std::shared_ptr<const LuaChunk>& chunk, const Scope& scope) {
  run(chunk, scope);
  try {
    Value value = value_at(lua_, -1);
    lua_settop(lua_, 0);
    return value;
  } catch (const Complaint& complaint) {
    lua_settop(lua_, 0);
    throw Mistakes(Diagnostic{.span = chunk->place({.offset = 0, .length = chunk->text.size()}),
                              .message = complaint.message,
                              .hint = complaint.hint});
  }
}

std::string Sandbox::render(const std::shared_ptr<const LuaChunk>& chunk, const Scope& scope) {
  run(chunk, scope);
  lua_settop(lua_, 0);
  std::string text = std::exchange(output_, {});
  // As Ansible: the text ends in as many newlines as its template, whatever took them away.
  for (auto missing = newlines_at_end(chunk->text) - newlines_at_end(text); missing > 0; --missing) text += '\n';
  return text;
}

std::string Sandbox::take_output(std::size_t from) {
  std::string text = output_.substr(from);
  output_.resize(from);
  return text;
}

bool Sandbox::prepare_include(const std::string& name, bool required) {
  if (includes >= max_includes) throw Complaint{"templates include each other more than 20 deep"};
  const Storage* storage = scope_->storage();
  if (!storage) throw Complaint{fmt::format("cannot include '{}': there is no storage", name)};
  const Value::Item item = storage->find(name);
  if (!item && !required) return false;
  if (!item) {
    throw Complaint{fmt::format("no item '{}' in storage '{}'", name, storage->describe()),
                    did_you_mean(name, storage->names())};
  }
  auto& chunk = templates_[item->path.string()];
  if (!chunk) {
    Diagnostics diagnostics;
    const Template parsed = Template::parse(load_source(item->path.string()), diagnostics);
    diagnostics.throw_if_any();
    chunk = parsed.chunk();
    add_chunk(chunk);
  }
  included = chunk.get();
  return true;
}

}  // namespace espresso
