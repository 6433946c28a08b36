#include "targets.h"

#include <gtest/gtest.h>

namespace espresso {
namespace {

// What libFuzzer, whose inputs are short, does not try: one thing again and again. It must be read or refused without a
// stack that overflows, and not in the square of its time (that would take minutes here).
struct LongInput {
  void (*read)(std::string_view input);
  std::string before;
  std::string again;
  std::string after;
};

class LongInputs : public testing::TestWithParam<LongInput> {};

TEST_P(LongInputs, AreReadOrRefused) {
  const LongInput& input = GetParam();
  std::string text = input.before;
  for (int times = 0; times < 100'000; ++times) text += input.again;
  EXPECT_NO_THROW(input.read(text + input.after));
}

const LongInput of_expressions[] = {
    {read_expression, "config", ".web", ""},
    {read_expression, "xs", "[1]", ""},
    {read_expression, "upper", "()", ""},
    {read_expression, "n", " or n", ""},
    {read_expression, "1", " + 1", ""},
    {read_expression, "'a'", " .. 'a'", ""},
    {read_expression, "2", "^2", ""},
    {read_expression, "1", " | json", ""},
    {read_expression, "n", " is defined", ""},
    {read_expression, "", "not ", "n"},
    {read_expression, "", "(", ""},
    {read_expression, "", "{", ""},
    {read_expression, "{", "1,", "}"},
    {read_expression, "", "function() return ", ""},
    {read_expression, "map(xs, function(x) if x then return 1 ", "elseif x then return 2 ", "end end)"},
    {read_expression, "", "{{ n }}", ""},
    {read_expression, "{{", " n", "}}"},
};
INSTANTIATE_TEST_SUITE_P(OfExpressions, LongInputs, testing::ValuesIn(of_expressions));

const LongInput of_templates[] = {
    {read_template, "", "{{ n }}", ""},
    {read_template, "", "{{ ", ""},
    {read_template, "", "{% if n %}\n", ""},
    {read_template, "", "{% for x in xs %}\n", ""},
    {read_template, "{% if n %}", "{% elif n %}\n", "{% endif %}"},
    {read_template, "", "{# ", ""},
    {read_template, "", "{% raw %}", ""},
};
INSTANTIATE_TEST_SUITE_P(OfTemplates, LongInputs, testing::ValuesIn(of_templates));

const LongInput of_inventories[] = {
    {read_inventory, "~", "(", ""},    {read_inventory, "", "[", ""},
    {read_inventory, "", ":", ""},     {read_inventory, "~(a+)+b\nall: {hosts: {", "a", ": }}"},
    {read_hosts, "a x=", "[", ""},     {read_hosts, "[all:vars]\nx = ", "-", "1"},
    {read_hosts, "", "[a b]\n", ""},   {read_hosts, "a", " x=1", ""},
    {read_hosts, "", "{\"all\":", ""},
};
INSTANTIATE_TEST_SUITE_P(OfInventories, LongInputs, testing::ValuesIn(of_inventories));

const LongInput of_documents[] = {
    {read_ini, "", "x\n", ""},
    {read_ini, "", "x = 1\n", ""},
    {read_ini, "[", "a.", "a]\nb = 1\n"},
    {read_ini, "a = 1\n", " x\n", ""},
    {read_json, "", "[", ""},
    {read_json, "", "{\"a\":", ""},
    {read_json, "[", "1,", "1]"},
    {read_yaml, "", "[", ""},
    {read_yaml, "", "{a: ", ""},
    {read_yaml, "", "- ", ""},
    {read_yaml, "", "? ", ""},
    {read_yaml, "", "!!str ", ""},
    {read_yaml, "", "&a ", ""},
    {read_yaml, "[", "a,", "]"},
    {read_yaml, "[", "\"a\",", "]"},
    {read_yaml, "", "- !!str a\n", ""},
    {read_yaml, "a: \"", "\\x41", "\""},
};
INSTANTIATE_TEST_SUITE_P(OfDocuments, LongInputs, testing::ValuesIn(of_documents));

}  // namespace
}  // namespace espresso
