#pragma once

#include "model/memory_storage.h"
#include "model/scope.h"

namespace espresso {

/// The names that expressions and templates see here.
class FuzzScope : public Scope {
 public:
  FuzzScope() {
    set("name", "web1");
    set("n", 3);
    set("ratio", 0.5);
    set("no", false);
    set("nothing", Value());
    set("xs", parse_json("[1, 2, 3, \"four\", [5], null]"));
    set("users", parse_json(R"([{"name": "ada", "uid": 1000}, {"name": "bob", "uid": 1001, "groups": ["sudo"]}])"));
    set("config", parse_json(R"({"web": {"http": {"port": 80}, "names": ["a", "b"]}})"));
    set("facts", parse_json(R"({"os": {"id": "debian", "version": "12"}, "memory": {"total": 1024}})"));
    defer("written", "result of 'written'");
    set_storage(&storage_);
  }

 private:
  MemoryStorage storage_{{{"part", "<{{ name }}>{% set name = 'inner' %}"},
                          {"wrong", "ok\n{{ nmae }}\n"},
                          {"self", "{% include 'self' %}"},
                          {"binary", std::string("\0\xff{{", 4)}}};
};

}  // namespace espresso
