#include "helpers/operation.h"

#include "core/hash.h"
#include "model/mistakes_of.h"
#include "model/inventory.h"
#include "model/stage_file.h"
#include "model/storage.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace espresso {
namespace {

using testing::ElementsAre;

const std::string file_helper =
    "#: summary: A file.\n"
    "#: parameters:\n"
    "#:   path: {type: path, required: true, doc: Where it must be.}\n"
    "#:   content: {type: content}\n"
    "#:   source: {type: source}\n"
    "#:   template: {type: template}\n"
    "#:   mode: {type: mode}\n"
    "#:   follow: {type: boolean, default: false}\n"
    "#: one_of: [[content, source, template]]\n";
const std::string kinds_helper =
    "#: summary: One parameter of each kind.\n"
    "#: parameters:\n"
    "#:   text: {type: string}\n"
    "#:   mode: {type: mode}\n"
    "#:   number: {type: integer}\n"
    "#:   yes: {type: boolean}\n"
    "#:   age: {type: duration}\n"
    "#:   size: {type: size}\n"
    "#:   words: {type: list}\n"
    "#:   env: {type: map}\n"
    "#:   state: {type: string, one_of: [present, absent]}\n";
const std::string fetch_helper =
    "#: summary: A file of the host.\n"
    "#: parameters:\n"
    "#:   path: {type: path, required: true}\n"
    "#:   to: {type: destination, required: true}\n"
    "#:   limit: {type: size, default: 1K}\n";
const std::string list_helper =
    "#: summary: Some words.\n#: parameters:\n#:   words: {type: list, required: true}\n#: main: words\n#: positional: "
    "words\n";
const std::string assert_helper =
    "#: summary: Conditions hold.\n#: parameters:\n#:   that: {type: conditions, required: true}\n#: main: that\n";

class CollectingPlan : public Plan {
 public:
  const Host& host() const override { return host_; }
  void add(std::shared_ptr<const Call> call) override { calls.push_back(std::move(call)); }
  std::vector<std::shared_ptr<const Call>> calls;

 private:
  Host host_{};
};

class Binding_ : public testing::Test {
 protected:
  Binding_() {
    scope_.set("path", "/from/scope");
    scope_.set("users", List{"ann", "bob"});
    scope_.defer("facts", "the facts of the host");
  }

  /// One item of `run:`; it begins in column 3 of line 4.
  std::shared_ptr<const Call> call(const std::string& item) {
    Diagnostics diagnostics;
    const auto source = std::make_shared<Source>(Source{"s.yaml", "stages:\n a:\n  run:\n  - " + item + "\n"});
    const auto files = parse_stages(source, diagnostics);
    diagnostics.throw_if_any();
    CollectingPlan plan;
    files.stages.find("a")->run(plan);
    return plan.calls.at(0);
  }

  std::string check(const std::string& item) {
    Diagnostics diagnostics;
    binder_.check(*call(item), diagnostics);
    return shown(diagnostics);
  }

  Binding bind(const std::string& item) { return binder_.bind(call(item), scope_); }
  std::string line(const std::string& item) { return bind(item).operations.at(0)->line; }
  std::string title(const std::string& item) { return bind(item).operations.at(0)->title; }
  /// What it says when bound, or its line.
  std::string mistakes(const std::string& item) {
    try {
      return line(item);
    } catch (const Mistakes& mistakes) {
      return mistakes.what();
    }
  }

