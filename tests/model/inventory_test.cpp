#include "model/inventory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>
#include <stdexcept>

namespace espresso {
namespace {

using testing::HasSubstr;
using Names = std::vector<std::string>;

Inventory parse(const std::string& text) {
  return Inventory::parse(std::make_shared<Source>(Source{"hosts.yaml", text}));
}

Names names_of(const std::vector<std::shared_ptr<const Host>>& hosts) {
  Names names;
  for (const auto& host : hosts) names.push_back(host->name);
  return names;
}

std::string mistakes_of(const std::string& text) {
  try {
    parse(text);
  } catch (const Mistakes& mistakes) {
    return mistakes.what();
  }
  return "none";
}

std::string mistakes_of_list(const std::string& list) {
  try {
    Inventory::from_list(list);
  } catch (const Mistakes& mistakes) {
    return mistakes.what();
  }
  return "none";
}

TEST(Range, stands_for_its_names) {
  const std::pair<const char*, Names> cases[] = {{"web", {"web"}},
                                                 {"web[1:3]", {"web1", "web2", "web3"}},
                                                 {"web[1-3].x", {"web1.x", "web2.x", "web3.x"}},
                                                 {"[a:c]", {"a", "b", "c"}},
                                                 {"[y:B]", {"y", "z", "A", "B"}},
                                                 {"n[08:11]", {"n08", "n09", "n10", "n11"}},
                                                 {"n[:2]", {"n0", "n1", "n2"}},
                                                 {"x[1:9:4]-[a-b]", {"x1-a", "x1-b", "x5-a", "x5-b", "x9-a", "x9-b"}},
                                                 {"10.0.[0:1].1", {"10.0.0.1", "10.0.1.1"}},
                                                 {"set[abc]", {"set[abc]"}}};
  for (const auto& [pattern, names] : cases) EXPECT_EQ(expand_range(pattern), names) << pattern;
}

TEST(Range, is_a_mistake_when_it_makes_no_sense) {
  const std::pair<const char*, const char*> cases[] = {
      {"a[5:1]", "the range '[5:1]' ends before it begins"},
      {"a[1:]", "the range '[1:]' has no end"},
      {"a[1:5:0]", "the range '[1:5:0]' has a step of 0"},
      {"a[1:c]", "the range '[1:c]' mixes letters and numbers"},
      {"a[01:100]", "the range '[01:100]' begins with zeros, so both its ends need the same number of digits"},
      {"a[0:99999999999]", "the range '[0:99999999999]' is too large"},
      {"a[0:999999999999999999999999]", "the range '[0:999999999999999999999999]' is too large"},
      {"a[1:999][1:999]", "'a[1:999][1:999]' stands for more than 100000 names"}};
  for (const auto& [pattern, message] : cases) {
    try {
      expand_range(pattern);
      ADD_FAILURE() << pattern;
    } catch (const std::invalid_argument& error) {
      EXPECT_STREQ(error.what(), message);
    }
  }
}

const char* const nested = R"(all:
  vars: {v: all, only_all: 1}
  hosts:
    lone:
  children:
    web:
      vars: {v: web, w: web}
      hosts:
        web[1:2]: {h: 1}
      children:
        edge:
          hosts: {web2: {v: host}, edge1: null}
          vars: {v: edge}
    alpha: {hosts: {web1: }, vars: {w: alpha}}
)";

TEST(Inventory, knows_hosts_and_groups_in_order) {
  const Inventory inventory = parse(nested);
  EXPECT_EQ(names_of(inventory.hosts()), (Names{"lone", "web1", "web2", "edge1"}));
  Names groups;
  for (const auto& group : inventory.groups()) groups.push_back(group->name);
  EXPECT_EQ(groups, (Names{"all", "web", "edge", "alpha", "ungrouped"}));
  EXPECT_EQ(names_of(inventory.hosts_of("web")), (Names{"web1", "web2", "edge1"}));
  EXPECT_EQ(names_of(inventory.hosts_of("ungrouped")), (Names{"lone"}));
  EXPECT_EQ(names_of(inventory.hosts_of("nope")), Names{});
  EXPECT_EQ(inventory.find_host("web2")->groups, (Names{"edge", "web"}));
  EXPECT_EQ(inventory.find_host("nope"), nullptr);
  EXPECT_EQ(inventory.find_group("web")->children, (Names{"edge"}));
}

TEST(Inventory, lays_children_over_parents_and_hosts_over_groups) {
  const Inventory inventory = parse(nested);
  const auto shown = [&](const char* host, const char* name) {
    const Variables& variables = inventory.find_host(host)->variables;
    const Origin* origin = variables.origin(name);
    return variables.values().find(name)->to_text() + " from " + origin->owner + " at " + origin->span.location();
  };
  EXPECT_EQ(shown("web1", "v"), "web from web at hosts.yaml:7:17");
  EXPECT_EQ(shown("web1", "w"), "web from web at hosts.yaml:7:25");  // alpha is as deep; later in the alphabet wins
  EXPECT_EQ(shown("web2", "v"), "host from web2 at hosts.yaml:12:29");
  EXPECT_EQ(shown("edge1", "v"), "edge from edge at hosts.yaml:13:21");
  EXPECT_EQ(shown("lone", "v"), "all from all at hosts.yaml:2:13");
  EXPECT_EQ(shown("web2", "only_all"), "1 from all at hosts.yaml:2:28");
  EXPECT_EQ(shown("web2", "h"), "1 from web2 at hosts.yaml:9:23");
  EXPECT_EQ(inventory.find_host("lone")->variables.origin("h"), nullptr);
}

TEST(Inventory, honours_the_priority_of_groups) {
  const Inventory inventory =
      parse("a: {hosts: {h: }, vars: {v: a, ansible_group_priority: 10}}\nb: {hosts: {h: }, vars: {v: b}}\n");
  EXPECT_EQ(inventory.find_host("h")->variables.values(),
            parse("a: {hosts: {h: {v: a}}}").find_host("h")->variables.values());
}

TEST(Inventory, lays_the_command_line_over_all) {
  Inventory inventory = parse(nested);
  Map values;
  values.set("v", "cli");
  inventory.override_variables(values);
  const auto host = inventory.find_host("web2");
  EXPECT_EQ(host->variables.values().find("v")->to_text(), "cli");
  EXPECT_EQ(host->variables.origin("v")->level, Origin::Level::command_line);
  EXPECT_EQ(host->variables.origin("v")->owner, "-e");
}

TEST(Inventory, takes_a_port_from_the_name) {
  const auto port = [](const std::string& key, const char* host) {
    const Inventory inventory = parse("all: {hosts: {\"" + key + "\": }}");
    return inventory.find_host(host)->variables.values().find("ansible_port")->as_integer();
  };
  EXPECT_EQ(port("web:2222", "web"), 2222);
  EXPECT_EQ(port("[2001:db8::1]:22", "2001:db8::1"), 22);
  EXPECT_EQ(port("web[1:2]:23", "web2"), 23);
}

TEST(Inventory, may_be_empty) {
  EXPECT_TRUE(parse("").hosts().empty());
  EXPECT_TRUE(parse("all:\n").hosts().empty());
}

TEST(InventoryMistake, an_unknown_key_of_a_group) {
  EXPECT_EQ(mistakes_of("all:\n  host:\n    a:\n  web1:\n"),
            "hosts.yaml:2:3: error: a group has no 'host'\n  2 |   host:\n    |   ^^^^\nhint: did you mean 'hosts'?\n"
            "hosts.yaml:4:3: error: a group has no 'web1'\n  4 |   web1:\n    |   ^^^^\n"
            "hint: write 'hosts', 'vars' or 'children'; hosts go below 'hosts:'\n");
}

TEST(InventoryMistake, a_wrong_kind) {
  EXPECT_EQ(mistakes_of("all:\n  hosts: [a]\n  vars: 1\n"),
            "hosts.yaml:2:10: error: 'hosts' is a mapping, but this is a list\n  2 |   hosts: [a]\n    |          ^\n"
            "hint: write 'name:' in place of '- name'\n"
            "hosts.yaml:3:9: error: 'vars' is a mapping, but this is an integer\n  3 |   vars: 1\n    |         ^\n");
  EXPECT_EQ(mistakes_of("text\n"),
            "hosts.yaml:1:1: error: an inventory is a mapping, but this is a string\n  1 | text\n    | ^^^^\n");
  EXPECT_THAT(mistakes_of("all: {hosts: {a: 1}}\n"), HasSubstr("the host 'a' is a mapping, but this is an integer"));
}

TEST(InventoryMistake, a_name_that_is_a_number) {
  EXPECT_EQ(mistakes_of("all: {hosts: {12: }}\n"),
            "hosts.yaml:1:15: error: the host name 12 reads as an integer\n  1 | all: {hosts: {12: }}\n"
            "    |               ^^\nhint: quote it: \"12\"\n");
}

TEST(InventoryMistake, keys_outside_of_any_group) {
  EXPECT_EQ(mistakes_of("hosts:\n  a:\n"),
            "hosts.yaml:1:1: error: 'hosts' stands outside of any group\n  1 | hosts:\n    | ^^^^^\n"
            "hint: write it below 'all:'\n");
}

TEST(InventoryMistake, groups_that_contain_each_other) {
  EXPECT_EQ(mistakes_of("a: {children: {b: }}\nb: {children: {c: {children: {a: }}}}\n"),
            "hosts.yaml:2:31: error: groups contain each other: 'a' contains 'b' contains 'c' contains 'a'\n"
            "  2 | b: {children: {c: {children: {a: }}}}\n    |                               ^\n"
            "hint: remove one of these 'children'\n");
}

TEST(InventoryMistake, a_range_and_a_port_that_make_no_sense) {
  EXPECT_EQ(mistakes_of("all: {hosts: {'a[3:1]': , 'b:99999': }}\n"),
            "hosts.yaml:1:15: error: the range '[3:1]' ends before it begins\n"
            "  1 | all: {hosts: {'a[3:1]': , 'b:99999': }}\n    |               ^^^^^^^^\n"
            "hosts.yaml:1:27: error: '99999' is no port\n"
            "  1 | all: {hosts: {'a[3:1]': , 'b:99999': }}\n    |                           ^^^^^^^^^\n"
            "hint: write a number from 1 to 65535\n");
}

TEST(InventoryMistake, a_priority_that_is_no_number) {
  EXPECT_EQ(mistakes_of("a: {vars: {ansible_group_priority: high}}\n"),
            "hosts.yaml:1:36: error: 'ansible_group_priority' must be an integer, not a string\n"
            "  1 | a: {vars: {ansible_group_priority: high}}\n    |                                    ^^^^\n");
}

TEST(InventoryList, names_hosts_with_user_and_port) {
  const Inventory inventory = Inventory::from_list("joe@a:2222, b,[2001:db8::1]:22,fe80::2,web[1-2]:23");
  EXPECT_EQ(names_of(inventory.hosts()), (Names{"a", "b", "2001:db8::1", "fe80::2", "web1", "web2"}));
  const auto json = [&](const char* host) { return to_json(inventory.find_host(host)->variables.values()); };
  EXPECT_EQ(json("a"), R"({"user":"joe","port":2222})");
  EXPECT_EQ(json("b"), "{}");
  EXPECT_EQ(json("2001:db8::1"), R"({"port":22})");
  EXPECT_EQ(json("fe80::2"), "{}");
  EXPECT_EQ(json("web2"), R"({"port":23})");
  EXPECT_EQ(inventory.find_host("a")->variables.origin("port")->span.location(), "--hosts:1:7");
}

TEST(InventoryListMistake, shows_the_word) {
  EXPECT_EQ(mistakes_of_list("a:x"),
            "--hosts:1:3: error: 'x' is no port\n  1 | a:x\n    |   ^\nhint: write a number from 1 to 65535\n");
  EXPECT_EQ(mistakes_of_list("b,joe@"), "--hosts:1:3: error: 'joe@' names no host\n  1 | b,joe@\n    |   ^^^^\n");
  EXPECT_EQ(mistakes_of_list("@h"), "--hosts:1:1: error: '@h' names no user before the '@'\n  1 | @h\n    | ^^\n");
  EXPECT_THAT(mistakes_of_list(" , "), HasSubstr("--hosts:1:1: error: the list names no host\n"));
  EXPECT_THAT(mistakes_of_list("a[2:1]"), HasSubstr("--hosts:1:1: error: the range '[2:1]' ends before it begins\n"));
}

TEST(InventoryMistake, more_hosts_than_anybody_has) {
  EXPECT_EQ(mistakes_of("all: {hosts: {'a[1:99999]': , 'b[1:99999]': , 'c[1:99999]': }}\n"),
            "error: the inventory names more than 250000 hosts\nhint: look for a range with a digit too many\n");
}

TEST(InventoryMistake, a_user_in_a_name) {
  EXPECT_EQ(mistakes_of("all: {hosts: {joe@web1: }}\n"),
            "hosts.yaml:1:15: error: 'joe@web1' names a user, but a host's name stands here\n"
            "  1 | all: {hosts: {joe@web1: }}\n    |               ^^^^^^^^\n"
            "hint: write 'web1', and the user as its variable 'ansible_user'\n");
}

TEST(Inventory, of_the_demo_fleet_has_three_web_hosts) {
  const Inventory inventory = Inventory::load(ESPRESSO_SOURCE_DIR "/inventory/demo.yaml");
  EXPECT_EQ(names_of(inventory.select_option("web*", "--hosts")), (Names{"web1", "web2", "web3"}));
}

TEST(Inventory, loads_ten_thousand_hosts_in_a_thousand_groups) {
  std::string text = "all:\n  vars: {user: root}\n  children:\n";
  for (int group = 0; group < 1000; ++group) {
    text += fmt::format("    g{}:\n      vars: {{a: {}}}\n      hosts:\n", group, group);
    for (int host = 0; host < 10; ++host) text += fmt::format("        h{}-{}: {{address: 127.0.0.1}}\n", group, host);
  }
  const Inventory inventory = parse(text);
  EXPECT_EQ(inventory.hosts().size(), 10000U);
  EXPECT_EQ(inventory.select_option("g1*:!h10-3", "--hosts").size(), 1109U);
}

TEST(Inventory, survives_anything) {
  const std::string valid = nested;
  std::mt19937 random(11);
  constexpr std::string_view bytes = "{}[]:,-&*!|>'\"#\n 019ax";
  for (int round = 0; round < 1500; ++round) {
    std::string text = valid;
    for (int change = 0; change < 3; ++change) {
      const std::size_t at = random() % text.size();
      if (random() % 2)
        text[at] = bytes[random() % bytes.size()];
      else
        text.insert(at, 1, bytes[random() % bytes.size()]);
    }
    EXPECT_FALSE(mistakes_of(text).empty());
  }
}

}  // namespace
}  // namespace espresso
