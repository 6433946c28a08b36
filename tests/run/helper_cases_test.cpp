// Every helper does what its cases say: tests/helpers/cases/<helper>/<case>.yaml, found by folder. A case holds
//   doc        what it shows
//   ground     name of a file in tests/helpers/grounds: sh that runs before `before`
//   before     sh that makes the ground, with $scratch, an empty folder of its own, and $port, a free one; $tests is
//              where the tests are
//   storage    sh that fills the storage, in its folder
//   call       as in a stage's `run:`; may use {{ scratch }} and {{ port }}
//   check      result in check mode; by default would-change where `first` is changed, else the same as `first`
//   meanwhile  sh that somebody else runs beside the first run
//   first      result of the first run (changed by default), differs: what its check found; reason: why it failed, with
//              $elapsed for a number of seconds that nobody knows before;
//              values: what it told, as JSON; note; status, output, old (the former content that a diff shows)
//   after      sh that succeeds when all is as it should be
//   second     result of the second run; ok by default
//   finally    sh that ends what `before` has started
// Check mode must leave the scratch folder as it was, and tell the differences that the run then finds; so must a run
// that is ok. Cases of packages and of system, and those named …-as-root, run in a throw-away root, and only as root.
// Those named …-in-one-shell run under dash only: they differ from others in nothing but what a package manager does.
// Those named …-stand-in put commands in place of ones that busybox's shell has built in: they are left out there.
#include "shell_host.h"
#include "shells.h"

#include "core/hash.h"
#include "core/text.h"
#include "helpers/operation.h"
#include "model/call_file.h"
#include "model/storage.h"
#include "model/yaml.h"
#include "run/library.h"
#include "run/reception.h"
#include "run/told_values.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <netinet/in.h>
#include <regex>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace espresso {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t most_content = 64 * 1024 * 1024;
constexpr auto system_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct Case {
  fs::path file;
  Shell shell;
  bool in_own_root = false;
  friend void PrintTo(const Case& one, std::ostream* out) { *out << one.file.string() << " under " << one.shell.name; }
};

bool needs_own_root(const fs::path& file) {
  const std::string helper = file.parent_path().filename();
  const std::string name_space = helper.substr(0, helper.find('.'));
  static const std::vector<std::string> own = {"apk", "debconf", "dpkg", "fstab", "package", "pacman", "rpm", "system"};
  return std::find(own.begin(), own.end(), name_space) != own.end() ||
         file.stem().string().find("-as-root") != std::string::npos;
}

bool in_one_shell(const fs::path& file) { return file.stem().string().ends_with("-in-one-shell"); }

// Package managers that the tree of the test fleet has not got.
bool needs_package_tools(const fs::path& file) {
  const std::string helper = file.parent_path().filename();
  return helper.starts_with("rpm.") || helper.starts_with("pacman.") || helper.starts_with("package.");
}

// Of programs that busybox has not, those of the system are used.
bool needs_more_tools(const fs::path& file) {
  const std::string helper = file.parent_path().filename();
  return helper.starts_with("git.") || helper.starts_with("http.") || helper == "fs.ensure_download" ||
         helper == "fs.ensure_unpacked";
}

// One that nobody listens on.
int free_port() {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool bound = bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(descriptor);
  if (!bound) throw std::runtime_error("no port is free");
  return ntohs(address.sin_port);
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(ESPRESSO_SOURCE_DIR) / "tests/helpers/cases")) {
    if (entry.path().extension() != ".yaml") continue;
    const bool in_own_root = needs_own_root(entry.path());
    if (in_own_root && getuid() != 0) continue;
    for (auto& shell : shells_to_test()) {
      if (in_one_shell(entry.path()) && shell.name != "dash") continue;
      if (shell.name.starts_with("ash") && entry.path().stem().string().ends_with("-stand-in")) continue;
      cases.push_back({.file = entry.path(), .shell = shell, .in_own_root = in_own_root});
    }
  }
  std::sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) {
    return std::tie(a.file, a.shell.name) < std::tie(b.file, b.shell.name);
  });
  return cases;
}