  const Catalog catalog_{{{"t.file", file_helper},
                          {"t.kinds", kinds_helper},
                          {"t.fetch", fetch_helper},
                          {"t.list", list_helper},
                          {"t.assert", assert_helper},
                          {"t.nothing", "#: summary: Nothing.\n"}}};
  Evaluator evaluator_;
  Binder binder_{catalog_, evaluator_};
  Scope scope_;
};

TEST_F(Binding_, AssignsEveryParameterOfTheHelper) {
  EXPECT_EQ(line("t.file: {path: /etc/motd, mode: 0644, content: \"it's\\n\"}"),
            "path='/etc/motd' content='' source='' template='' mode='644' follow='false' given=' path content mode '"
            " content_kind=inline content_text='it'\\''s'\"$n_\"''; h_t_file; run_operation");
  EXPECT_EQ(line("t.nothing"), "given='' content_kind=none; h_t_nothing; run_operation");
}

TEST_F(Binding_, HandsOverListsAsWordsAndPositionalArguments) {
  EXPECT_EQ(line("t.list: [a b, \"it's\"]"),
            "words=''\\''a b'\\'' '\\''it'\\''\\'\\'''\\''s'\\''' given=' words ' content_kind=none; h_t_list; "
            "run_operation 'a b' 'it'\\''s'");
  EXPECT_EQ(line("t.list: a"), "words=''\\''a'\\''' given=' words ' content_kind=none; h_t_list; run_operation 'a'");
  EXPECT_EQ(line("t.list: []"), "words='' given=' words ' content_kind=none; h_t_list; run_operation");
}

TEST_F(Binding_, ConvertsEachKindOfParameter) {
  EXPECT_EQ(line("t.kinds: {text: 1.5, mode: '01777', number: '-3', yes: true, age: 1m30s, size: 2K, words: 7, "
                 "env: {A: 1, B: x y}, state: absent}"),
            "text='1.5' mode='1777' number='-3' yes='true' age='90' size='2048' words=''\\''7'\\''' "
            "env=''\\''A=1'\\'' '\\''B=x y'\\''' state='absent' "
            "given=' text mode number yes age size words env state ' content_kind=none; h_t_kinds; run_operation");
}

TEST_F(Binding_, ComputesArgumentsInTheScope) {
  EXPECT_THAT(
      line("t.file: {path: '{{ path }}', mode: '{{ nil }}'}"),
      testing::StartsWith("path='/from/scope' content='' source='' template='' mode='' follow='false' given=' path '"));
}

TEST_F(Binding_, SharesTheOperationsOfConstantCalls) {
  const auto constant = call("t.file: {path: /a, content: x}");
  EXPECT_EQ(binder_.bind(constant, scope_).operations[0], binder_.bind(constant, Scope()).operations[0]);
  const auto computed = call("t.file: {path: '{{ path }}'}");
  EXPECT_NE(binder_.bind(computed, scope_).operations[0], binder_.bind(computed, scope_).operations[0]);
}

TEST_F(Binding_, MakesOneOperationForEachItem) {
  const auto binding = bind("{t.list: 'user {{ item }}', for_each: '{{ users }}'}");
  ASSERT_EQ(binding.operations.size(), 2U);
  EXPECT_EQ(binding.operations[0]->title, "t.list user ann");
  EXPECT_EQ(binding.operations[1]->title, "t.list user bob");
}

TEST_F(Binding_, SkipsWhatItsConditionExcludes) {
  const auto binding = bind("{t.list: a, when: path == '/other'}");
  EXPECT_TRUE(binding.skipped);
  EXPECT_EQ(binding.skip_reason, "path == '/other'");
  EXPECT_TRUE(binding.operations.empty());
}

TEST_F(Binding_, IsPutOffWhenAValueIsNotKnownYet) {
  const auto binding = bind("t.list: '{{ facts.os.id }}'");
  ASSERT_TRUE(binding.deferred.has_value());
  EXPECT_EQ(binding.deferred->name, "facts");
  EXPECT_EQ(binding.deferred->reason, "the facts of the host");
  EXPECT_TRUE(bind("{t.list: a, when: facts.os.id == 'debian'}").deferred.has_value());
  EXPECT_EQ(mistakes("t.file: {path: '{{ facts.x }}', mode: '{{ path }}'}"),
            "s.yaml:4:43: error: 'mode' takes permission bits such as 0644, not '/from/scope'\n"
            "  4 |   - t.file: {path: '{{ facts.x }}', mode: '{{ path }}'}\n"
            "    |                                           ^^^^^^^^^^^^\n");
}

TEST_F(Binding_, TitlesOperationsInOneShortLine) {
  EXPECT_EQ(title("t.file: {path: /etc/motd}"), "t.file /etc/motd");
  EXPECT_EQ(title("t.list: [a, b]"), "t.list a b");
  EXPECT_EQ(title("t.list: \"a\\nb\""), "t.list a…");
  EXPECT_EQ(title("t.list: " + std::string(100, 'x')), "t.list " + std::string(79, 'x') + "…");
  EXPECT_EQ(title("{t.list: a, name: 'greet {{ users[1] }}'}"), "greet ann");
  EXPECT_EQ(title("t.nothing"), "t.nothing");
}

TEST_F(Binding_, ShowsNoArgumentsOfSensitiveCalls) {
  EXPECT_EQ(title("{t.list: secret, sensitive: true}"), "t.list");
  EXPECT_EQ(title("{t.list: a, name: 'greet {{ users[1] }}', sensitive: true}"), "greet {{ users[1] }}");
  EXPECT_EQ(line("{t.nothing: , sensitive: true}"),
            "given='' sensitive=1 content_kind=none; h_t_nothing; run_operation");
}

TEST_F(Binding_, SaysAsWhomItRuns) {
  const auto user = [&](const std::string& item) { return bind(item).operations.at(0)->user; };
  EXPECT_EQ(user("t.nothing"), "");
  EXPECT_EQ(user("{t.nothing: , as: app}"), "app");
  EXPECT_EQ(user("{t.nothing: , as: '{{ users[2] }}'}"), "bob");
  EXPECT_EQ(user("{t.nothing: , as: '{{ nil }}'}"), "");
  EXPECT_EQ(user("{t.list: a, for_each: [x, y], as: '{{ item }}'}"), "x");
  EXPECT_EQ(bind("{t.nothing: , as: '{{ facts.user.name }}'}").deferred->name, "facts");
  EXPECT_EQ(mistakes("{t.nothing: , as: '{{ users }}'}"),
            "s.yaml:4:23: error: 'as' takes the name of a user, and this is a list\n"
            "  4 |   - {t.nothing: , as: '{{ users }}'}\n"
            "    |                       ^^^^^^^^^^^^^\n");
  scope_.set("lines", "a\nb");
  EXPECT_EQ(mistakes("{t.nothing: , as: '{{ lines }}'}"),
            "s.yaml:4:23: error: 'as' takes the name of a user, and this is 'a\\nb'\n"
            "  4 |   - {t.nothing: , as: '{{ lines }}'}\n"
            "    |                       ^^^^^^^^^^^^^\n");
}

TEST_F(Binding_, TellsTheConditionsThatDoNotHold) {
  EXPECT_EQ(line("t.assert: [path == '/from/scope', path == 'x', true]"),
            "that=''\\''path == '\\''\\'\\'''\\''x'\\''\\'\\'''\\'''\\''' given=' that ' content_kind=none; "
            "h_t_assert; run_operation");
  EXPECT_EQ(line("t.assert: '{{ path == 1 }}'"),
            "that=''\\''{{ path == 1 }}'\\''' given=' that ' content_kind=none; h_t_assert; run_operation");
}

TEST_F(Binding_, TellsCallsThatFitNoHelper) {
  EXPECT_EQ(check("t.fil: {}"),
            "s.yaml:4:5: error: there is no helper 't.fil'\n"
            "  4 |   - t.fil: {}\n"
            "    |     ^^^^^\n"
            "hint: did you mean 't.file'?\n");
  EXPECT_EQ(check("t.file: {path: /a, contnet: hello}"),
            "s.yaml:4:24: error: helper 't.file' has no parameter 'contnet'\n"
            "  4 |   - t.file: {path: /a, contnet: hello}\n"
            "    |                        ^^^^^^^\n"
            "hint: did you mean 'content'?\n");
  EXPECT_EQ(check("t.file: {mode: 0644}"),
            "s.yaml:4:5: error: helper 't.file' needs the parameter 'path'\n"
            "  4 |   - t.file: {mode: 0644}\n"
            "    |     ^^^^^^\n"
            "hint: add 'path': Where it must be.\n");
  EXPECT_EQ(check("t.file: /etc/motd"),
            "s.yaml:4:13: error: helper 't.file' takes no value without a name\n"
            "  4 |   - t.file: /etc/motd\n"
            "    |             ^^^^^^^^^\n"
            "hint: name a parameter: path, content, source, template, mode, follow\n");
  EXPECT_EQ(check("t.file: {path: /a, content: x, template: y}"),
            "s.yaml:4:36: error: 'content' and 'template' cannot be given together\n"
            "  4 |   - t.file: {path: /a, content: x, template: y}\n"
            "    |                                    ^^^^^^^^\n"
            "s.yaml:4:24: note: the first one\n"
            "  4 |   - t.file: {path: /a, content: x, template: y}\n"
            "    |                        ^^^^^^^\n"
            "hint: give one of them\n");
}

TEST_F(Binding_, TellsAParameterGivenTwice) {
  auto twice = std::make_shared<Call>(*call("t.list: {words: [a]}"));
  twice->arguments.push_back({.name = "words", .name_span = {}, .value = Computed::constant("b")});
  Diagnostics diagnostics;
  binder_.check(*twice, diagnostics);
  EXPECT_EQ(shown(diagnostics),
            "error: 'words' is given twice\n"
            "s.yaml:4:14: note: first given here\n"
            "  4 |   - t.list: {words: [a]}\n"
            "    |              ^^^^^\n");
}

TEST_F(Binding_, TellsConstantsOfTheWrongType) {
  const auto first_line = [&](const std::string& arguments) {
    const std::string text = check("t.kinds: {" + arguments + "}");
    return text.substr(0, text.find('\n'));
  };
  EXPECT_EQ(check("t.file: {path: /a, mode: rw}"),
            "s.yaml:4:30: error: 'mode' takes permission bits such as 0644, not 'rw'\n"
            "  4 |   - t.file: {path: /a, mode: rw}\n"
            "    |                              ^^\n");
  EXPECT_EQ(first_line("mode: 8"), "s.yaml:4:21: error: 'mode' takes permission bits such as 0644, not '8'");
  EXPECT_EQ(first_line("mode: 12345"), "s.yaml:4:21: error: 'mode' takes permission bits such as 0644, not '12345'");
  EXPECT_EQ(first_line("number: 1.5"), "s.yaml:4:23: error: 'number' takes a whole number, not '1.5'");
  EXPECT_EQ(first_line("yes: yes"), "s.yaml:4:20: error: 'yes' takes true or false, not 'yes'");
  EXPECT_EQ(first_line("age: soon"), "s.yaml:4:20: error: 'age' takes a duration such as 90s or 5m, not 'soon'");
  EXPECT_EQ(first_line("size: big"), "s.yaml:4:21: error: 'size' takes a size such as 512 or 10M, not 'big'");
  EXPECT_EQ(first_line("words: {a: 1}"), "s.yaml:4:22: error: 'words' takes a list of texts, not a mapping");
  EXPECT_EQ(first_line("words: [[a]]"), "s.yaml:4:22: error: 'words' takes a list of texts, not a list in it");
  EXPECT_EQ(first_line("env: [a]"), "s.yaml:4:20: error: 'env' takes a mapping of names to texts, not a list");
  EXPECT_EQ(first_line("env: {A: [a]}"),
            "s.yaml:4:20: error: 'env' takes a mapping of names to texts, not a list as 'A'");
  EXPECT_EQ(first_line("text: [a]"), "s.yaml:4:21: error: 'text' takes a text, not a list");
  EXPECT_EQ(first_line("text: \"a\\0\""), "s.yaml:4:21: error: 'text' holds a NUL byte, which no shell can take");
  EXPECT_EQ(check("t.kinds: {state: presnt}"),
            "s.yaml:4:22: error: 'state' takes one of 'present' and 'absent', not 'presnt'\n"
            "  4 |   - t.kinds: {state: presnt}\n"
            "    |                      ^^^^^^\n"
            "hint: did you mean 'present'?\n");
  EXPECT_EQ(check("t.file: {path: etc/motd}"),
            "s.yaml:4:20: error: 'path' takes an absolute path, not 'etc/motd'\n"
            "  4 |   - t.file: {path: etc/motd}\n"
            "    |                    ^^^^^^^^\n");
}

TEST_F(Binding_, TellsValuesOfTheWrongTypeWhenTheyAreComputed) {
  EXPECT_EQ(mistakes("t.file: {path: '{{ users }}'}"),
            "s.yaml:4:20: error: 'path' takes an absolute path, not a list\n"
            "  4 |   - t.file: {path: '{{ users }}'}\n"
            "    |                    ^^^^^^^^^^^^^\n");
  EXPECT_EQ(mistakes("t.file: {path: '{{ nil }}'}"),
            "s.yaml:4:20: error: helper 't.file' needs the parameter 'path', and this is null\n"
            "  4 |   - t.file: {path: '{{ nil }}'}\n"
            "    |                    ^^^^^^^^^^^\n");
  EXPECT_EQ(mistakes("{t.list: a, for_each: '{{ path }}'}"),
            "s.yaml:4:27: error: 'for_each' takes a list, and this is a string\n"
            "  4 |   - {t.list: a, for_each: '{{ path }}'}\n"
            "    |                           ^^^^^^^^^^^^\n");
}

class StorageBinding : public Binding_ {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "storage-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    write("small", "hi\n");
    write("large", std::string(2000, 'x'));
    write("binary", std::string("a\0b", 3));
    write("greeting.tmpl", "hello {{ path }}\n");
    storage_ = open_directory_storage(folder_);
    scope_.set_storage(storage_.get());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }

