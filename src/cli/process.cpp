#include "cli/main.h"
#include "cli/program.h"

#include <algorithm>
#include <csignal>
#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace espresso {

namespace {

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

int main(int argc, char** argv, std::vector<std::shared_ptr<const Stage>> stages) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  Output output{
      .out = std::cout, .err = std::cerr, .is_terminal = isatty(STDOUT_FILENO) == 1, .width = terminal_width()};
  const ExitStatus status = run_program(words, stages, output);
  std::cout.flush();
  return static_cast<int>(status);
}

}  // namespace espresso
