// Files of hosts come to the workstation (fs.fetch), through the whole engine.
#include "run/engine_fixture.h"

#include "core/hash.h"
#include "core/text.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <sys/resource.h>
#include <unistd.h>

namespace espresso {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Fetch : public Engine {
 protected:
  /// A stage of these operations, a line each.
  static std::string stage(const std::vector<std::string>& operations) {
    std::string text = "stages:\n  main:\n    run:\n";
    for (const auto& operation : operations) text += "      - " + operation + "\n";
    return text;
  }
  /// All that is below "here", with what it holds.
  std::vector<std::string> here() const {
    std::vector<std::string> found;
    if (!std::filesystem::exists(scratch / "here")) return found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch / "here")) {
      if (entry.is_directory()) continue;
      const std::string name = entry.path().lexically_relative(scratch / "here");
      found.push_back(name + ": " + read("here/" + name));
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  /// What is wrong with these stages, told before any host is touched.
  std::string mistakes(const std::string& stages) {
    try {
      run(stages, {"main"});
    } catch (const Mistakes& found) {
      EXPECT_TRUE(recorder.events.empty());
      return replace(std::string(found.what()), scratch.string(), "SCRATCH");
    }
    return "none";
  }
  static std::string replace(std::string text, const std::string& what, const std::string& with) {
    for (std::size_t at; (at = text.find(what)) != std::string::npos;) text.replace(at, what.size(), with);
    return text;
  }
  std::string title() const { return "fs.fetch " + (scratch / "f").string(); }
};

TEST_F(Fetch, BringsTheFileOfEachHostOnce) {
  inventory = "all: {hosts: {a: {word: one}, b: {word: two}}}\n";
  const std::string stages =
      stage({"shell.run: {line: \"printf '{{ word }}' >{{ scratch }}/{{ host.name }}\", creates: "
             "\"{{ scratch }}/{{ host.name }}\"}",
             "fs.fetch: {path: \"{{ scratch }}/{{ host.name }}\", to: \"{{ scratch }}/here/{{ "
             "host.name }}/f\"}"});
  EXPECT_EQ(run(stages, {"main"}).hosts.at("a"), Outcome::changed);
  EXPECT_THAT(here(), ElementsAre("a/f: one", "b/f: two"));
  const auto again = run(stages, {"main"});
  EXPECT_EQ(again.hosts.at("a"), Outcome::ok);
  EXPECT_EQ(again.hosts.at("b"), Outcome::ok);
}

TEST_F(Fetch, CheckModeTellsAndWritesNothing) {
  options.check = true;
  write("f", "new\n");
  write("here/f", "longer\n");
  run(stage({"fs.fetch: {path: \"{{ scratch }}/f\", to: \"{{ scratch }}/here/f\"}",
             "fs.fetch: {path: \"{{ scratch }}/f\", to: \"{{ scratch }}/here/g\"}"}),
      {"main"});
  EXPECT_THAT(recorder.results(), ElementsAre("a " + title() + ": would-change", "a " + title() + ": would-change"));
  EXPECT_THAT(here(), ElementsAre("f: longer\n"));
}

TEST_F(Fetch, WhatTwoHostsWouldWriteToOnePlaceIsAMistake) {
  inventory = "all: {hosts: {a: , b: , c: }}\n";
  EXPECT_EQ(mistakes(stage({"fs.fetch: {path: /etc/hostname, to: \"{{ scratch }}/here/f\"}"})),
            "stages.yaml:4:45: error: 'SCRATCH/here/f' would hold both '/etc/hostname' of 'a' and '/etc/hostname' of "
            "'b'\n"
            "  4 |       - fs.fetch: {path: /etc/hostname, to: \"{{ scratch }}/here/f\"}\n"
            "    |                                             ^^^^^^^^^^^^^^^^^^^^^^\n"
            "hint: put {{ host.name }} into it\n");
}

TEST_F(Fetch, WhatTwoFilesWouldWriteToOnePlaceIsAMistake) {
  EXPECT_THAT(mistakes("stages:\n  main:\n    run:\n"
                       "      - fs.fetch: {path: \"{{ item }}\", to: \"{{ scratch }}/x/../here/f\"}\n"
                       "        for_each: [/etc/hostname, /etc/hosts]\n"),
              HasSubstr("error: 'SCRATCH/x/../here/f' would hold both '/etc/hostname' of 'a' and '/etc/hosts' of 'a'"));
}

TEST_F(Fetch, TheSameFileMayBeFetchedTwice) {
  write("f", "one");
  run(stage({"fs.fetch: {path: \"{{ scratch }}/f\", to: \"{{ scratch }}/here/f\"}",
             "fs.fetch: {path: \"{{ scratch }}/f\", to: \"{{ scratch }}/here/f\"}"}),
      {"main"});
  EXPECT_THAT(recorder.results(), ElementsAre("a " + title() + ": changed", "a " + title() + ": ok"));
}

TEST_F(Fetch, WhatIsInTheWayIsAMistake) {
  write("here/f", "x");
  std::filesystem::create_symlink("f", scratch / "here/l");
  EXPECT_THAT(mistakes(stage({"fs.fetch: {path: /etc/hostname, to: \"{{ scratch }}/here\"}"})),
              HasSubstr("error: 'SCRATCH/here' is a directory on the workstation\n"));
  EXPECT_THAT(mistakes(stage({"fs.fetch: {path: /etc/hostname, to: \"{{ scratch }}/here/l\"}"})),
              HasSubstr("error: 'SCRATCH/here/l' is a symbolic link on the workstation, not a file\n"));
  EXPECT_THAT(mistakes(stage({"fs.fetch: {path: /etc/hostname, to: \"{{ scratch }}/here/f/g\"}"})),
              HasSubstr("error: cannot look at 'SCRATCH/here/f/g' on the workstation: Not a directory\n"));
  EXPECT_THAT(mistakes(stage({"fs.fetch: {path: /etc/hostname, to: here/}"})),
              HasSubstr("error: 'to' takes the name of a file on the workstation, not 'here/'\n"));
}

TEST_F(Fetch, NothingFollowsAFileThatHasNotArrived) {
  write("f", "one");
  const auto result = run(
      stage({"fs.fetch: {path: \"{{ scratch }}/f\", to: /proc/nowhere/f}", "fs.ensure_absent: \"{{ scratch }}/f\""}),
      {"main"});
  EXPECT_EQ(result.hosts.at("a"), Outcome::failed);
  EXPECT_EQ(recorder.result(title()).message,
            "cannot make '/proc/nowhere' on the workstation: No such file or directory");
  EXPECT_THAT(recorder.results(), ElementsAre("a " + title() + ": failed"));
  EXPECT_EQ(read("f"), "one");
}

TEST_F(Fetch, WhatFollowsIsRunOnceItHasArrived) {
  write("f", "one");
  write("files/large", std::string(5000, 'x'));
  run(stage({"fs.ensure_file: {path: \"{{ scratch }}/large\", source: large}",
             "fs.fetch: {path: \"{{ scratch }}/large\", to: \"{{ scratch }}/here/large\"}",
             "fs.fetch: {path: \"{{ scratch }}/f\", to: \"{{ scratch }}/here/f\"}",
             "fs.ensure_absent: \"{{ scratch }}/f\""}),
      {"main"});
  EXPECT_THAT(here(), ElementsAre("f: one", "large: " + std::string(5000, 'x')));
  EXPECT_EQ(recorder.results().size(), 4U);
  EXPECT_FALSE(std::filesystem::exists(scratch / "f"));
}

TEST_F(Fetch, WhatHostsAnswerMayNameFilesBelowAFolder) {
  write("f", "one");
  run(stage({"fs.fetch: {path: \"{{ scratch }}/f\", to: \"" + (scratch / "here").string() + "/{{ facts.kernel }}\"}"}),
      {"main"});
  EXPECT_EQ(here().size(), 1U);
}

TEST_F(Fetch, WhatHostsAnswerLeadsNowhereElse) {
  write("f", "evil");
  const std::string register_it =
      "stages:\n  main:\n    run:\n"
      "      - shell.run: \"echo {{ said }}\"\n"
      "        register: answer\n"
      "      - name: fetch\n"
      "        fs.fetch: {path: \"{{ scratch }}/f\", to: \"TO\"}\n";
  const auto result_of = [&](const std::string& said, const std::string& to) {
    inventory = "all: {hosts: {a: {said: \"" + said + "\"}}}\n";
    run(replace(register_it, "TO", to), {"main"});
    const Result& result = recorder.result("fetch");
    return result.message + "; " + result.hint;
  };
  const std::string folder = (scratch / "here").string();
  EXPECT_EQ(result_of("../x", folder + "/{{ answer.stdout }}"),
            "what the host has answered leads to '" + folder + "/../x'; leave out '..'");
  const std::string outside = (scratch / "x").string();
  const std::string hint = "; begin it with the name of a directory, such as fetched/{{ … }}";
  EXPECT_EQ(result_of(outside, "{{ answer.stdout }}"), "what the host has answered leads to '" + outside + "'" + hint);
  EXPECT_EQ(result_of(outside, "/{{ answer.stdout }}"),
            "what the host has answered leads to '/" + outside + "'" + hint);
  EXPECT_EQ(result_of("x", "./{{ answer.stdout }}"), "what the host has answered leads to './x'" + hint);
  EXPECT_FALSE(std::filesystem::exists(scratch / "x"));
}

TEST_F(Fetch, HostsThatAnswerTheSameDoNotOverwriteEachOther) {
  inventory = "all: {hosts: {a: , b: }}\n";
  write("f", "one");
  const auto result = run(
      stage({"fs.fetch: {path: \"{{ scratch }}/f\", to: \"" + (scratch / "here").string() + "/{{ facts.kernel }}\"}"}),
      {"main"});
  EXPECT_NE(result.hosts.at("a"), result.hosts.at("b"));
  EXPECT_THAT(recorder.results(), testing::Contains(HasSubstr(": failed")));
  EXPECT_EQ(here().size(), 1U);
}

TEST_F(Fetch, AFileThatTheUserMayNotReadIsToldSo) {
  write("f", "secret");
  std::filesystem::permissions(scratch, std::filesystem::perms(0755));
  std::filesystem::permissions(scratch / "f", std::filesystem::perms::none);
  const std::string user = getuid() == 0 ? "\n        as: nobody" : "";
  run(stage({"fs.fetch: {path: \"{{ scratch }}/f\", to: \"{{ scratch }}/here/f\"}" + user}), {"main"});
  EXPECT_EQ(recorder.result(title()).message, "cannot read '" + (scratch / "f").string() + "'");
  EXPECT_FALSE(std::filesystem::exists(scratch / "here"));
}

TEST_F(Fetch, WhatIsRegisteredNamesTheFile) {
  write("f", "one");
  run(stage({"fs.fetch: {path: \"{{ scratch }}/f\", to: \"{{ scratch }}/here/f\"}\n        register: fetched",
             "fs.ensure_file: {path: \"{{ scratch }}/g\", content: \"{{ fetched.to }} {{ fetched.size }}\"}"}),
      {"main"});
  EXPECT_EQ(read("g"), (scratch / "here/f").string() + " 3");
}

TEST_F(Fetch, AFailureThatIsIgnoredLetsOthersFollow) {
  write("f", "one");
  const auto result =
      run(stage({"fs.fetch: {path: \"{{ scratch }}/f\", to: /proc/nowhere/f}\n        ignore_errors: true",
                 "fs.fetch: {path: \"{{ scratch }}/f\", to: \"{{ scratch }}/here/f\"}"}),
          {"main"});
  EXPECT_THAT(recorder.results(), ElementsAre("a " + title() + ": failed", "a " + title() + ": changed"));
  EXPECT_THAT(here(), ElementsAre("f: one"));
}

// In KB. AddressSanitizer keeps what was freed: there the bound is larger.
#ifdef __SANITIZE_ADDRESS__
constexpr long most_memory = 512 * 1024;
#else
constexpr long most_memory = 24 * 1024;
#endif

TEST_F(Fetch, FiftyMegabytesTakeLittleMemory) {
  std::string piece(1024 * 1024, '\0');
  for (std::size_t i = 0; i < piece.size(); ++i) piece[i] = static_cast<char>(i * 7 % 251);
  {
    std::ofstream file(scratch / "f", std::ios::binary);
    for (int i = 0; i < 50; ++i) file << piece;
  }
  const auto peak = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const long before = peak();
  const auto result = run(stage({"fs.fetch: {path: \"{{ scratch }}/f\", to: \"{{ scratch }}/here/f\"}"}), {"main"});
  EXPECT_LT(peak() - before, most_memory);
  EXPECT_EQ(result.hosts.at("a"), Outcome::changed);
  EXPECT_EQ(sha256_of_file(scratch / "here/f"), sha256_of_file(scratch / "f"));
}

}  // namespace
}  // namespace espresso