  std::filesystem::path folder_;
  std::unique_ptr<Storage> storage_;
};

TEST_F(StorageBinding, TakesSmallContentIntoTheLine) {
  const std::string expected =
      "path='/a' content='' source='small' template='' mode='' follow='false' given=' path source '"
      " content_kind=inline content_text='hi'\"$n_\"''; h_t_file; run_operation";
  EXPECT_EQ(line("t.file: {path: /a, source: small}"), expected);
  EXPECT_THAT(line("t.file: {path: /a, content: \"{{ storage['small'] }}\"}"),
              testing::HasSubstr(" content_kind=inline content_text='hi'\"$n_\"''; "));
  EXPECT_THAT(line("t.file: {path: /a, template: greeting.tmpl}"),
              testing::HasSubstr(" content_kind=inline content_text='hello /from/scope'\"$n_\"''; "));
}

TEST_F(StorageBinding, NamesLargeAndBinaryContentByItsHash) {
  const auto large = bind("t.file: {path: /a, source: large}").operations[0];
  EXPECT_THAT(large->line, testing::HasSubstr(" content_kind=blob content_sha256=" + sha256(std::string(2000, 'x')) +
                                              " content_size=2000; "));
  EXPECT_EQ(large->content->path, folder_ / "large");
  EXPECT_EQ(large->content->read(2000), std::string(2000, 'x'));
  EXPECT_EQ(bind("t.file: {path: /b, source: large}").operations[0]->content, large->content);
  EXPECT_EQ(bind("t.file: {path: /a, source: binary}").operations[0]->content->size, 3U);
  const auto text = bind("t.file: {path: /a, content: " + std::string(1025, 'y') + "}").operations[0];
  EXPECT_EQ(text->content->text, std::string(1025, 'y'));
  EXPECT_EQ(bind("t.file: {path: /a, content: " + std::string(1024, 'y') + "}").operations[0]->content, nullptr);
}

