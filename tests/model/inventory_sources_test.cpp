#include "model/inventory_sources.h"

#include "core/temporary_folder.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace espresso {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Sources that lie in an empty folder, which is the current one.
class InventorySource : public ::testing::Test {
 protected:
  InventorySource() : before_(fs::current_path()) { fs::current_path(folder_.path()); }
  InventorySource(const InventorySource&) = delete;
  InventorySource& operator=(const InventorySource&) = delete;
  ~InventorySource() override { fs::current_path(before_); }

  void write(const std::string& file, const std::string& text) const {
    fs::create_directories((folder_.path() / file).parent_path());
    folder_.write(file, text);
    if (text.starts_with("#!")) fs::permissions(file, fs::perms::owner_all);
  }

  static std::string mistakes_of(const InventorySources& sources) {
    try {
      load_inventory_sources(sources);
    } catch (const Mistakes& mistakes) {
      return mistakes.what();
    }
    return "none";
  }

  static std::string origin(const Inventory& inventory, const char* host, const char* variable) {
    const Variables& variables = inventory.find_host(host)->variables;
    const Origin* origin = variables.origin(variable);
    return variables.values().find(variable)->to_text() + " from " + origin->owner + " at " + origin->span.location();
  }

 private:
  testing::TemporaryFolder folder_;
  fs::path before_;
};

TEST_F(InventorySource, tells_where_each_value_comes_from) {
  write("inventory/hosts", "[web]\nw port=1 rack=\"a b\" zone='c'\n[web:vars]\n  inline =  x y\n");
  write("inventory/more.sh",
        "#!/bin/sh\necho '{\"web\": [\"w\"], \"_meta\": {\"hostvars\": {\"w\": {\"from\": 5}}}}'\n");
  write("inventory/group_vars/web/a.yml", "file: 1\nlong:\n  - x\n");
  write("host_vars/w.json", "{\n  \"json\": true\n}\n");
  const Inventory inventory = load_inventory_sources({.names = {"inventory"}, .beside = "."});
  EXPECT_EQ(origin(inventory, "w", "port"), "1 from w at inventory/hosts:2:8");
  EXPECT_EQ(origin(inventory, "w", "rack"), "a b from w at inventory/hosts:2:15");
  EXPECT_EQ(origin(inventory, "w", "inline"), "x y from web at inventory/hosts:4:13");
  EXPECT_EQ(origin(inventory, "w", "from"), "5 from w at inventory/more.sh");
  EXPECT_EQ(origin(inventory, "w", "file"), "1 from web at inventory/group_vars/web/a.yml:1:7");
  EXPECT_EQ(origin(inventory, "w", "long"), "[\"x\"] from web at inventory/group_vars/web/a.yml:2:1");
  EXPECT_EQ(origin(inventory, "w", "json"), "true from w at host_vars/w.json:2:11");
}

TEST_F(InventorySource, runs_a_program_only_when_asked_to) {
  write("inventory/hosts.sh", "#!/bin/sh\ntouch ran\necho '{}'\n");
  EXPECT_EQ(mistakes_of({.names = {"inventory"}, .runs_programs = false}),
            "inventory/hosts.sh: error: this is a program, which is not run unless it is asked for\n"
            "hint: name it, or its folder: -i inventory/hosts.sh\n");
  EXPECT_FALSE(fs::exists("ran"));
  EXPECT_EQ(mistakes_of({.names = {"inventory"}}), "none");
  EXPECT_TRUE(fs::exists("ran"));
}

TEST_F(InventorySource, ends_a_program_that_takes_too_long) {
  write("slow.sh", "#!/bin/sh\nexec sleep 60\n");
  EXPECT_EQ(mistakes_of({.names = {"slow.sh"}, .bounds = {.deadline = std::chrono::milliseconds(50)}}),
            "slow.sh: error: './slow.sh' took longer than 0.05s\n");
  write("each.sh", "#!/bin/sh\n[ \"$1\" = --host ] && exec sleep 60\necho '{\"web\": [\"a\", \"b\"]}'\n");
  EXPECT_THAT(mistakes_of({.names = {"each.sh"}, .bounds = {.deadline = std::chrono::milliseconds(500)}}),
              StartsWith("each.sh: error: './each.sh' took longer than "));
}

TEST_F(InventorySource, bounds_what_a_program_writes) {
  write("much.sh", "#!/bin/sh\nexec head -c 100000000 /dev/zero\n");
  EXPECT_EQ(mistakes_of({.names = {"much.sh"}}), "much.sh: error: './much.sh' writes more than 67108864 bytes\n");
}

TEST_F(InventorySource, shows_of_a_long_line_what_is_near_the_mistake) {
  write("long.sh",
        "#!/bin/sh\nprintf '{\"web\": [%s], \"x\": 5, \"_meta\": {\"hostvars\": {}}}' \"$(seq -s, 1 500 | sed "
        "'s/[0-9]*/\"&\"/g')\"\n");
  const std::string told = mistakes_of({.names = {"long.sh"}});
  EXPECT_THAT(told, StartsWith("long.sh --list:1:"));
  EXPECT_THAT(told, HasSubstr("the hosts of 'x' are a list, but this is an integer\n  1 | …"));
  EXPECT_LT(told.size(), 400U);
}

TEST_F(InventorySource, is_no_program_just_for_its_mode) {
  write("hosts", "[web]\nw\n");
  fs::permissions("hosts", fs::perms::owner_all);
  EXPECT_NE(load_inventory_sources({.names = {"hosts"}}).find_host("w"), nullptr);
}

TEST_F(InventorySource, that_is_missing_or_of_no_known_kind_is_a_mistake) {
  write("hosts.toml", "[web.hosts]\nw = {}\n");
  EXPECT_EQ(mistakes_of({.names = {"nowhere", "hosts.toml"}}),
            "nowhere: error: cannot read 'nowhere': No such file or directory\n"
            "hosts.toml: error: inventories in TOML are not read\nhint: write it as YAML or INI\n");
}

TEST_F(InventorySource, tells_the_mistakes_of_all_at_once) {
  write("a", "[web\n");
  write("b.yaml", "all: {hots: }\n");
  write("host_vars/x.yml", "- 1\n");
  const std::string told = mistakes_of({.names = {"a", "b.yaml", "x,y:port,"}});
  for (const char* part : {"a:1:1: error", "b.yaml:1:7: error", "--inventory:1:5: error", "host_vars/x.yml:1:1: error"})
    EXPECT_THAT(told, HasSubstr(part));
}

TEST_F(InventorySource, may_name_a_file_with_a_comma) {
  write("a,b", "[web]\nw\n");
  EXPECT_NE(load_inventory_sources({.names = {"a,b"}}).find_host("w"), nullptr);
}

}  // namespace
}  // namespace espresso