// The tree of the test fleet's hosts; made when it is not there.
const std::string& base_tree() {
  static const std::string path = [] {
    if (const char* named = std::getenv("ESPRESSO_TEST_ROOTFS")) return std::string(named);
    FILE* pipe = popen(ESPRESSO_SOURCE_DIR "/tests/fleet/fleet base-path", "r");
    std::string text(4096, '\0');
    text.resize(pipe ? fread(text.data(), 1, text.size(), pipe) : 0);
    if (pipe) pclose(pipe);
    return std::string(trim(text));
  }();
  return path;
}

// An overlay over the tree whose changes lie in memory, in a mount namespace that ends with the shell.
std::string in_throw_away_root(const Shell& shell, const fs::path& place, bool with_package_tools) {
  const std::string at = quote_for_any_shell(place.string());
  std::string line = "set -e; mount -t tmpfs none " + at + "; cd " + at +
                     "; mkdir up work root"
                     "; mount -t overlay -o lowerdir=" +
                     base_tree() + ",upperdir=" + place.string() + "/up,workdir=" + place.string() +
                     "/work overlay root"
                     "; mount -t proc none root/proc; mount --bind /dev root/dev";
  if (with_package_tools) {
    line +=
        "; mkdir usr usr-work; mount -t overlay -o lowerdir=/usr,upperdir=usr,workdir=usr-work overlay root/usr"
        "; mount -t tmpfs none root/usr/local; mkdir root/usr/local/bin root/usr/local/sbin";
  }
  std::string path = system_path;
  // What stands in for a tool is in /usr/local.
  if (shell.busybox) {
    line += "; mount --bind " + quote_for_any_shell(busybox_tools().string()) + " root/mnt";
    path = "/usr/local/sbin:/usr/local/bin:/mnt:" + path;
  }
  if (shell.command.ends_with("mksh-static"))
    line += "; [ -e root" + shell.command + " ] || cp " + shell.command + " root/bin/";
  line += "; cd root; exec chroot . /bin/sh -c " + quote_for_any_shell(shell.boot(path));
  // Host name and limits of IPC are of its own, too: cases set them.
  return "exec unshare --mount --uts --ipc --pid --fork --kill-child /bin/sh -c " + quote_for_any_shell(line);
}

const std::string& text_of(const Node& node, std::string_view key, const std::string& otherwise) {
  const Node* found = node.find(key);
  return found ? found->text : otherwise;
}