TEST_F(StorageBinding, TellsMissingItemsWithTheNearestName) {
  EXPECT_EQ(mistakes("t.file: {path: /a, source: smal}"),
            "s.yaml:4:32: error: no storage has 'smal'\n"
            "  4 |   - t.file: {path: /a, source: smal}\n"
            "    |                                ^^^^\n"
            "hint: did you mean 'small'?\n");
  scope_.set_storage(nullptr);
  EXPECT_EQ(mistakes("t.file: {path: /a, template: x}"),
            "s.yaml:4:34: error: there is no storage that could hold 'x'\n"
            "  4 |   - t.file: {path: /a, template: x}\n"
            "    |                                  ^\n"
            "hint: name one under 'storage:'\n");
}

TEST_F(Binding_, LooksAtDestinationsOnTheWorkstation) {
  std::string folder = (std::filesystem::temp_directory_path() / "espresso-binding-XXXXXX").string();
  ASSERT_TRUE(mkdtemp(folder.data()));
  scope_.set("folder", folder);
  const std::string item = "t.fetch: {path: /f, to: '{{ folder }}/./x'}";
  const std::string begin = "path='/f' to='" + folder + "/./x' limit='1024' given=' path to ' content_kind=none local_";
  EXPECT_EQ(line(item), begin + "sha256=''; h_t_fetch; run_operation");
  std::ofstream(folder + "/x") << "hello\n";
  EXPECT_EQ(line(item), begin + "sha256='" + sha256("hello\n") + "' local_size=6; h_t_fetch; run_operation");
  const auto destination = bind(item).operations.at(0)->destination;
  ASSERT_TRUE(destination.has_value());
  EXPECT_EQ(destination->path, folder + "/x");
  EXPECT_EQ(destination->limit, 1024U);
  EXPECT_EQ(destination->literal, "");
  EXPECT_EQ(bind("t.fetch: {path: /f, to: 'a/{{ path }}', limit: 7}").operations.at(0)->destination->literal, "a/");
  EXPECT_EQ(bind("t.fetch: {path: /f, to: a/b}").operations.at(0)->destination->path,
            std::filesystem::current_path() / "a/b");
  // What is there may be another file the next time.
  const auto constant = call("t.fetch: {path: /f, to: a/b}");
  EXPECT_NE(binder_.bind(constant, scope_).operations[0], binder_.bind(constant, scope_).operations[0]);
  std::filesystem::remove_all(folder);
}

TEST_F(Binding_, RefusesDestinationsThatAreNoNamesOfFiles) {
  for (const std::string to : {"''", "a/", "/", "..", "a/.", "[a]"})
    EXPECT_THAT(check("t.fetch: {path: /f, to: " + to + "}"),
                testing::HasSubstr("error: 'to' takes the name of a file on the workstation, not "))
        << to;
}

}  // namespace
}  // namespace espresso
