#include "cli/command_line.h"

#include <gtest/gtest.h>

namespace espresso {
namespace {

using testing::Answer;
using testing::CommandLine;

Answer answered(const std::string& out) { return {.status = 0, .out = out, .err = ""}; }
Answer refused(const std::string& err) { return {.status = 5, .out = "", .err = err}; }

TEST(InventoryCommand, ShowsWhereTheValuesOfAnsiblesFilesComeFrom) {
  const CommandLine here;
  here.write("hosts", "[web]\nweb1 ansible_host=192.0.2.1 rack=3\n[web:vars]\nproxy=yes\n");
  here.write("group_vars/all.yml", "enabled: no\n");
  here.write("host_vars/web1", "rack: 4\n");
  EXPECT_EQ(here.espresso({"inventory", "show", "web1", "-i", "hosts"}), answered(R"(web1
  groups: web
  proxy: yes  # group web, hosts:4:7
  enabled: false  # group all, group_vars/all.yml:1:10
  ansible_host: 192.0.2.1  # host web1, hosts:2:19
  rack: 4  # host web1, host_vars/web1:1:7
)"));
}

TEST(InventoryCommand, PassesOnWhatAProgramSaysBesidesItsAnswer) {
  const CommandLine here;
  here.write("password", "hunter22\n");
  here.write("stages.yaml", "stages: {}\n");
  here.write("group_vars/all.yaml", "token: !secret {file: ../password}\n");
  here.write("hosts.sh",
             "#!/bin/sh\nprintf 'old cache\\nof \\033[1mhunter22\\n\\n' >&2\n"
             "echo '{\"web\": {\"hosts\": [\"w\"]}, \"_meta\": {\"hostvars\": {}}}'\n");
  std::filesystem::permissions("hosts.sh", std::filesystem::perms::owner_all);
  const Answer graph{.status = 0, .out = "all:\n  web:\n    w\n", .err = ""};
  Answer told = graph;
  told.err = "note: hosts.sh --list: old cache\nnote: hosts.sh --list: of \\x1b[1m***\n";
  EXPECT_EQ(here.espresso({"inventory", "graph", "-i", "hosts.sh"}), told);
  EXPECT_EQ(here.espresso({"inventory", "graph", "-i", "hosts.sh", "--quiet"}), graph);
}

TEST(InventoryCommand, ExportsWhatOtherToolsRead) {
  const CommandLine here;
  here.write("inventory.yaml", R"(all:
  vars: {user: deploy, db_password: hunter2}
  children:
    web: {hosts: {"web[1:2]:2222": {address: 192.0.2.1}}}
)");
  EXPECT_EQ(here.espresso({"inventory", "export", "--hosts", "web1"}), answered(R"({
  "_meta": {
    "hostvars": {
      "web1": {
        "address": "192.0.2.1",
        "ansible_port": 2222,
        "user": "deploy",
        "ansible_host": "192.0.2.1",
        "ansible_user": "deploy"
      }
    }
  },
  "all": {
    "children": [
      "ungrouped",
      "web"
    ]
  },
  "web": {
    "hosts": [
      "web1"
    ]
  }
}
)"));
}

TEST(Inventories, OfTheDefaultFolderRunNoProgram) {
  const CommandLine here;
  here.write("inventory/hosts.sh",
             "#!/bin/sh\necho '{\"web\": {\"hosts\": [\"w\"]}, \"_meta\": {\"hostvars\": {}}}'\n");
  std::filesystem::permissions("inventory/hosts.sh", std::filesystem::perms::owner_all);
  EXPECT_EQ(here.espresso({"inventory"}),
            refused(R"(inventory/hosts.sh: error: this is a program, which is not run unless it is asked for
hint: name it, or its folder: -i inventory/hosts.sh
)"));
  EXPECT_EQ(here.espresso({"inventory", "-i", "inventory"}), answered("w\n"));
}

TEST(Inventories, OfTheExampleAreReadTogether) {
  const CommandLine here;
  const std::string example = ESPRESSO_SOURCE_DIR "/examples/inventories/";
  EXPECT_EQ(here.espresso({"inventory", "graph", "-i", example + "inventory"}), answered(R"(all:
  frontends:
    web:
      web1.example.org
      web2.example.org
  db:
    db1.example.org
)"));
  EXPECT_EQ(here.espresso({"plan", "note", "-i", example + "inventory", "-S", example + "stages.yaml"}),
            answered(R"(stages: note

web[1-2].example.org,db1.example.org
  note
    fs.ensure_file /etc/motd
)"));
}

TEST(Inventories, HaveVariablesBesideTheStages) {
  const CommandLine here;
  here.write("site/stages.yaml", "stages: {}\n");
  here.write("site/group_vars/all.yaml", "a: 1\n");
  here.write("hosts", "w\n");
  EXPECT_EQ(here.espresso({"inventory", "show", "w", "-i", "hosts", "-S", "site"}), answered(R"(w
  groups: ungrouped
  a: 1  # group all, site/group_vars/all.yaml:1:4
)"));
}

}  // namespace
}  // namespace espresso
