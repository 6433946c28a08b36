#include "helpers/operation.h"

#include "model/mistakes_of.h"
#include "model/stage_file.h"

#include <gmock/gmock.h>

#include <functional>

namespace espresso {
namespace {

/// Components of a stage file beside one helper, t.say, and what calls of them are bound to.
class ComponentUses : public testing::Test {
 protected:
  /// What is wrong with these components, and with the calls in them.
  std::string mistakes(const std::string& components) {
    Diagnostics diagnostics;
    read("components:\n" + components, diagnostics);
    return shown(diagnostics);
  }
  /// What is wrong with this call, which begins in column 5 of line 9.
  std::string call_mistakes(const std::string& call) {
    Diagnostics diagnostics;
    const auto one = read(declared + "stages:\n a:\n  run:\n  - " + call + "\n", diagnostics);
    try {
      Evaluator evaluator;
      Binder binder(catalog_, evaluator);
      binder.check(*one, diagnostics);
      if (diagnostics.empty()) binder.bind(one, Scope());
    } catch (const Mistakes& mistakes) {
      diagnostics.add(mistakes);
    }
    return shown(diagnostics);
  }

  std::shared_ptr<const Call> read(const std::string& text, Diagnostics& diagnostics) {
    const auto source = std::make_shared<Source>(Source{"s.yaml", text});
    StageFiles files = parse_stages(source, diagnostics);
    catalog_ = Catalog(std::vector<std::pair<std::string, std::string>>{
        {"t.say", "#: summary: Says.\n#: parameters: {word: {type: string}}\n#: main: word\n"}});
    for (auto& component : files.components) catalog_.add(std::move(component), diagnostics);
    Evaluator evaluator;
    Binder binder(catalog_, evaluator);
    for (const auto& helper : catalog_.all()) binder.check_component(*helper, diagnostics);
    std::shared_ptr<const Call> found;
    struct Last : Plan {
      const Host& host() const override { throw std::logic_error("asked for the host"); }
      void add(std::shared_ptr<const Call> call) override { last = std::move(call); }
      std::shared_ptr<const Call> last;
    } plan;
    if (const auto stage = files.stages.find("a")) stage->run(plan);
    return plan.last;
  }

