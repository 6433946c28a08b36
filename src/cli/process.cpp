#include "cli/main.h"
#include "cli/program.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace espresso {

namespace {

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

// The log is for whoever debugs Espresso: -vv tells what it does, -vvv everything.
void set_up_log(const std::vector<std::string>& words) {
  long count = 0;
  for (const auto& word : words) {
    if (word == "--") break;
    if (word == "--verbose") ++count;
    if (word.size() > 1 && word.find_first_not_of('v', 1) == std::string::npos && word[0] == '-')
      count += static_cast<long>(word.size()) - 1;
  }
  spdlog::set_default_logger(spdlog::stderr_logger_st("espresso"));
  spdlog::set_level(count > 2 ? spdlog::level::trace : count > 1 ? spdlog::level::debug : spdlog::level::warn);
}

}  // namespace

int main(int argc, char** argv, std::vector<std::shared_ptr<const Stage>> stages) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  set_up_log(words);
  Output output{
      .out = std::cout, .err = std::cerr, .is_terminal = isatty(STDOUT_FILENO) == 1, .width = terminal_width()};
  const ExitStatus status = run_program(words, stages, output);
  std::cout.flush();
  return static_cast<int>(status);
}

}  // namespace espresso
