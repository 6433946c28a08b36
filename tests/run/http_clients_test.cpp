// What the part `http` says: with GNU's wget or busybox's, where there is no curl, downloads and requests work, and
// secrets do not stand in arguments.
#include "shell_host.h"
#include "shells.h"

#include "core/diagnostic.h"
#include "core/text.h"
#include "helpers/operation.h"
#include "model/call_file.h"
#include "model/yaml.h"
#include "run/library.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace espresso {
namespace {

namespace fs = std::filesystem;

struct Client {
  std::string name;
  std::string program;  ///< what `wget` is
  Shell shell;
  friend void PrintTo(const Client& client, std::ostream* out) { *out << client.name; }
};

std::vector<Client> clients() {
  std::vector<Client> found;
  for (const auto& shell : shells_to_test()) {
    // Busybox's shell has a wget of its own, which it prefers.
    if (!shell.name.starts_with("ash") && shell.busybox)
      found.push_back({.name = "wget_under_" + shell.name, .program = "/usr/bin/wget", .shell = shell});
    if (shell.busybox)
      found.push_back({.name = "busybox_under_" + shell.name, .program = "/bin/busybox", .shell = shell});
  }
  return found;
}

class HttpClient : public testing::TestWithParam<Client> {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "www");
    fs::create_directory(folder_ / "bin");
    write_file(folder_ / "www/f", "hello\n");
    const std::string start = "cd " + quote_for_any_shell(folder_.path().string()) +
                              " && { /usr/bin/python3 " ESPRESSO_SOURCE_DIR
                              "/tests/helpers/http_server.py 0 www ../pid >/dev/null 2>&1 & } && until [ -s pid ]; do "
                              "sleep 0.1; done";
    ASSERT_EQ(run_shell(start), 0);
    // All tools but those that fetch, and a wget that notes its arguments.
    const std::string tools = "cd " + quote_for_any_shell(folder_ / "bin") +
                              " && for tool in $(/bin/busybox --list); do ln -s /bin/busybox \"$tool\"; done; rm wget";
    ASSERT_EQ(run_shell(tools), 0);
    const std::string program = GetParam().program;
    write_file(folder_ / "bin/wget", "#!/bin/sh\necho \"$*\" >>" + quote(folder_ / "arguments") + "\nexec " + program +
                                         (program == "/bin/busybox" ? " wget" : "") + " \"$@\"\n");
    fs::permissions(folder_ / "bin/wget", fs::perms(0755));
    port_ = std::string(trim(read_file(folder_ / "port")));
  }

  void TearDown() override { run_shell("kill " + read_file(folder_ / "pid")); }

  ShellHost::Answer run(const std::string& call_text) {
    Diagnostics diagnostics;
    const auto source = std::make_shared<Source>(Source{.name = "call.yaml", .text = call_text});
    const auto call = read_call(parse_yaml(source, diagnostics), diagnostics);
    diagnostics.throw_if_any();
    const auto operation = Binder(catalog_, evaluator_).bind(call, Scope()).operations.at(0);
    ShellHost host(GetParam().shell.boot(folder_ / "bin"), library_of({operation->helper}));
    host.submit(operation->line);
    return host.answer();
  }

  std::string arguments() const { return read_file(folder_ / "arguments"); }
  bool is_gnu() const { return GetParam().program == "/usr/bin/wget"; }

  ScratchFolder folder_;
  std::string port_;
  Catalog catalog_;
  Evaluator evaluator_;
};

constexpr auto hello_sha256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

TEST_P(HttpClient, DownloadsWhatHasTheHash) {
  const auto answer = run("fs.ensure_download: {url: 'http://127.0.0.1:" + port_ + "/f', path: " + (folder_ / "new") +
                          ", sha256: " + hello_sha256 + "}");
  EXPECT_EQ(answer.word, "changed") << answer.reason << answer.error_output;
  EXPECT_EQ(read_file(folder_ / "new"), "hello\n");
}

TEST_P(HttpClient, AsksWhetherItHasChanged) {
  const std::string call =
      "fs.ensure_download: {url: 'http://127.0.0.1:" + port_ + "/f', path: " + (folder_ / "new") + "}";
  const auto answer = run(call);
  EXPECT_EQ(answer.word, "changed") << answer.reason << answer.error_output;
  EXPECT_EQ(read_file(folder_ / "new"), "hello\n");
  EXPECT_EQ(run(call).word, "ok");
}

TEST_P(HttpClient, TellsStatusAndBody) {
  const auto answer = run("http.request: 'http://127.0.0.1:" + port_ + "/f'");
  EXPECT_EQ(answer.word, "ok") << answer.reason << answer.error_output;
  EXPECT_EQ(answer.values, (std::vector<std::string>{"status|#200", "body|=hello\n"}));
}

TEST_P(HttpClient, KeepsHeadersOutOfArguments) {
  const auto answer = run("http.request: {url: 'http://127.0.0.1:" + port_ + "/echo', headers: {X-Key: s3cret}}");
  if (is_gnu()) {
    EXPECT_EQ(answer.word, "ok") << answer.reason << answer.error_output;
    EXPECT_EQ(answer.values, (std::vector<std::string>{"status|#200", "body|=GET s3cret \n"}));
    EXPECT_EQ(arguments().find("s3cret"), std::string::npos) << arguments();
  } else {
    EXPECT_EQ(answer.word, "failed");
    EXPECT_EQ(answer.reason, "headers need the command 'curl' or GNU wget on the host");
  }
}

TEST_P(HttpClient, KeepsPasswordsInUrlsOutOfArguments) {
  const auto answer =
      run("fs.ensure_download: {url: 'http://me:s3cret@127.0.0.1:" + port_ + "/f', path: " + (folder_ / "new") + "}");
  if (is_gnu()) {
    EXPECT_EQ(answer.word, "changed") << answer.reason << answer.error_output;
    EXPECT_EQ(arguments().find("s3cret"), std::string::npos) << arguments();
  } else {
    EXPECT_EQ(answer.word, "failed");
    EXPECT_EQ(answer.reason, "a password in the URL needs the command 'curl' or GNU wget on the host");
  }
}

INSTANTIATE_TEST_SUITE_P(, HttpClient, testing::ValuesIn(clients()), [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace espresso