  const std::string declared =
      "components:\n"
      "  a.b:\n"
      "    parameters: {name: {type: string, required: true, doc: Its name.}, state: {type: string, one_of: [on, "
      "off]},\n"
      "                 count: {type: integer}, a: {type: list}, b: {type: map}}\n"
      "    one_of: [[a, b]]\n"
      "    run: [t.say: \"{{ params.name }}\"]\n";
  Catalog catalog_;
};

TEST_F(ComponentUses, DeclarationsAreCheckedAsThoseOfHelpers) {
  EXPECT_EQ(mistakes(R"(  a.b:
    parameters:
      one: {type: strng}
      two: {type: integer, default: x}
      Three: {}
      four: text
      five: {type: conditions}
      given: {typ: string}
    main: fve
    one_of: [[one, tow]]
    run: [t.say: ]
)"),
            R"(s.yaml:4:19: error: unknown type 'strng'
  4 |       one: {type: strng}
    |                   ^^^^^
hint: did you mean 'string'?
s.yaml:5:37: error: 'two' takes a whole number, not 'x'
  5 |       two: {type: integer, default: x}
    |                                     ^
s.yaml:6:7: error: 'Three' cannot be the name of a parameter
  6 |       Three: {}
    |       ^^^^^
hint: choose lower-case letters, digits and '_', a letter first and no '_' last
s.yaml:7:13: error: 'four' takes a mapping with 'type' and 'doc', not 'text'
  7 |       four: text
    |             ^^^^
s.yaml:8:20: error: a component has no parameters of type conditions
  8 |       five: {type: conditions}
    |                    ^^^^^^^^^^
hint: make it a boolean and give it '{{ a == b }}'
s.yaml:9:15: error: unknown key 'typ'
  9 |       given: {typ: string}
    |               ^^^
hint: did you mean 'type'?
s.yaml:10:11: error: component 'a.b' has no parameter 'fve'
  10 |     main: fve
     |           ^^^
hint: did you mean 'five'?
s.yaml:11:20: error: component 'a.b' has no parameter 'tow'
  11 |     one_of: [[one, tow]]
     |                    ^^^
hint: did you mean 'two'?
)");
}

TEST_F(ComponentUses, TheNameOfAHelperIsTaken) {
  EXPECT_EQ(mistakes("  t.say: {run: [x.y: ]}\n"), R"(s.yaml:2:3: error: component 't.say' has the name of a helper
  2 |   t.say: {run: [x.y: ]}
    |   ^^^^^
t.say.sh:1:1: note: the helper is this one
  1 | #: summary: Says.
    | ^^
hint: choose another name
)");
}

TEST_F(ComponentUses, TheirCallsAreCheckedWhetherTheyAreUsedOrNot) {
  EXPECT_EQ(mistakes("  a.b: {run: [t.sy: , t.say: {wrd: x}]}\n"), R"(s.yaml:2:15: error: there is no helper 't.sy'
  2 |   a.b: {run: [t.sy: , t.say: {wrd: x}]}
    |               ^^^^
hint: did you mean 't.say'?
s.yaml:2:31: error: helper 't.say' has no parameter 'wrd'
  2 |   a.b: {run: [t.sy: , t.say: {wrd: x}]}
    |                               ^^^
hint: did you mean 'word'?
)");
}

TEST_F(ComponentUses, CallsAreCheckedAsThoseOfHelpers) {
  EXPECT_EQ(call_mistakes("a.b: {nme: x}"), R"(s.yaml:10:11: error: component 'a.b' has no parameter 'nme'
  10 |   - a.b: {nme: x}
     |           ^^^
hint: did you mean 'name'?
)");
  EXPECT_EQ(call_mistakes("a.b"), R"(s.yaml:10:5: error: component 'a.b' needs the parameter 'name'
  10 |   - a.b
     |     ^^^
hint: add 'name': Its name.
)");
  EXPECT_EQ(call_mistakes("a.b: x"), R"(s.yaml:10:10: error: component 'a.b' takes no value without a name
  10 |   - a.b: x
     |          ^
hint: name a parameter: name, state, count, a, b
)");
  EXPECT_EQ(call_mistakes("a.b: {name: '{{ null }}', state: of}"),
            R"(s.yaml:10:38: error: 'state' takes one of 'on' and 'off', not 'of'
  10 |   - a.b: {name: '{{ null }}', state: of}
     |                                      ^^
hint: did you mean 'on'?
)");
  EXPECT_EQ(call_mistakes("a.b: {name: '{{ null }}'}"),
            R"(s.yaml:10:17: error: component 'a.b' needs the parameter 'name', and this is null
  10 |   - a.b: {name: '{{ null }}'}
     |                 ^^^^^^^^^^^^
)");
  EXPECT_EQ(call_mistakes("a.b: {name: x, count: '{{ 1.5 }}'}"),
            R"(s.yaml:10:27: error: 'count' takes a whole number, not '1.5'
  10 |   - a.b: {name: x, count: '{{ 1.5 }}'}
     |                           ^^^^^^^^^^^
)");
  EXPECT_EQ(call_mistakes("a.b: {name: x, a: [], b: {}}"), R"(s.yaml:10:27: error: 'a' and 'b' cannot be given together
  10 |   - a.b: {name: x, a: [], b: {}}
     |                           ^
s.yaml:10:20: note: the first one
  10 |   - a.b: {name: x, a: [], b: {}}
     |                    ^
hint: give one of them
)");
  EXPECT_EQ(call_mistakes("{a.b: {name: x}, for_each: '{{ 1 }}'}"),
            R"(s.yaml:10:32: error: 'for_each' takes a list, and this is an integer
  10 |   - {a.b: {name: x}, for_each: '{{ 1 }}'}
     |                                ^^^^^^^^^
)");
}

TEST_F(ComponentUses, ParamsHaveTheTypesThatWerePromised) {
  Diagnostics diagnostics;
  const auto call = read(declared + "stages: {a: {run: [a.b: {name: 5, count: '7', a: one}]}}\n", diagnostics);
  EXPECT_EQ(shown(diagnostics), "");
  Evaluator evaluator;
  Binder binder(catalog_, evaluator);
  const Scope scope;
  const Binding binding = binder.bind(call, scope);
  ASSERT_EQ(binding.uses.size(), 1U);
  EXPECT_EQ(to_json(*binding.uses[0]->scope.find("params")),
            R"({"name":"5","state":null,"count":7,"a":["one"],"b":null})");
}

TEST_F(ComponentUses, TheUserIsHandedDownToCallsThatNameNone) {
  Diagnostics diagnostics;
  const auto call = read(R"(components:
  a.inner:
    run: [t.say: "{{ item }}", {t.say: b, as: other, for_each: [1]}, {t.say: c, for_each: [2], as: "u{{ item }}"}]
  a.outer:
    run: [a.inner: , {t.say: d, for_each: [3]}]
stages:
  a:
    run: [{a.outer: , for_each: [app], as: "{{ item }}"}]
)",
                         diagnostics);
  ASSERT_EQ(shown(diagnostics), "");
  Evaluator evaluator;
  Binder binder(catalog_, evaluator);
  const Scope scope;
  std::string users;
  const std::function<void(const Binding&)> collect = [&](const Binding& binding) {
    for (const auto& operation : binding.operations) users += operation->user + " ";
    for (const auto& use : binding.uses)
      for (const auto& one : use->calls) collect(binder.bind(one, *use));
  };
  collect(binder.bind(call, scope));
  EXPECT_EQ(users, "app other u2 app ");
}

TEST_F(ComponentUses, AUserWhoIsNotKnownYetDefersTheComponent) {
  Diagnostics diagnostics;
  const auto call =
      read("components:\n  a.b: {run: [t.say: x]}\nstages:\n  a: {run: [{a.b: , as: '{{ who }}'}]}\n", diagnostics);
  ASSERT_EQ(shown(diagnostics), "");
  Evaluator evaluator;
  Binder binder(catalog_, evaluator);
  Scope scope;
  scope.defer("who", "the result of 't.say'");
  ASSERT_TRUE(binder.bind(call, scope).deferred);
}

TEST_F(ComponentUses, WhatIsNotKnownYetDefersOnlyWhatReadsIt) {
  Diagnostics diagnostics;
  const auto call = read(declared + "stages: {a: {run: [a.b: {name: known, count: '{{ facts.n }}'}]}}\n", diagnostics);
  Evaluator evaluator;
  Binder binder(catalog_, evaluator);
  Scope scope;
  scope.defer("facts", "the facts of the host");
  const Binding binding = binder.bind(call, scope);
  ASSERT_EQ(binding.awaits.size(), 1U);
  EXPECT_EQ(binding.awaits[0].name, "facts");
  const ComponentUse& use = *binding.uses.at(0);
  EXPECT_EQ(binder.bind(use.calls.at(0), use).operations.at(0)->title, "t.say known");
  for (const char* text : {"{{ params.count }}", "{{ json(params) }}", "{{ params }}", "{{ params.count or 3 }}"}) {
    EXPECT_THROW(evaluator.evaluate(Computed::parse_text(text, {}, diagnostics), use.scope), Deferred) << text;
  }
}

}  // namespace
}  // namespace espresso
