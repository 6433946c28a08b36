#pragma once

#include "model/lua_chunk.h"
#include "model/lua_functions.h"
#include "model/scope.h"
#include "model/value.h"

#include <lua.hpp>

#include <exception>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace espresso {

/// A list, mapping, content or the storage as Lua sees it: read only, converted when read.
struct Proxy {
  Value value;
  std::size_t cost = 0;  ///< bytes of the value that only Lua keeps alive; 0: it belongs to the scope
  bool is_storage = false;
};

/// One Lua state and all that belongs to an evaluation.
///
/// Lua is C: its errors are a longjmp, which must not pass a C++ object that needs destruction, and no C++ exception
/// may pass a frame of Lua's. So what can throw runs as a `Step` inside `attempt`, where only such functions of Lua are
/// called as cannot raise errors; what a step finds out is kept here and pushed afterwards, when none of its objects is
/// left.
class Sandbox {
 public:
  using Step = void (*)(lua_State* lua, Sandbox& sandbox);

  Sandbox();
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  static Sandbox& of(lua_State* lua) { return **static_cast<Sandbox**>(lua_getextraspace(lua)); }

  Value evaluate(const std::shared_ptr<const LuaChunk>& chunk, const Scope& scope);
  std::string render(const std::shared_ptr<const LuaChunk>& chunk, const Scope& scope);

  /// False when the step threw: then `raise`.
  bool attempt(lua_State* lua, Step step) noexcept;
  int raise(lua_State* lua);
  /// Pushes what the step answered.
  int push_answer(lua_State* lua);
  bool has_answer() const { return answer_ != nullptr; }

  // For steps.
  void answer(Value value);                              ///< a new value
  void answer_part(const Value* part, const Proxy* of);  ///< a value that lives on elsewhere
  const Value* find_name(std::string_view name) const { return scope_->find(name); }
  const Storage* storage() const { return scope_->storage(); }
  [[noreturn]] void unknown_name(std::string_view name) const;
  /// "config.web" when Lua is about to read a key of it for an expression, else nothing.
  std::string path_at(lua_State* lua) const;
  void output(std::string_view text);
  std::size_t output_size() const { return output_.size(); }
  /// What was written since the output had that size; it is no longer part of it.
  std::string take_output(std::size_t from);
  /// False when there is no such file and it is not required.
  bool prepare_include(const std::string& name, bool required);

  // State of a rendering: plain, as Lua's functions change it.
  int frames = 0;
  int includes = 0;
  int macros = 0;
  bool storage_found = false;
  std::size_t foreign = 0;  ///< bytes of values that only Lua keeps alive
  const LuaChunk* included = nullptr;

  int load(lua_State* lua, const LuaChunk* chunk);

 private:
  static void* allocate(void* sandbox, void* block, std::size_t old_size, std::size_t new_size);
  static int explain(lua_State* lua);
  void run(const std::shared_ptr<const LuaChunk>& chunk, const Scope& scope);
  void add_chunk(const std::shared_ptr<const LuaChunk>& chunk);
  void blame(lua_State* lua, const std::string& message, const std::string& hint);
  const LuaChunk* chunk_of(const lua_Debug& frame) const;

  lua_State* lua_ = nullptr;
  std::size_t memory_ = 0;
  std::size_t memory_limit_;
  const Scope* scope_ = nullptr;
  std::exception_ptr pending_;
  Value result_;
  const Value* answer_ = nullptr;
  std::size_t answer_cost_ = 0;
  std::string output_;
  std::vector<std::shared_ptr<const LuaChunk>> chunks_;
  std::unordered_map<const LuaChunk*, int> numbers_;
  std::map<std::string, std::shared_ptr<const LuaChunk>> templates_;
};

/// A function for Lua whose whole work is one step.
template <Sandbox::Step step>
int guarded(lua_State* lua) {
  Sandbox& sandbox = Sandbox::of(lua);
  if (!sandbox.attempt(lua, step)) return sandbox.raise(lua);
  return sandbox.push_answer(lua);
}

/// Where things are in Lua's registry.
enum class Slot : int { list, map, content, storage, frames, library, strings, storage_value, caller, count };
void* slot_key(Slot slot);

// lua_values.cpp
void push_value(lua_State* lua, const Value& value, std::size_t cost = 0);
/// The proxy at this index of the stack, or nullptr.
const Proxy* proxy_at(lua_State* lua, int index);
/// Raises no Lua errors; throws Complaint.
Value value_at(lua_State* lua, int index);
std::string_view text_at(lua_State* lua, int index);  ///< of a Lua string
void install_values(lua_State* lua);
/// The item of a list or entry of a map, or nullptr.
const Value* part_of(lua_State* lua, const Proxy& proxy, int key_index);

/// What stands for a null in the frames of a template, and for an argument that was not given.
void* template_null();
void* template_missing();

/// A frame holds the names that a template, loop or macro sets, and at 1 the frame around it.
void top_frame(lua_State* lua);   ///< pushes the innermost, nil when there is none
void push_frame(lua_State* lua);  ///< stack: the frame around it or nil; then the new frame
void pop_frame(lua_State* lua);
bool find_in_frames(lua_State* lua, int name);  ///< pushes the value of the name at that index, if it has one

/// "included here": what a call of this function means in the story of a mistake; empty when nothing.
std::string_view link_of(lua_CFunction function);

// lua_library.cpp, lua_names.cpp, lua_operators.cpp, lua_rendering.cpp, lua_macros.cpp
void install_operators(lua_State* lua);
void install_macros(lua_State* lua);
void install_library(lua_State* lua);
void install_names(lua_State* lua);
void install_rendering(lua_State* lua);

}  // namespace espresso
