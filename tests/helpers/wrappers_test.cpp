#include "helpers/wrappers.h"

#include "model/mistakes_of.h"
#include "helpers/operation.h"
#include "model/inventory.h"
#include "model/stage_file.h"

#include <gmock/gmock.h>

namespace espresso {
namespace {

class CollectingPlan : public Plan {
 public:
  const Host& host() const override { return host_; }
  void add(std::shared_ptr<const Call> call) override { calls.push_back(std::move(call)); }
  std::vector<std::shared_ptr<const Call>> calls;

 private:
  Host host_{};
};

class Wrappers : public testing::Test {
 protected:
  /// The line of the only call in the plan.
  std::string line(const CollectingPlan& plan) {
    Diagnostics diagnostics;
    binder_.check(*plan.calls.at(0), diagnostics);
    diagnostics.throw_if_any();
    return binder_.bind(plan.calls.at(0), scope_).operations.at(0)->line;
  }

  std::string line_of_yaml(const std::string& item) {
    Diagnostics diagnostics;
    const auto source = std::make_shared<Source>(Source{"s.yaml", "stages:\n a:\n  run:\n  - " + item + "\n"});
    const auto files = parse_stages(source, diagnostics);
    diagnostics.throw_if_any();
    CollectingPlan plan;
    files.stages.find("a")->run(plan);
    return line(plan);
  }

  const Catalog catalog_;
  Evaluator evaluator_;
  Binder binder_{catalog_, evaluator_};
  Scope scope_;
  CollectingPlan plan_;
};

TEST_F(Wrappers, MakeTheSameOperationAsYaml) {
  fs::ensure_file(plan_, {.path = "/etc/motd", .content = "hi\n", .mode = "0644", .follow = true});
  EXPECT_EQ(line(plan_),
            line_of_yaml("fs.ensure_file: {path: /etc/motd, content: \"hi\\n\", mode: 0644, follow: true}"));
}

TEST_F(Wrappers, TakeListsMappingsNumbersAndDurations) {
  using namespace std::chrono_literals;
  dpkg::ensure_installed(plan_, {.packages = {"hello", "tree"}});
  EXPECT_EQ(line(plan_), line_of_yaml("dpkg.ensure_installed: [hello, tree]"));
  CollectingPlan run, update, user;
  shell::run(run, {.line = "make", .env = {{"A", "1"}, {"B", "x y"}}});
  EXPECT_EQ(line(run), line_of_yaml("shell.run: {line: make, env: {A: 1, B: x y}}"));
  dpkg::update(update, {.max_age = 1h});
  EXPECT_EQ(line(update), line_of_yaml("dpkg.update: {max_age: 3600}"));
  system::ensure_user(user, {.name = "ada", .uid = 1005});
  EXPECT_EQ(line(user), line_of_yaml("system.ensure_user: {name: ada, uid: 1005}"));
}

TEST_F(Wrappers, TakeWhatStandsBesideTheHelper) {
  scope_.set("names", List{"a", "b"});
  shell::run(plan_, {.line = "echo {{ item }}"},
             {.name = "say {{ item }}",
              .when = "#names == 2",
              .for_each = "{{ names }}",
              .register_as = "said",
              .as = "app",
              .ignore_errors = true,
              .timeout = std::chrono::seconds(5)});
  const auto call = plan_.calls.at(0);
  EXPECT_EQ(call->register_as, "said");
  EXPECT_TRUE(call->ignore_errors);
  EXPECT_EQ(call->timeout, std::chrono::seconds(5));
  const auto operations = binder_.bind(call, scope_).operations;
  ASSERT_EQ(operations.size(), 2U);
  EXPECT_EQ(operations[1]->title, "say b");
  EXPECT_EQ(operations[1]->user, "app");
}

TEST_F(Wrappers, TellTheFileAndLineOfTheirCaller) {
  const int here = __LINE__ + 1;
  fs::ensure_file(plan_, {.content = "x"});
  Diagnostics diagnostics;
  binder_.check(*plan_.calls.at(0), diagnostics);
  EXPECT_EQ(shown(diagnostics), "wrappers_test.cpp:" + std::to_string(here) +
                                    ": error: helper 'fs.ensure_file' needs the parameter 'path'\n"
                                    "hint: add 'path': Where it must be.\n");
}

}  // namespace
}  // namespace espresso
