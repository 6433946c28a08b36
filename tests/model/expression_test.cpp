#include "model/expression.h"
#include "memory_storage.h"

#include <gtest/gtest.h>

#include <random>

namespace espresso {
namespace {

class ExpressionTest : public testing::Test {
 protected:
  ExpressionTest() {
    scope_.set("config", parse_json(R"({"web": {"port": 80, "name": "shop", "none": null,
        "users": [{"name": "ann", "age": 30}, {"name": "bob", "age": 20}]}})"));
    scope_.set("numbers", parse_json("[3, 1, 2]"));
    scope_.set("holes", parse_json("[1, null, 3]"));
    scope_.set("host", parse_json(R"({"name": "web1"})"));
    scope_.set("nothing", Value());
    scope_.defer("facts", "facts of the host");
    scope_.set_storage(&storage_);
  }

  Value value(const std::string& text) {
    Diagnostics diagnostics;
    const auto source = std::make_shared<Source>(Source{"stages.yaml", text});
    const auto expression = Expression::parse(text, {source, 1, 1, text.size()}, diagnostics);
    diagnostics.throw_if_any();
    return evaluator_.evaluate(expression, scope_);
  }
  std::string json(const std::string& text) { return to_json(value(text)); }
  std::string mistake(const std::string& text) {
    try {
      return "no mistake: " + json(text);
    } catch (const Mistakes& mistakes) {
      return mistakes.what();
    }
  }
  std::string message(const std::string& text) {
    try {
      return "no mistake: " + json(text);
    } catch (const Mistakes& mistakes) {
      return mistakes.diagnostics().at(0).message;
    }
  }