class HelperCase : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const auto source = std::make_shared<Source>(Source{.name = GetParam().file, .text = read_file(GetParam().file)});
    Diagnostics diagnostics;
    root_ = parse_yaml(source, diagnostics);
    const Node* call = root_.find("call");
    ASSERT_TRUE(call) << "a case needs a call";
    call_ = read_call(*call, diagnostics);
    diagnostics.throw_if_any();
    scope_.set("scratch", scratch());
    scope_.set("port", port_);
    std::filesystem::create_directory(folder_ / "storage");
    if (const Node* storage = root_.find("storage")) {
      const std::string line = "cd " + quote_for_any_shell(folder_ / "storage") + " && " + storage->text;
      ASSERT_EQ(run_shell("umask 022; set -e; " + line), 0);
    }
    storage_ = open_directory_storage(folder_ / "storage");
    scope_.set_storage(storage_.get());
    Binder(catalog_, evaluator_).check(*call_, diagnostics);
    diagnostics.throw_if_any();
    bind();
    const Shell& shell = GetParam().shell;
    std::string command;
    if (GetParam().in_own_root) {
      command = in_throw_away_root(shell, folder_.path(), needs_package_tools(GetParam().file));
    } else {
      command = shell.boot(shell.path(needs_more_tools(GetParam().file) ? system_path : ""));
    }
    auto library = library_of({operation_->helper});
    library.push_back(wrap_helper(
        "h_script", "check() { unknown x; }\napply() { cd / && scratch=$place PATH=$system sh -ec \"$script\"; }"));
    host_.emplace(command, library);
    run_script("mkdir -p \"$scratch\"");
  }

  void bind() {
    const Binding binding = Binder(catalog_, evaluator_).bind(call_, scope_);
    ASSERT_EQ(binding.operations.size(), 1U);
    operation_ = binding.operations[0];
  }

  // What the engine does with a file for the workstation.
  void receive(const std::string& bytes) {
    Reception reception(*operation_->destination);
    reception.begin(bytes.size());
    reception.take(bytes);
    reception.end(sha256(bytes));
    EXPECT_EQ(reception.finish(), "");
  }

  void TearDown() override {
    const Node* end = root_.find("finally");
    if (end && host_) run_script(end->text);
  }

  std::string scratch() const { return GetParam().in_own_root ? "/tmp/scratch" : folder_ / "scratch"; }

  std::string run_script(const std::string& script) {
    host_->submit("export scratch port tests; port=" + std::to_string(port_) +
                      " tests=" + quote(ESPRESSO_SOURCE_DIR "/tests") + " place=" + quote(scratch()) +
                      " system=" + system_path + " script=" + quote(script) + "; h_script; run_operation",
                  {.ignore_errors = true});
    const auto answer = host_->answer();
    EXPECT_EQ(answer.word, "changed") << script << answer.output << answer.error_output;
    return answer.output;
  }

  // What lies in the scratch folder, and in a root of its own wherever helpers write.
  std::string fingerprint() {
    const std::string places = GetParam().in_own_root ? " /etc /home /opt /root /srv /usr/local /var/spool" : "";
    return run_script("find \"$scratch\"" + places + " -exec stat -c '%n %F %a %u %g %s %Y' {} + | sort");
  }

  // A temporary file that came and went has changed the time of its directory, and nothing else.
  static std::string without_times_of_directories(const std::string& print) {
    std::string text;
    for (const auto& line : split(print, '\n'))
      text += (line.find(" directory ") == std::string::npos ? line : line.substr(0, line.rfind(' '))) + "\n";
    return text;
  }

  ShellHost::Answer run(OperationFlags flags) {
    flags.ignore_errors = true;
    const auto& tree = operation_->tree;
    std::optional<std::string> manifest;
    if (tree) manifest = tree->manifest()->read(most_content);
    host_->submit(operation_->line, flags, manifest);
    auto answer = host_->answer();
    if (answer.word != "need") return answer;
    host_->send("C\n");
    const auto content = tree ? tree->content_for(answer.wanted.value_or("")) : operation_->content;
    host_->submit(operation_->line, flags, content->read(most_content));
    return host_->answer();
  }

  // What `expected`, a result or a mapping, says about the answer.
  void expect(const Node* expected, const std::string& word, const ShellHost::Answer& answer,
              const std::string& which) {
    const std::string told = answer.reason + "\n" + answer.output + answer.error_output + join(answer.differs, "\n");
    if (!expected || !expected->is_map()) {
      EXPECT_EQ(answer.word, expected ? expected->text : word) << which << ": " << told;
      return;
    }
    EXPECT_EQ(answer.word, text_of(*expected, "result", word)) << which << ": " << told;
    const std::string reason = at_place(text_of(*expected, "reason", answer.reason));
    const bool is_timed = reason.find("$elapsed") != std::string::npos;
    EXPECT_EQ(is_timed ? without_elapsed(answer.reason) : answer.reason, reason) << which;
    EXPECT_EQ(answer.note, at_place(text_of(*expected, "note", answer.note))) << which;
    EXPECT_EQ(answer.output, at_place(text_of(*expected, "output", answer.output))) << which;
    EXPECT_EQ(answer.status, text_of(*expected, "status", answer.status)) << which;
    if (const Node* values = expected->find("values")) {
      EXPECT_EQ(told_values(answer), at_place(values->text)) << which;
    }
    if (const Node* old = expected->find("old")) {
      EXPECT_EQ(answer.old_content, old->text) << which;
    }
    if (const Node* differs = expected->find("differs")) {
      std::vector<std::string> wanted;
      for (const auto& item : differs->items) wanted.push_back("before|" + at_place(item.text));
      EXPECT_EQ(answer.differs, wanted) << which;
    }
  }

  // A wait ends when it ends: how long it took by the clock depends on when it began within its second.
  static std::string without_elapsed(const std::string& text) {
    return std::regex_replace(text, std::regex("after [0-9]+ seconds"), "after $$elapsed seconds");
  }

  static std::string told_values(const ShellHost::Answer& answer) {
    ToldValues told;
    for (const auto& value : answer.values)
      told.take(value.substr(0, value.find('|')), value.substr(value.find('|') + 1));
    return to_json(told.values());
  }

  std::string at_place(std::string text) const {
    for (const auto& [name, value] : {std::pair{"$scratch", scratch()}, std::pair{"$port", std::to_string(port_)}}) {
      const std::size_t length = std::string_view(name).size();
      for (std::size_t at; (at = text.find(name)) != std::string::npos;) text.replace(at, length, value);
    }
    return text;
  }

  ScratchFolder folder_;
  int port_ = free_port();
  Catalog catalog_;
  Evaluator evaluator_;
  Scope scope_;
  Node root_;
  std::unique_ptr<Storage> storage_;
  std::shared_ptr<const Call> call_;
  std::shared_ptr<const Operation> operation_;
  std::optional<ShellHost> host_;
};

