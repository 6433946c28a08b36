#include "shell_host.h"
#include "shells.h"

#include "core/hash.h"
#include "core/text.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace espresso {
namespace {

// What was looked at beforehand is told from what is there now by changing it behind the runner's back.
const std::vector<std::string> library = {
    wrap_helper("h_mode",
                "check() { mode_is \"$path\" \"$mode\" || differs mode \"$(mode_of \"$path\")\" \"$mode\"; }\n"
                "apply() { set_mode \"$path\" \"$mode\"; }"),
    wrap_helper("h_link", "check() { read_link \"$path\"; differs \"$l_target\"; }\napply() { :; }"),
    wrap_helper("h_file", "check() { content_differs \"$path\" && differs content; }\napply() { :; }"),
    wrap_helper("h_none", "check() { read_stat \"$path\"; differs \"$s_kind\"; }\napply() { :; }"),
    wrap_helper("h_run", "check() { unknown x; }\napply() { :; }"),
    wrap_helper("h_run_unchanged", "check() { unknown x; }\napply() { unchanged; }"),
    wrap_helper("h_ok", "check() { :; }\napply() { :; }"),
};

class LookAhead : public testing::TestWithParam<Shell> {
 protected:
  ShellHost host{GetParam().boot(), library};
  ScratchFolder scratch;

  // Returns once the runner has looked.
  void look(const std::vector<std::string>& paths, const std::vector<LookedInto>& files = {}) {
    host.send(look_request(paths, files));
    host.submit("h_ok; run_operation");
    EXPECT_EQ(host.answer().word, "ok");
  }
  ShellHost::Answer run(const std::string& line, OperationFlags flags = {}) {
    host.submit(line, flags);
    return host.answer();
  }
  std::string mode_line(const std::string& path) { return "path=" + quote(path) + " mode=600; h_mode; run_operation"; }
  void set_mode(const std::string& path, int mode) {
    std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
  }
};

INSTANTIATE_TEST_SUITE_P(Shells, LookAhead, testing::ValuesIn(shells_to_test()),
                         [](const auto& shell) { return shell.param.name; });

TEST_P(LookAhead, ChecksUseWhatWasSeen) {
  const std::string file = scratch / "a file 'with' \"quotes\" * and $(words)";
  write_file(file, "x");
  set_mode(file, 0600);
  look({file, scratch / "missing"});
  set_mode(file, 0644);
  EXPECT_EQ(run(mode_line(file)).word, "ok");
  EXPECT_EQ(run(mode_line(file), {.check = true}).word, "ok");
}

TEST_P(LookAhead, WhatWasSeenIsForgottenOnceAnOperationRan) {
  const std::string file = scratch / "f";
  write_file(file, "x");
  for (const std::string line : {"h_run; run_operation", "h_run_unchanged; run_operation"}) {
    set_mode(file, 0600);
    look({file, file});
    set_mode(file, 0644);
    EXPECT_EQ(run(mode_line(file)).word, "ok") << line;
    run(line);
    EXPECT_EQ(run(mode_line(file)).word, "changed") << line;
    EXPECT_EQ(run(mode_line(file)).word, "ok") << line;
  }
}

TEST_P(LookAhead, LinksAreSeenWhateverTheirTarget) {
  for (const std::string target : {"plain", "with 'quote", "with \"double", "back\\slash", "two\nlines", "a' -> 'b"}) {
    const std::string link = scratch / "link";
    std::filesystem::remove(link);
    std::filesystem::create_symlink(target, link);
    look({link, link});
    const auto answer = run("path=" + quote(link) + "; h_link; run_operation", {.check = true});
    ASSERT_EQ(answer.differs.size(), 1U);
    EXPECT_EQ(answer.differs[0], "before|" + target + "||");
  }
}

TEST_P(LookAhead, OnlyFilesOfTheRightSizeAreHashed) {
  const std::string same = scratch / "same", other = scratch / "other", longer = scratch / "longer";
  write_file(same, "content");
  write_file(other, "cOntent");
  write_file(longer, "content and more");
  look({same, other, longer, scratch / "missing"}, {{same, 7}, {other, 7}, {longer, 7}, {scratch / "missing", 7}});
  const auto line = [&](const std::string& path) {
    return "path=" + quote(path) + " content_kind=blob content_size=7 content_sha256=" + sha256("content") +
           "; h_file; run_operation";
  };
  EXPECT_EQ(run(line(same), {.check = true}).word, "ok");
  EXPECT_EQ(run(line(other), {.check = true}).word, "would-change");
  EXPECT_EQ(run(line(longer), {.check = true}).word, "would-change");
  EXPECT_EQ(run(line(scratch / "missing"), {.check = true}).word, "would-change");
}

TEST_P(LookAhead, PathsThatCannotStandOnALineAreLookedAtByTheirOwnCheck) {
  const std::string file = scratch / "two\nlines", back = scratch / "back\\slash";
  write_file(file, "x");
  write_file(back, "x");
  look({file, back, file});
  for (const auto& path : {file, back})
    EXPECT_EQ(run("path=" + quote(path) + "; h_none; run_operation", {.check = true}).differs,
              std::vector<std::string>{"before|file||"});
}

TEST(LookRequest, NamesPathsAndSizes) {
  EXPECT_EQ(look_request({"/a b", "/c\nd"}, {{"/a b", 12}, {"/e\\f", 3}}), "P\nr_look '/a b'; r_look_into 12 '/a b'\n");
}

}  // namespace
}  // namespace espresso
