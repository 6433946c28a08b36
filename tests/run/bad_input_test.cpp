// What helpers that write do where they cannot, or where names and content are awkward: a clear message, the former
// content intact, and no file left behind. Each row runs once, through the real runner, with busybox's tools: where
// they fall short, such as an awk that keeps silent on a full disk, is where helpers must look themselves.
#include "shell_host.h"
#include "shells.h"

#include "core/text.h"
#include "helpers/operation.h"
#include "model/call_file.h"
#include "model/storage.h"
#include "model/yaml.h"
#include "run/library.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <unistd.h>

namespace espresso {
namespace {

// What helpers of files use; copying all that busybox has would take its time.
constexpr auto some_tools =
    "awk cat chmod chown cmp cut dd find grep head id ln mkdir mktemp mv od readlink rm sed sha256sum sort stat "
    "sync tar"
    " tr wc xargs";

// The grounds: sh that runs in an empty folder, in a mount namespace of its own when root runs it.
const std::map<std::string, std::string> grounds = {
    {"file", "mkdir d; echo old >d/f"},
    {"read-only", "mkdir d; mount -t tmpfs none d; echo old >d/f; mkdir d/t; ln -s x d/l; mount -o remount,ro none d"},
    {"full",
     "mkdir d; mount -t tmpfs -o size=64k,mode=755 none d; echo old >d/f; mkdir d/t; ! dd if=/dev/zero of=d/fill "
     "2>/dev/null"},
    {"full of files",
     "mkdir d; mount -t tmpfs -o nr_inodes=8 none d; echo old >d/f; mkdir d/t; i=0; while true >d/$i; do i=$((i+1)); "
     "done 2>/dev/null"},
    {"immutable", "mkdir d; echo old >d/f; mount --bind d/f d/f; mount -o remount,bind,ro d/f d/f"},
    {"link", "mkdir d; echo old >real; ln -s ../real d/f"},
    {"directory", "mkdir -p d/f; echo old >d/f/within"},
    {"NULs", "mkdir d; printf 'old\\0\\n' >d/f"},
    {"CRLF", "mkdir d; printf '[s]\\r\\nold\\r\\n' >d/f"},
    {"no final newline", "mkdir d; printf '[s]\\nold' >d/f"},
    {"no bytes", "mkdir d; : >d/f"},
    {"no awk", "mkdir -p d/t; echo old >d/f; rm tools/awk"},
    {"no cmp", "mkdir -p d/t; echo old >d/f; rm tools/cmp"},
    {"no sed", "mkdir -p d/t; echo old >d/f; rm tools/sed"},
    {"no mktemp", "mkdir -p d/t; echo old >d/f; rm tools/mktemp"},
    {"no stat", "mkdir -p d/t; echo old >d/f; rm tools/stat"},
    {"no tar", "mkdir -p d/t; rm tools/tar"},
};

const std::map<std::string, std::string> calls = {
    {"file", "{fs.ensure_file: {path: '{{ f }}', content: new}}"},
    {"large file", "{fs.ensure_file: {path: '{{ f }}', source: large}}"},
    {"mode of a file", "{fs.ensure_file: {path: '{{ f }}', mode: 0600}}"},
    {"directory", "{fs.ensure_directory: {path: '{{ at }}/d/new'}}"},
    {"directory there", "{fs.ensure_directory: {path: '{{ f }}'}}"},
    {"tree", "{fs.ensure_tree: {path: '{{ at }}/d/t', source: tree}}"},
    {"tree there", "{fs.ensure_tree: {path: '{{ f }}', source: tree}}"},
    {"symlink", "{fs.ensure_symlink: {path: '{{ at }}/d/l', target: other}}"},
    {"symlink there", "{fs.ensure_symlink: {path: '{{ f }}', target: other}}"},
    {"line", "{fs.ensure_line: {path: '{{ f }}', line: new}}"},
    {"block", "{fs.ensure_block: {path: '{{ f }}', block: new}}"},
    {"replace", "{fs.replace: {path: '{{ f }}', regex: old, with: new}}"},
    {"ini", "{fs.ensure_ini: {path: '{{ f }}', section: s, option: a, value: b}}"},
    {"mode", "{fs.ensure_mode: {path: '{{ f }}', mode: 0600}}"},
    {"absent", "{fs.ensure_absent: '{{ f }}'}"},
    {"unpacked", "{fs.ensure_unpacked: {path: '{{ at }}/d/t', source: archive.tar}}"},
    {"unpacked there", "{fs.ensure_unpacked: {path: '{{ f }}', source: archive.tar}}"},
};

struct Row {
  std::string ground, call, reason;
  friend void PrintTo(const Row& row, std::ostream* out) { *out << row.ground << ": " << row.call; }
};

std::string test_name(const testing::TestParamInfo<Row>& one) {
  std::string name = one.param.ground + "_" + one.param.call;
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

class BadInput : public testing::Test {
 protected:
  // The shell finds no other tools than busybox's.
  void begin(const std::string& ground) {
    const std::string storage = folder_ / "storage";
    ASSERT_EQ(run_shell("mkdir -p " + quote_for_any_shell(storage) + "/tree && cd " + quote_for_any_shell(storage) +
                        " && echo a >tree/a && echo b >tree/b && tar cf archive.tar -C tree a b"
                        " && head -c 300000 /dev/zero >large && cp large tree"),
              0);
    storage_ = open_directory_storage(storage);
    scope_.set_storage(storage_.get());
    scope_.set("at", at_);
    scope_.set("f", file_);
    std::string line = "set -e; mkdir -p " + quote_for_any_shell(at_) + "; cd " + quote_for_any_shell(at_) + "; ";
    std::string tools = busybox_tools();
    if (ground.find("tools/") != std::string::npos) {
      line += "mkdir tools; (cd " + quote_for_any_shell(tools) + "; cp -a " + some_tools + " \"$OLDPWD/tools\"); ";
      tools = at_ + "/tools";
    }
    line +=
        ground + "\nexec /bin/sh -c " + quote_for_any_shell(Shell{.name = "dash", .command = "/bin/dash"}.boot(tools));
    const std::string mounts = ground.find("mount ") == std::string::npos ? "" : "unshare --mount ";
    host_.emplace("exec " + mounts + "/bin/sh -c " + quote_for_any_shell(line), library());
  }

  std::vector<std::string> library() const {
    std::vector<std::shared_ptr<const Helper>> helpers;
    for (const auto& helper : catalog_.all()) {
      if (helper->name.starts_with("fs.")) helpers.push_back(helper);
    }
    auto library = library_of(helpers);
    library.push_back(wrap_helper(
        "h_script", "check() { unknown x; }\napply() { cd -- \"$at\" && PATH=/usr/bin:/bin sh -ec \"$script\"; }"));
    return library;
  }

  std::shared_ptr<const Operation> operation_of(const std::string& call_text) {
    const auto source = std::make_shared<Source>(Source{.name = "call.yaml", .text = call_text});
    Diagnostics diagnostics;
    const Node root = parse_yaml(source, diagnostics);
    const auto call = read_call(root, diagnostics);
    Binder binder(catalog_, evaluator_);
    binder.check(*call, diagnostics);
    diagnostics.throw_if_any();
    return binder.bind(call, scope_).operations.at(0);
  }

  ShellHost::Answer run(const std::string& call_text, OperationFlags flags = {}) {
    flags.ignore_errors = true;
    const auto operation = operation_of(call_text);
    std::optional<std::string> manifest;
    if (operation->tree) manifest = operation->tree->manifest()->read(1 << 20);
    host_->submit(operation->line, flags, manifest);
    auto answer = host_->answer();
    if (answer.word != "need") return answer;
    host_->send("C\n");
    const auto content =
        operation->tree ? operation->tree->content_for(answer.wanted.value_or("")) : operation->content;
    host_->submit(operation->line, flags, content->read(1 << 23));
    return host_->answer();
  }

  std::string run_script(const std::string& script) {
    host_->submit("at=" + quote(at_) + " script=" + quote(script) + "; h_script; run_operation",
                  {.ignore_errors = true});
    const auto answer = host_->answer();
    EXPECT_EQ(answer.word, "changed") << script << answer.output << answer.error_output;
    return answer.output;
  }

  // All names, kinds, modes and contents.
  std::string fingerprint() {
    return run_script(
        "find . -path ./tools -prune -o -exec stat -c '%N %F %a %u %g %s' {} + | sort;"
        "find . -path ./tools -prune -o -type f -exec sha256sum {} + | sort");
  }

  std::string expected(std::string text) const {
    for (std::size_t at; (at = text.find("$at")) != std::string::npos;) text.replace(at, 3, at_);
    return text;
  }

  ScratchFolder folder_;
  std::string at_ = folder_ / "at";
  std::string file_ = at_ + "/d/f";
  Catalog catalog_;
  Evaluator evaluator_;
  Scope scope_;
  std::unique_ptr<Storage> storage_;
  std::optional<ShellHost> host_;
};

class WhereItCannotWrite : public BadInput, public testing::WithParamInterface<Row> {};

TEST_P(WhereItCannotWrite, SaysSoAndLeavesAllAsItWas) {
  begin(grounds.at(GetParam().ground));
  const std::string untouched = fingerprint();
  const auto answer = run(calls.at(GetParam().call));
  EXPECT_EQ(answer.word, "failed") << answer.output << answer.error_output;
  EXPECT_EQ(answer.reason, expected(GetParam().reason)) << answer.error_output;
  EXPECT_EQ(fingerprint(), untouched);
}

const std::vector<Row> rows = {
    {"read-only", "file", "cannot make a file in '$at/d'"},
    {"read-only", "large file", "cannot make a file in '$at/d'"},
    {"read-only", "line", "cannot make a file in '$at/d'"},
    {"read-only", "block", "cannot make a file in '$at/d'"},
    {"read-only", "replace", "cannot make a file in '$at/d'"},
    {"read-only", "ini", "cannot make a file in '$at/d'"},
    {"read-only", "symlink", "cannot make a file in '$at/d'"},
    {"read-only", "mode of a file", "cannot set the mode of '$at/d/f'"},
    {"read-only", "mode", "cannot set the mode of '$at/d/f'"},
    {"read-only", "directory", "cannot make the directory '$at/d/new'"},
    {"read-only", "tree", "cannot make a directory in '$at/d/t'"},
    {"read-only", "absent", "cannot remove '$at/d/f'"},
    {"read-only", "unpacked", "cannot make a file in '$at/d/t'"},
    {"full", "file", "cannot write '$at/d/f'"},
    {"full", "large file", "cannot write '$at/d/f'"},
    {"full", "line", "cannot write all of '$at/d/f'"},
    {"full", "block", "cannot write all of '$at/d/f'"},
    {"full", "replace", "cannot write all of '$at/d/f'"},
    {"full", "ini", "cannot write all of '$at/d/f'"},
    {"full", "tree", "cannot unpack what was sent below '$at/d/t'"},
    {"full", "unpacked", "cannot write 'the archive'"},
    {"full of files", "file", "cannot make a file in '$at/d'"},
    {"full of files", "line", "cannot make a file in '$at/d'"},
    {"full of files", "symlink", "cannot make a file in '$at/d'"},
    {"full of files", "directory", "cannot make the directory '$at/d/new'"},
    {"full of files", "tree", "cannot make a directory in '$at/d/t'"},
    {"full of files", "unpacked", "cannot make a file in '$at/d/t'"},
    {"immutable", "file", "cannot put '$at/d/f' in place"},
    {"immutable", "line", "cannot put '$at/d/f' in place"},
    {"immutable", "block", "cannot put '$at/d/f' in place"},
    {"immutable", "replace", "cannot put '$at/d/f' in place"},
    {"immutable", "ini", "cannot put '$at/d/f' in place"},
    {"immutable", "mode of a file", "cannot set the mode of '$at/d/f'"},
    {"immutable", "mode", "cannot set the mode of '$at/d/f'"},
    {"immutable", "absent", "cannot remove '$at/d/f'"},
    {"link", "file", "'$at/d/f' is a symbolic link (follow: true looks after the file it leads to)"},
    {"link", "line", "'$at/d/f' is a symbolic link (follow: true looks after the file it leads to)"},
    {"link", "block", "'$at/d/f' is a symbolic link (follow: true looks after the file it leads to)"},
    {"link", "replace", "'$at/d/f' is a symbolic link (follow: true looks after the file it leads to)"},
    {"link", "ini", "'$at/d/f' is a symbolic link (follow: true looks after the file it leads to)"},
    {"link", "mode", "'$at/d/f' is a symbolic link"},
    {"link", "directory there", "'$at/d/f' is a symbolic link, not a directory"},
    {"link", "tree there", "'$at/d/f' is a symbolic link, not a directory"},
    {"link", "unpacked there", "'$at/d/f' is a symbolic link, not a directory"},
    {"directory", "file", "'$at/d/f' is a directory, not a file"},
    {"directory", "line", "'$at/d/f' is a directory, not a file"},
    {"directory", "block", "'$at/d/f' is a directory, not a file"},
    {"directory", "replace", "'$at/d/f' is a directory, not a file"},
    {"directory", "ini", "'$at/d/f' is a directory, not a file"},
    {"directory", "absent", "cannot remove the directory '$at/d/f' (recursive: true removes what it holds)"},
    {"directory", "symlink there", "'$at/d/f' is a directory, not a symbolic link (force: true replaces it)"},
    {"file", "symlink there", "'$at/d/f' is a file, not a symbolic link (force: true replaces it)"},
    {"file", "directory there", "'$at/d/f' is a file, not a directory"},
    {"file", "tree there", "'$at/d/f' is a file, not a directory"},
    {"file", "unpacked there", "'$at/d/f' is a file, not a directory"},
    {"NULs", "line", "'$at/d/f' holds NUL bytes: it is no text"},
    {"NULs", "block", "'$at/d/f' holds NUL bytes: it is no text"},
    {"NULs", "replace", "'$at/d/f' holds NUL bytes: it is no text"},
    {"NULs", "ini", "'$at/d/f' holds NUL bytes: it is no text"},
    {"no awk", "line", "the host has no command 'awk'"},
    {"no awk", "block", "the host has no command 'awk'"},
    {"no awk", "replace", "the host has no command 'awk'"},
    {"no awk", "ini", "the host has no command 'awk'"},
    {"no cmp", "line", "the host has no command 'cmp'"},
    {"no sed", "replace", "the host has no command 'sed'"},
    {"no mktemp", "file", "cannot make a file in '$at/d'"},
    {"no mktemp", "line", "cannot make a file in '$at/d'"},
    {"no mktemp", "symlink", "cannot make a file in '$at/d'"},
    {"no mktemp", "tree", "cannot make a directory in '$at/d/t'"},
    {"no stat", "file", "cannot look at '$at/d/f'"},
    {"no stat", "mode", "cannot look at '$at/d/f'"},
    {"no tar", "tree", "the host has no command 'tar'"},
    {"no tar", "unpacked", "the host has no command 'tar'"},
};

std::vector<Row> rows_for_this_user() {
  std::vector<Row> chosen;
  for (const auto& row : rows) {
    const bool mounts = grounds.at(row.ground).find("mount ") != std::string::npos;
    if (!mounts || getuid() == 0) chosen.push_back(row);
  }
  return chosen;
}

INSTANTIATE_TEST_SUITE_P(, WhereItCannotWrite, testing::ValuesIn(rows_for_this_user()), test_name);

class AwkwardNames : public BadInput, public testing::WithParamInterface<std::string> {};

TEST_P(AwkwardNames, AreNamesLikeOthers) {
  at_ = folder_ / "-a 'b' \"c\"\\n\n$HOME `id` *\t\xc3\xa9";
  file_ = at_ + "/d/-f '\"\\ \n;é";
  begin("mkdir -p d/t; echo old >" + quote_for_any_shell(file_));
  const auto foretold = run(calls.at(GetParam()), {.check = true});
  EXPECT_EQ(foretold.word, "would-change") << foretold.reason << foretold.error_output;
  const auto done = run(calls.at(GetParam()));
  EXPECT_EQ(done.word, "changed") << done.reason << done.error_output;
  const auto again = run(calls.at(GetParam()));
  EXPECT_EQ(again.word, "ok") << again.reason << join(again.differs, ", ") << again.error_output;
  EXPECT_EQ(run_script("find . -name '.espresso-*' ! -name .espresso-unpacked"), "");
}

INSTANTIATE_TEST_SUITE_P(, AwkwardNames,
                         testing::Values("file", "large file", "mode of a file", "directory", "tree", "symlink", "line",
                                         "block", "replace", "ini", "mode", "absent", "unpacked"),
                         [](const auto& one) {
                           std::string name = one.param;
                           for (char& c : name) c = c == ' ' ? '_' : c;
                           return name;
                         });

// A connection that is lost while content travels takes nothing away and leaves no half of a file.
TEST_F(BadInput, ContentThatIsCutShortChangesNothing) {
  const std::string ground = "mkdir -p d; rm -rf d/t; cp -a ../storage/tree d/t";
  begin(ground);
  const std::string line = operation_of("{fs.ensure_tree: {path: '{{ at }}/d/t', source: tree, delete: true}}")->line;
  const std::string manifest = Tree(folder_ / "storage/tree", {}).manifest()->read(1 << 20);
  ASSERT_GT(manifest.size(), 200U);
  for (std::size_t arrives = 0; arrives < manifest.size(); arrives += 13) {
    begin(ground);
    host_->send(operation_request(0, {.line = line, .content_size = manifest.size(), .key = "key"}));
    host_->send(manifest.substr(0, arrives));
    EXPECT_EQ(host_->finish(), 0);
    EXPECT_EQ(
        run_shell("diff -r " + quote_for_any_shell(folder_ / "storage/tree") + " " + quote_for_any_shell(at_ + "/d/t")),
        0)
        << arrives;
  }
}

// Of text: ground, call, and what the file then holds.
class AwkwardText : public BadInput, public testing::WithParamInterface<Row> {};

TEST_P(AwkwardText, KeepsItsEndings) {
  begin(grounds.at(GetParam().ground));
  const auto done = run(calls.at(GetParam().call));
  EXPECT_EQ(done.word, "changed") << done.reason << done.error_output;
  EXPECT_EQ(run_script("cat d/f"), GetParam().reason);
  const auto again = run(calls.at(GetParam().call));
  EXPECT_EQ(again.word, "ok") << join(again.differs, ", ");
}

const std::vector<Row> texts = {
    {"CRLF", "line", "[s]\r\nold\r\nnew\r\n"},
    {"CRLF", "block", "[s]\r\nold\r\n# BEGIN espresso\r\nnew\r\n# END espresso\r\n"},
    {"CRLF", "replace", "[s]\r\nnew\r\n"},
    {"CRLF", "ini", "[s]\r\nold\r\na = b\r\n"},
    {"CRLF", "file", "new"},
    {"no final newline", "line", "[s]\nold\nnew\n"},
    {"no final newline", "block", "[s]\nold\n# BEGIN espresso\nnew\n# END espresso\n"},
    {"no final newline", "replace", "[s]\nnew"},
    {"no final newline", "ini", "[s]\nold\na = b\n"},
    {"no bytes", "line", "new\n"},
    {"no bytes", "block", "# BEGIN espresso\nnew\n# END espresso\n"},
    {"no bytes", "ini", "[s]\na = b\n"},
    {"no bytes", "file", "new"},
    {"NULs", "file", "new"},
};

INSTANTIATE_TEST_SUITE_P(, AwkwardText, testing::ValuesIn(texts), test_name);

}  // namespace
}  // namespace espresso