  MemoryStorage storage_{{{"motd", "hello\n"}, {"sources.list", "deb stable"}}};
  Scope scope_;
  Evaluator evaluator_;
};

TEST_F(ExpressionTest, GivesTheValueOfEachOfThese) {
  const std::pair<const char*, const char*> cases[] = {
      {"1 + 2 * 3", "7"},
      {"7 // 2", "3"},
      {"2 ^ 2", "4.0"},
      {"'a' .. 1", "\"a1\""},
      {"not true", "false"},
      {"None", "null"},
      {"config.web.port", "80"},
      {"config['web']['port']", "80"},
      {"numbers[1]", "3"},
      {"first(numbers) + last(numbers)", "5"},
      {"#numbers", "3"},
      {"numbers", "[3,1,2]"},
      {"holes", "[1,null,3]"},
      {"{1, null, 3}", "[1,null,3]"},
      {"{b = 1, a = {2}}", "{\"a\":[2],\"b\":1}"},
      {"numbers == {3, 1, 2}", "true"},
      {"'shop' == config.web.name", "true"},
      // defaults
      {"confg or 5", "5"},
      {"config.web.prot or 80", "80"},
      {"config.wob.port.deep or 80", "80"},
      {"config.a or config.b or 'c'", "\"c\""},
      {"config.a and config.a.b or 'c'", "\"c\""},
      {"config.web.none or 'c'", "\"c\""},
      {"numbers[9] or 0", "0"},
      {"default(config.x, 1)", "1"},
      {"config.x | default(1)", "1"},
      {"'' | default('y')", "\"\""},
      {"'' | default('y', true)", "\"y\""},
      {"storage['nope'] or 'none'", "\"none\""},
      // tests
      {"nope is defined", "false"},
      {"config.web is defined", "true"},
      {"config.nope.x is not defined", "true"},
      {"not nope is defined", "true"},
      {"config.web is map and numbers is list", "true"},
      {"config.web.none is none", "true"},
      {"host.name is not string", "false"},
      // in
      {"2 in numbers", "true"},
      {"2 not in numbers", "false"},
      {"not 9 in numbers", "true"},
      {"'port' in config.web", "true"},
      {"'ho' in 'shop'", "true"},
      {"host.name in {'web1', 'web2'}", "true"},
      // filters bind tighter than operators
      {"'a' == 'A' | lower", "true"},
      {"1 + '2' | int", "3"},
      {"-5 | abs", "5"},
      {"numbers | sort | join(', ')", "\"1, 2, 3\""},
      {"numbers | join('-') | length + 1", "6"},
      // functions
      {"config.web.users | map('name') | join(' ')", "\"ann bob\""},
      {"map(config.web.users, function(u) return u.age * 2 end) | sum", "100"},
      {"config.web.users | filter(function(u) return u.age > 25 end) | map('name')", "[\"ann\"]"},
      {"config.web.users | sort('age') | map('name')", "[\"bob\",\"ann\"]"},
      {"split('a,b', ',')", "[\"a\",\"b\"]"},
      {"' a  b ' | split", "[\"a\",\"b\"]"},
      {"'a\\nb\\n' | lines", "[\"a\",\"b\"]"},
      {"' x ' | trim", "\"x\""},
      {"replace('a.b', '.', '-')", "\"a-b\""},
      {"quote('it is')", "\"'it is'\""},
      {"json({a = {1, true}})", "\"{\\\"a\\\":[1,true]}\""},
      {"yaml({1})", "\"- 1\\n\""},
      {"base64('abc')", "\"YWJj\""},
      {"sha256('')", "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""},
      {"unique({1, 2, 1})", "[1,2]"},
      {"reverse({1, 2})", "[2,1]"},
      {"keys(config.web)", "[\"port\",\"name\",\"none\",\"users\"]"},
      {"range(3)", "[0,1,2]"},
      {"range(3, 1, -1)", "[3,2]"},
      {"zip({1, 2}, {'a', 'b'})", "[[1,\"a\"],[2,\"b\"]]"},
      {"merge({a = 1}, {a = 2, b = 3})", "{\"a\":2,\"b\":3}"},
      {"min(3, 1) + max({4, 2})", "5"},
      {"round(2.6) + floor(2.9) + ceil(2.1)", "8"},
      {"round(2.345, 1)", "2.3"},
      {"int('42') + number('1.5')", "43.5"},
      {"string(3) .. string({1})", "\"3[1]\""},
      {"title('two words') .. capitalize('aB')", "\"Two WordsAb\""},
      {"basename('/a/b') .. dirname('/a/b')", "\"b/a\""},
      {"indent('a\\nb', 2)", "\"a\\n  b\""},
      {"contains({1}, 1) and starts_with('ab', 'a') and ends_with('ab', 'b')", "true"},
      // Lua's own
      {"host.name:upper()", "\"WEB1\""},
      {"string.format('%03d', 7)", "\"007\""},
      {"('web12'):match('%d+')", "\"12\""},
      {"table.concat({'a', 'b'}, '+')", "\"a+b\""},
      {"math.max(1, 2)", "2"},
      {"(function() local n = 0 for _, x in ipairs(numbers) do n = n + x end return n end)()", "6"},
      {"(function() local t = {} for k in pairs(config.web.users[1]) do t[#t + 1] = k end return t end)()",
       "[\"name\",\"age\"]"},
      {"(function() local i = 0 while i < 5 do i = i + 1 if i == 3 then break end end return i end)()", "3"},
      // what Jinja's users write
      {"[1, 'a', null]", "[1,\"a\",null]"},
      {"[[1, 2], [3]]", "[[1,2],[3]]"},
      {"{'b': 1, 'a': [2]}", "{\"b\":1,\"a\":[2]}"},
      {"(1, 2)", "[1,2]"},
      {"numbers == [3, 1, 2]", "true"},
      {"numbers + [4]", "[3,1,2,4]"},
      {"'a' + 'b'", "\"ab\""},
      {"'-' * 3", "\"---\""},
      {"'%s=%d' % ['a', 1]", "\"a=1\""},
      {"1 ~ 'a' ~ null", "\"1a\""},
      {"2 ** 10", "1024"},
      {"'yes' if 1 == 1 else 'no'", "\"yes\""},
      {"nope if false else 'no'", "\"no\""},
      {"1 if false", "null"},
      {"numbers[1:]", "[1,2]"},
      {"numbers[:2]", "[3,1]"},
      {"numbers[::-1]", "[2,1,3]"},
      {"numbers[-1]", "2"},
      {"'abc'[1:2]", "\"b\""},
      {"host.name.upper().replace('W', 'V')", "\"VEB1\""},
      {"','.join(['a', 'b'])", "\"a,b\""},
      {"'{} of {:>3}'.format(1, 'x')", "\"1 of   x\""},
      {"config.web.get('port', 1) + config.web.get('x', 1)", "81"},
      {"config.web.users[1].items() | first", "[\"name\",\"ann\"]"},
      {"config.web.users | map(attribute='name') | list", "[\"ann\",\"bob\"]"},
      {"config.web.users | sort(attribute='age', reverse=true) | map(attribute='age')", "[30,20]"},
      {"config.web.users | selectattr('age', '>', 20) | map(attribute='name') | first", "\"ann\""},
      {"['a', 'b'] | map('regex_replace', '^', 'x') | join", "\"xaxb\""},
      {"4 is even and 3 is odd and 9 is divisibleby 3 and 'a' is in ['a']", "true"},
      {"'1.10' is version('1.9', '>=')", "true"},
      {"'a1' is match('a\\d')", "true"},
      {"'\\d\\.'", "\"\\\\d\\\\.\""},
      {"confg | d('x')", "\"x\""},
      // storage
      {"storage['motd'] .. '!'", "\"hello\\n!\""},
      {"storage['motd']:upper()", "\"HELLO\\n\""},
      {"string.len(storage['motd']) + #storage['motd']", "12"},
      {"storage['motd'] | trim", "\"hello\""},
      {"storage['motd']", "{\"storage\":\"motd\"}"},
  };
  for (const auto& [text, expected] : cases) {
    try {
      EXPECT_EQ(json(text), expected) << text;
    } catch (const Mistakes& mistakes) {
      ADD_FAILURE() << text << "\n" << mistakes.what();
    }
  }
}

TEST_F(ExpressionTest, AnUnknownNameIsShownWithTheNearestOne) {
  EXPECT_EQ(mistake("1 + confg.web.port"),
            "stages.yaml:1:5: error: no name 'confg'\n"
            "  1 | 1 + confg.web.port\n"
            "    |     ^^^^^\n"
            "hint: did you mean 'config'?\n");
}

TEST_F(ExpressionTest, AnUnknownKeyIsShownWithTheNearestOne) {
  EXPECT_EQ(mistake("1 + config.web.prot"),
            "stages.yaml:1:16: error: 'config.web' has no 'prot'\n"
            "  1 | 1 + config.web.prot\n"
            "    |                ^^^^\n"
            "hint: did you mean 'port'?\n");
}

TEST_F(ExpressionTest, AnUnknownStorageItemIsShownWithTheNearestOne) {
  EXPECT_EQ(mistake("storage['sources.lst']"),
            "stages.yaml:1:9: error: no item 'sources.lst' in storage 'files'\n"
            "  1 | storage['sources.lst']\n"
            "    |         ^^^^^^^^^^^^^\n"
            "hint: did you mean 'sources.list'?\n");
}

TEST_F(ExpressionTest, AnUnknownFunctionIsToldWhenRead) {
  EXPECT_EQ(mistake("numbers | jion(', ')"),
            "stages.yaml:1:11: error: no function 'jion'\n"
            "  1 | numbers | jion(', ')\n"
            "    |           ^^^^\n"
            "hint: did you mean 'join'?\n");
}

TEST_F(ExpressionTest, OtherMistakesAreToldInPlainWords) {
  const std::pair<const char*, const char*> cases[] = {
      {"numbers[4]", "'numbers' has no item 4: it has 3"},
      {"numbers.size", "'numbers' is a list and has no 'size'"},
      {"host.name.size", "'host.name' is a string and has no 'size'"},
      {"numbers .. ''", "a list cannot be joined to text with '..'"},
      {"numbers + 1", "'+' needs two numbers, texts or lists, not a list and an integer"},
      {"join(1)", "join: the first argument must be a list, not an integer"},
      {"split()", "split: the first argument is missing, a string is needed"},
      {"int('x')", "int: 'x' is not an integer"},
      {"1 in 2", "'in' needs a list, mapping or string, not an integer"},
      {"function() end", "a function is no value"},
      {"1 +", "the expression ends too early"},
      {"", "there is no expression"},
      {"(1", "this '(' is never closed"},
      {"'a", "this string is never closed"},
      {"a = 1", "'=' does not compare"},
      {"1 2", "'2' is one too many here"},
      {"x is cool", "'is' knows no test 'cool'"},
      {"0x", "'0x' is not a number"},
      {"a ? b", "'?' has no meaning in an expression"},
      {"(function() x = 1 end)()", "'x' is not a local variable"},
      {"(function() config.web = 1 end)()", "this value cannot be changed"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(message(text), expected) << text;
}

TEST_F(ExpressionTest, WhatIsNotKnownYetIsDeferred) {
  for (const char* text :
       {"facts.os", "facts.os or 1", "facts is defined", "map(numbers, function(n) return facts end)"}) {
    EXPECT_THROW(value(text), Deferred) << text;
  }
  EXPECT_EQ(json("1 + 1"), "2");
}

TEST_F(ExpressionTest, WhatNeverEndsIsStopped) {
  EXPECT_EQ(message("(function() while true do end end)()"), "this takes more than 10 million instructions");
  EXPECT_EQ(message("map(numbers, function() repeat until false end)"), "this takes more than 10 million instructions");
  EXPECT_EQ(json("(''):rep(1e15)"), "\"\"");
  EXPECT_EQ(json("1"), "1");
}

TEST_F(ExpressionTest, WhatNeedsTooMuchMemoryIsStopped) {
  EXPECT_EQ(message("('x'):rep(1e9)"), "this takes more than 64 MB of memory");
  EXPECT_EQ(message("(function() local t = {} while true do t[#t + 1] = ('x'):rep(10000) .. #t end end)()"),
            "this takes more than 64 MB of memory");
  EXPECT_EQ(message("range(1e9)"), "range: more than a million numbers");
  EXPECT_EQ(message("(function() local x = {1} for i = 1, 50 do x = zip(x, x) end return x end)()").find("no mistake"),
            std::string::npos);
  EXPECT_EQ(message("(function() local x = {} x[1] = x return x end)()"), "the value is nested too deeply");
  EXPECT_EQ(message("(function() local function f(n) return 1 + f(n) end return f(1) end)()").substr(0, 14),
            "stack overflow");
  EXPECT_EQ(json("1"), "1");
}

TEST_F(ExpressionTest, WhatIsTooLongIsAMistake) {
  const auto repeated = [](const std::string& text, int times) {
    std::string all;
    while (times-- > 0) all += text;
    return all;
  };
  EXPECT_EQ(json("1" + repeated(" + 1", 2000)), "2001");
  const std::string mistake = "this expression has more than 2000 operators, keys and calls";
  EXPECT_EQ(message("1" + repeated(" + 1", 2001)), mistake);
  EXPECT_EQ(message("host" + repeated(".name", 2001)), mistake);
  EXPECT_EQ(message("1" + repeated(" | json", 2001)), mistake);
  EXPECT_EQ(message("1" + repeated(" is defined", 2001)), mistake);
}

TEST_F(ExpressionTest, NothingLeadsOutOfTheSandbox) {
  for (const char* text : {"io",
                           "os",
                           "load('1')",
                           "loadstring('1')",
                           "dofile('x')",
                           "require('os')",
                           "debug",
                           "package",
                           "_G",
                           "_ENV",
                           "getmetatable('')",
                           "setmetatable({}, {})",
                           "rawset({}, 1, 1)",
                           "rawget(config, 1)",
                           "pcall(1)",
                           "error('x')",
                           "collectgarbage()",
                           "coroutine",
                           "string.dump",
                           "(''):dump()",
                           "('x').__index",
                           "math.random",
                           "table.move",
                           "__espresso_f",
                           "__espresso_name('x')",
                           "(function() string.upper = nil end)()",
                           "(function() table.insert(string, 1) end)()",
                           "(function(__espresso_f) end)()",
                           "config.__index",
                           "(function() local _ENV = {} end)()",
                           "(function() goto x end)()",
                           "string.pack('i', 1)"}) {
    EXPECT_EQ(message(text).find("no mistake"), std::string::npos) << text;
  }
  EXPECT_EQ(json("('still'):upper()"), "\"STILL\"");
}

TEST_F(ExpressionTest, KnowsWhichNamesItNeeds) {
  Diagnostics diagnostics;
  const auto expression =
      Expression::parse("facts.os == x and map(xs, function(y) return y.host end)", {}, diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_TRUE(expression.mentions("facts"));
  EXPECT_TRUE(expression.mentions("xs"));
  EXPECT_FALSE(expression.mentions("y"));
  EXPECT_FALSE(expression.mentions("host"));
  EXPECT_FALSE(expression.mentions("os"));
}

TEST_F(ExpressionTest, AStringIsNoCondition) {
  Diagnostics diagnostics;
  EXPECT_TRUE(evaluator_.is_true(Expression::parse("config.web.port == 80", {}, diagnostics), scope_));
  EXPECT_FALSE(evaluator_.is_true(Expression::parse("nope or false", {}, diagnostics), scope_));
  try {
    evaluator_.is_true(Expression::parse("'true'", {}, diagnostics), scope_);
    FAIL() << "nothing was thrown";
  } catch (const Mistakes& mistakes) {
    EXPECT_STREQ(mistakes.what(), "error: a condition is true or false, not a string\nhint: compare it: x == 'text'\n");
  }
}

TEST_F(ExpressionTest, GarbageNeverCrashes) {
  const std::vector<std::string> words = {"config",   ".",   "web", "[",      "]",   "(",   ")",  "{",  "}",       "|",
                                          "join",     "'a'", "1",   "or",     "and", "not", "in", "is", "defined", "..",
                                          "function", "end", "==",  "return", ",",   "=",   "-",  "#",  "x",       ":",
                                          "then",     "if",  "for", "do",     "nil", "\"",  "\\", "%",  "storage"};
  std::mt19937 random(7);
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (auto size = random() % 12; size > 0; --size)
      text += words[random() % words.size()] + (random() % 3 ? " " : "");
    if (round % 5 == 0) {
      for (auto size = random() % 20; size > 0; --size) text += static_cast<char>(random() % 256);
    }
    try {
      value(text);
    } catch (const Mistakes&) {
    } catch (const Deferred&) {
    }
  }
}

class ComputedTest : public ExpressionTest {
 protected:
  Computed parse(const std::string& yaml) {
    Diagnostics diagnostics;
    const auto node = parse_yaml(std::make_shared<Source>(Source{"stages.yaml", yaml}), diagnostics);
    auto computed = Computed::parse(node, diagnostics);
    diagnostics.throw_if_any();
    return computed;
  }
  std::string computed(const std::string& yaml) {
    try {
      return to_json(evaluator_.evaluate(parse(yaml), scope_));
    } catch (const Mistakes& mistakes) {
      return mistakes.what();
    }
  }
};

TEST_F(ComputedTest, OneExpressionKeepsItsTypeAndTextIsFilled) {
  EXPECT_EQ(computed("'{{ numbers }}'"), "[3,1,2]");
  EXPECT_EQ(computed("'{{ config.web.port }}'"), "80");
  EXPECT_EQ(computed("'port {{ config.web.port }}/{{ nothing }}{{ numbers }}'"), "\"port 80/[3,1,2]\"");
  EXPECT_EQ(computed("a {{ '}}' }} {{ '{{' }} b"), "\"a }} {{ b\"");
  EXPECT_EQ(computed("'{{ {a = {b = 1}} }}'"), "{\"a\":{\"b\":1}}");
  EXPECT_EQ(computed("[1, '{{ 1 + 1 }}', {key: 'x{{ 1 }}'}]"), "[1,2,{\"key\":\"x1\"}]");
}

TEST_F(ComputedTest, ConstantsNeedNoEvaluation) {
  EXPECT_TRUE(parse("[1, {a: b}]").is_constant());
  EXPECT_FALSE(parse("[1, {a: 'x {{ b }}'}]").is_constant());
  EXPECT_TRUE(parse("[1, {a: 'x {{ b }}'}]").mentions("b"));
  EXPECT_EQ(parse("[1, {a: 'x {{ b }}'}]").text(), "[1, {a: x {{ b }}}]");
}

TEST_F(ComputedTest, MistakesPointIntoTheFile) {
  EXPECT_EQ(computed("path: '/srv/{{ config.web.nme }}'"),
            "stages.yaml:1:27: error: 'config.web' has no 'nme'\n"
            "  1 | path: '/srv/{{ config.web.nme }}'\n"
            "    |                           ^^^\n"
            "hint: did you mean 'name'?\n");
  EXPECT_EQ(computed("path: |\n  one\n  two {{ confg }}\n"),
            "stages.yaml:3:10: error: no name 'confg'\n"
            "  3 |   two {{ confg }}\n"
            "    |          ^^^^^\n"
            "hint: did you mean 'config'?\n");
  EXPECT_EQ(computed("path: '/srv/{{ 1'"),
            "stages.yaml:1:13: error: this '{{' is never closed\n"
            "  1 | path: '/srv/{{ 1'\n"
            "    |             ^^\n"
            "hint: add '}}'\n");
}

TEST(ExpressionFunctions, AreSortedAndDocumented) {
  const auto& functions = expression_functions();
  ASSERT_GT(functions.size(), 40U);
  for (std::size_t i = 0; i < functions.size(); ++i) {
    if (i > 0) {
      EXPECT_LT(functions[i - 1].name, functions[i].name);
    }
    EXPECT_TRUE(functions[i].signature.starts_with(functions[i].name + "(")) << functions[i].name;
    EXPECT_TRUE(functions[i].doc.ends_with(".")) << functions[i].doc;
  }
}

TEST_F(ExpressionTest, TheExampleOfEachFunctionGivesWhatItSays) {
  for (const auto& function : expression_functions()) {
    try {
      EXPECT_EQ(json(function.example), function.result) << function.name << ": " << function.example;
    } catch (const Mistakes& mistakes) {
      ADD_FAILURE() << function.name << ": " << function.example << "\n" << mistakes.what();
    }
    EXPECT_NE(function.example.find(function.name.substr(0, 3)), std::string::npos) << function.name;
  }
}

TEST_F(ExpressionTest, AnArgumentByAnUnknownNameIsShownWithTheNearestOne) {
  EXPECT_EQ(mistake("numbers | sort(revers=true)"),
            "stages.yaml:1:16: error: 'sort' has no argument 'revers'\n"
            "  1 | numbers | sort(revers=true)\n"
            "    |                ^^^^^^\n"
            "hint: did you mean 'reverse'?\n");
  EXPECT_EQ(mistake("host.name.uper()"),
            "stages.yaml:1:11: error: a string has no method 'uper'\n"
            "  1 | host.name.uper()\n"
            "    |           ^^^^\n"
            "hint: did you mean 'upper'?\n");
  EXPECT_EQ(mistake("'a' | regex_replace('(?=a)', '')"),
            "stages.yaml:1:7: error: regex_replace: the pattern is wrong: invalid perl operator: (?=\n"
            "  1 | 'a' | regex_replace('(?=a)', '')\n"
            "    |       ^^^^^^^^^^^^^\n"
            "hint: there is no look-ahead or look-behind here\n");
}

TEST_F(ExpressionTest, PatternsThatExplodeElsewhereTakeNoTime) {
  scope_.set("text", std::string(100'000, 'a'));
  EXPECT_EQ(json("text | regex_search('(a*)*b') is none"), "true");
  EXPECT_EQ(json("text | regex_findall('(a|aa)+$') | length"), "1");
}

}  // namespace
}  // namespace espresso
