#include "model/expression.h"
#include "model/template.h"
#include "memory_storage.h"

#include <gtest/gtest.h>

#include <random>

namespace espresso {
namespace {

class TemplateTest : public testing::Test {
 protected:
  TemplateTest() {
    scope_.set("xs", parse_json("[1, 2, 3]"));
    scope_.set("none_of", parse_json("[]"));
    scope_.set("ports", parse_json(R"({"http": 80, "https": 443})"));
    scope_.set("pairs_of", parse_json(R"([["a", 1], ["b", 2]])"));
    scope_.set("name", "web");
    scope_.set_storage(&storage_);
  }

  std::string render(const std::string& text) {
    Diagnostics diagnostics;
    const auto parsed = Template::parse(std::make_shared<Source>(Source{"site.tmpl", text}), diagnostics);
    diagnostics.throw_if_any();
    return evaluator_.render(parsed, scope_);
  }
  std::string mistake(const std::string& text) {
    try {
      return "no mistake: " + render(text);
    } catch (const Mistakes& mistakes) {
      return mistakes.what();
    }
  }

  MemoryStorage storage_{{{"part", "<{{ name }}{{ x or '' }}>"},
                          {"sets", "{% set name = 'inner' %}{{ name }}"},
                          {"wrong", "ok\n{{ nmae }}\n"},
                          {"self", "{% include 'self' %}"},
                          {"macros", "{% macro bad(x) %}\n{{ x.nme }}\n{% endmacro %}"}}};
  Scope scope_;
  Evaluator evaluator_;
};

TEST_F(TemplateTest, GivesTheTextJinjaGives) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"plain\n", "plain\n"},
      {"no newline", "no newline"},
      {"a { b } %} }} #}\n", "a { b } %} }} #}\n"},
      {"{{ name }}\n{{ 1 + 1 }}\n", "web\n2\n"},
      {"{{ '{{' }} {{ '}}' }} {{ \"%}\" }}", "{{ }} %}"},
      {"{{ name | upper }}", "WEB"},
      // white space
      {"a\n{% if true %}\nb\n{% endif %}\nc\n", "a\nb\nc\n"},
      {"a\n  {% if true %}\n  b\n  {% endif %}\nc\n", "a\n    b\n  c\n"},
      {"a \n {%- if true -%} \n b \n {%- endif -%} \n c", "abc"},
      {"a {{- name -}} b", "awebb"},
      {"a\n{# comment {{ x }} #}\nb", "a\nb"},
      {"a {#- c -#} b", "ab"},
      {"{{ name }}\n\n{% set x = 1 %}\n\n{{ x }}\n", "web\n\n\n1\n"},
      // if
      {"{% if xs[1] == 2 %}a{% elif 2 in xs %}b{% else %}c{% endif %}", "b"},
      {"{% if nope is defined %}a{% else %}c{% endif %}", "c"},
      // for
      {"{% for x in xs %}\n{{ x }},\n{% endfor %}\n", "1,\n2,\n3,\n"},
      {"{% for x in xs %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.first }}{{ loop.last }}{{ "
       "loop.length }} {% endfor %}",
       "103truefalse3 212falsefalse3 321falsetrue3 "},
      {"{% for x in none_of %}x{% else %}none{% endfor %}", "none"},
      {"{% for x in xs %}x{% else %}none{% endfor %}", "xxx"},
      {"{% for k, v in ports %}{{ k }}={{ v }} {% endfor %}", "http=80 https=443 "},
      {"{% for k, v in ports.items() %}{{ k }}={{ v }} {% endfor %}", "http=80 https=443 "},
      {"{% for k in ports %}{{ k }} {% endfor %}", "http https "},
      {"{% for a, b in pairs_of %}{{ a }}{{ b }}{% endfor %}", "a1b2"},
      {"{% for x in xs %}{% for y in xs %}{% if x == y %}{{ x }}{{ loop.index }}{% endif %}{% endfor %}{{ loop.index "
       "}};{% endfor %}",
       "111;222;333;"},
      {"{% for x in xs %}{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}", "1, 2, 3"},
      // set
      {"{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}", "2"},
      {"{% set x = 0 %}{% for y in xs %}{% set x = x + y %}{{ x }}{% endfor %}{{ x }}", "1230"},
      {"{% for name in xs %}{{ name }}{% endfor %}{{ name }}", "123web"},
      {"{% set x = null %}{{ x is defined }}{{ x }}", "false"},
      // raw
      {"{% raw %}{{ x }}{% if %}{% endraw %}!", "{{ x }}{% if %}!"},
      {"a\n{% raw %}\n b\n{% endraw %}\nc", "a\n\n b\nc"},
      {"a {%- raw -%} b {%- endraw -%} c", "abc"},
      // include
      {"[{% include 'part' %}]", "[<web>]"},
      {"{% for x in xs %}{% include 'part' %}{% endfor %}", "<web1><web2><web3>"},
      {"{% include 'sets' %}{{ name }}", "innerweb"},
  };
  for (const auto& [text, expected] : cases) {
    try {
      EXPECT_EQ(render(text), expected) << text;
    } catch (const Mistakes& mistakes) {
      ADD_FAILURE() << text << "\n" << mistakes.what();
    }
  }
}