TEST_P(HelperCase, Holds) {
  if (const Node* ground = root_.find("ground")) {
    run_script(read_file(fs::path(ESPRESSO_SOURCE_DIR) / "tests/helpers/grounds" / (ground->text + ".sh")));
  }
  if (const Node* before = root_.find("before")) run_script(before->text);
  if (operation_->destination) bind();
  const Node* first = root_.find("first");
  const std::string result = !first ? "changed" : first->is_map() ? text_of(*first, "result", "changed") : first->text;

  const std::string untouched = fingerprint();
  const auto foretold = run({.check = true});
  expect(root_.find("check"), result == "changed" ? "would-change" : result, foretold, "check mode");
  EXPECT_EQ(fingerprint(), untouched) << "check mode has changed something";

  const Node* meanwhile = root_.find("meanwhile");
  if (meanwhile) run_script("(" + meanwhile->text + ") >/dev/null 2>&1 &");
  const auto done = run({.diff = true});
  expect(first, result, done, "first run");
  if (done.file) {
    receive(*done.file);
    bind();
  }
  if (foretold.word == "would-change") {
    auto found = done.differs;
    std::erase_if(found, [](const std::string& one) { return one.starts_with("after|"); });
    EXPECT_EQ(foretold.differs, found) << "check mode has not told what the run found";
  }
  if (result == "ok" && !meanwhile) {
    EXPECT_EQ(without_times_of_directories(fingerprint()), without_times_of_directories(untouched))
        << "the run was ok and has changed something";
  }
  if (const Node* after = root_.find("after")) run_script(after->text);
  if (result == "failed") return;
  const auto second = run({});
  expect(root_.find("second"), "ok", second, "second run");
  if (!root_.find("second")) {
    EXPECT_EQ(second.differs, std::vector<std::string>());
  }
}

INSTANTIATE_TEST_SUITE_P(, HelperCase, testing::ValuesIn(all_cases()), [](const auto& one) {
  std::string name = one.param.file.parent_path().filename().string() + "_" + one.param.file.stem().string() +
                     "_under_" + one.param.shell.name;
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
});

}  // namespace
}  // namespace espresso