TEST_F(TemplateTest, AnUnknownNameIsShownAtItsPlace) {
  EXPECT_EQ(mistake("a\n{% for x in xs %}\n  {{ x }} {{ nmae }}\n{% endfor %}\n"),
            "site.tmpl:3:14: error: no name 'nmae'\n"
            "  3 |   {{ x }} {{ nmae }}\n"
            "    |              ^^^^\n"
            "hint: did you mean 'name'?\n");
}

TEST_F(TemplateTest, AMistakeInAnIncludedFileShowsBothPlaces) {
  EXPECT_EQ(mistake("a\n{% include 'wrong' %}\n"), storage_.folder() +
                                                       "/wrong:2:4: error: no name 'nmae'\n"
                                                       "  2 | {{ nmae }}\n"
                                                       "    |    ^^^^\n"
                                                       "site.tmpl:2:1: note: included here\n"
                                                       "  2 | {% include 'wrong' %}\n"
                                                       "    | ^^^^^^^^^^\n"
                                                       "hint: did you mean 'name'?\n");
}

TEST_F(TemplateTest, BlocksAreBounded) {
  const auto repeated = [](const std::string& text, int times) {
    std::string all;
    while (times-- > 0) all += text;
    return all;
  };
  const auto nested = [&](int levels) {
    return repeated("{% for x in xs %}", levels) + repeated("{% endfor %}", levels);
  };
  EXPECT_EQ(mistake("{% for x in none_of %}" + nested(29) + "{% endfor %}"), "no mistake: ");
  EXPECT_NE(mistake(nested(31)).find("error: nested deeper than 30 blocks\n"), std::string::npos);
  EXPECT_EQ(mistake("{% if no is defined %}" + repeated("{% elif name %}x", 499) + "{% endif %}"), "no mistake: x");
  EXPECT_NE(mistake("{% if no is defined %}" + repeated("{% elif name %}x", 500) + "{% endif %}")
                .find("error: an 'if' of more than 500 branches\n"),
            std::string::npos);
}

TEST_F(TemplateTest, IncludesAreBounded) {
  EXPECT_NE(mistake("{% include 'self' %}").find("error: templates include each other more than 20 deep\n"),
            std::string::npos);
  EXPECT_EQ(mistake("{% include 'prat' %}"),
            "site.tmpl:1:1: error: no item 'prat' in storage 'files'\n"
            "  1 | {% include 'prat' %}\n"
            "    | ^^^^^^^^^^\n"
            "hint: did you mean 'part'?\n");
}

TEST_F(TemplateTest, AllMistakesOfAFileAreToldAtOnce) {
  EXPECT_EQ(mistake("{% iff x %}\n{{ }}\n{{ 1 + }}\n{% if x %}\n"),
            "site.tmpl:1:4: error: no tag 'iff'\n"
            "  1 | {% iff x %}\n"
            "    |    ^^^\n"
            "hint: did you mean 'if'?\n"
            "site.tmpl:2:1: error: there is no expression between '{{' and '}}'\n"
            "  2 | {{ }}\n"
            "    | ^^\n"
            "site.tmpl:3:8: error: the expression ends too early\n"
            "  3 | {{ 1 + }}\n"
            "    |        ^^\n"
            "site.tmpl:4:1: error: this 'if' is never closed\n"
            "  4 | {% if x %}\n"
            "    | ^^^^^\n"
            "hint: add '{% endif %}'\n");
}

TEST_F(TemplateTest, OtherMistakesAreToldInPlainWords) {
  const std::pair<const char*, const char*> cases[] = {
      {"{% extends 'x' %}", "no tag 'extends'"},
      {"{% endif %}", "there is no 'if' for this 'endif'"},
      {"{% for x in xs %}{% endif %}{% endfor %}", "'endif' stands inside a 'for'"},
      {"{{ x", "this '{{' is never closed"},
      {"{# x", "this '{#' is never closed"},
      {"{% raw %}x", "this 'raw' is never closed"},
      {"{% for x in 5 %}{% endfor %}", "'for' goes through a list or a mapping, not an integer"},
      {"{% for x, y in xs %}{% endfor %}", "2 names need items that are lists of 2; this is integer"},
      {"{% for x in xs recursive %}{% endfor %}", "loops are not recursive here"},
      {"{% set %}", "what is set must be a name"},
      {"{{ loop.index }}", "no name 'loop'"},
      {"{% for x in xs %}{{ loop.indx }}{% endfor %}", "'loop' has no 'indx'"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_NE(mistake(text).find(std::string("error: ") + expected + "\n"), std::string::npos) << text << "\n"
                                                                                               << mistake(text);
  }
}

TEST_F(TemplateTest, WhatNeverEndsIsStopped) {
  EXPECT_NE(mistake("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}")
                .find("error: this takes more than"),
            std::string::npos);
  EXPECT_EQ(render("{{ name }}"), "web");
}

TEST_F(TemplateTest, AMistakeInAnImportedMacroShowsWhereItWasCalled) {
  EXPECT_EQ(mistake("{% import 'macros' as m %}\n{{ m.bad({'name': 1}) }}\n"),
            storage_.folder() +
                "/macros:2:6: error: 'x' has no 'nme'\n"
                "  2 | {{ x.nme }}\n"
                "    |      ^^^\n"
                "site.tmpl:2:6: note: called here\n"
                "  2 | {{ m.bad({'name': 1}) }}\n"
                "    |      ^^^\n"
                "hint: did you mean 'name'?\n");
}

TEST_F(TemplateTest, MistakesOfCallsOfMacrosAreToldInPlainWords) {
  const std::string macro = "{% macro f(a, b=1) %}{{ a }}{% endmacro %}";
  const std::pair<const char*, const char*> cases[] = {
      {"{{ f(1, 2, 3) }}", "the macro 'f' takes 2 arguments, not 3"},
      {"{{ f(1, c=2) }}", "the macro 'f' has no argument 'c'"},
      {"{{ f(1, a=2) }}", "the macro 'f' gets 'a' twice"},
      {"{{ f() }}", "the macro was called without 'a'"},
      {"{{ g() }}", "no function 'g'"},
      {"{% from 'macros' import good %}", "what is imported has no 'good'"},
      {"{% set x.y = 1 %}", "'x' is no namespace"},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_NE(mistake(macro + text).find(std::string("error: ") + expected + "\n"), std::string::npos)
        << text << "\n"
        << mistake(macro + text);
}

TEST_F(TemplateTest, MacrosAndWhatTheyWriteAreBounded) {
  EXPECT_NE(mistake("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}")
                .find("error: macros call each other more than 60 deep\n"),
            std::string::npos);
  EXPECT_NE(mistake("{% for x in range(1000) %}{{ 'x' * 100000 }}{% endfor %}")
                .find("error: the result is larger than 64 MB\n"),
            std::string::npos);
  EXPECT_EQ(render("{{ name }}"), "web");
}

TEST_F(TemplateTest, GarbageNeverCrashes) {
  const std::vector<std::string> words = {
      "{{",     "}}",   "{%",     "%}",  "{#",   "#}",    "-",    "if",       "else",     "endif",   "for",    "x",
      "in",     "xs",   "endfor", "set", "=",    "1",     "raw",  "endraw",   "include",  "'part'",  "\n",     " ",
      "|",      "join", "elif",   "\"",  "text", "macro", "f(x)", "endmacro", "call",     "endcall", "filter", "endset",
      "import", "from", "as",     "[",   "]",    ":",     "with", "endwith",  ".upper()", "~"};
  std::mt19937 random(11);
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (auto size = random() % 25; size > 0; --size)
      text += words[random() % words.size()] + (random() % 2 ? " " : "");
    mistake(text);
  }
}

}  // namespace
}  // namespace espresso
