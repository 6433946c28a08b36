// measure - runs a command and tells what it and everything it started cost.
//
//   measure [--limit SECONDS] OUTPUT LABEL COMMAND...
//
// Adds a line to the file OUTPUT: LABEL wall_s cpu_s peak_MB processes exit_status, separated by tabs. Processes that
// leave the tree (ssh's masters, daemons) become ours and are counted; what is left at the end is killed. The peak is
// the highest sum of resident sizes, looked at every 5 ms: pages that processes share count once for each. Past the
// limit everything is killed: exit status 124.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double seconds(Clock::duration d) { return std::chrono::duration<double>(d).count(); }
double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; }

// The processes below `pid`, depth first. A process that goes away meanwhile is passed over.
void collect(pid_t pid, std::vector<pid_t>& found) {
  const std::string number = std::to_string(pid);
  std::ifstream children("/proc/" + number + "/task/" + number + "/children");
  for (pid_t child = 0; children >> child;) {
    found.push_back(child);
    collect(child, found);
  }
}

std::vector<pid_t> descendants() {
  std::vector<pid_t> found;
  collect(getpid(), found);
  return found;
}

double resident_megabytes(const std::vector<pid_t>& processes) {
  static const double page = static_cast<double>(sysconf(_SC_PAGESIZE)) / 1048576.0;
  double sum = 0;
  for (const pid_t process : processes) {
    std::ifstream statm("/proc/" + std::to_string(process) + "/statm");
    double size = 0;
    double resident = 0;
    if (statm >> size >> resident) sum += resident * page;
  }
  return sum;
}

void end_all() {
  for (;;) {
    const std::vector<pid_t> left = descendants();
    for (const pid_t process : left) kill(process, SIGKILL);
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    if (left.empty()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

pid_t start(char** command) {
  const pid_t child = fork();
  if (child != 0) return child;
  execvp(command[0], command);
  std::perror(command[0]);
  _exit(127);
}

}  // namespace

int main(int argc, char** argv) {
  double limit = 1e9;
  int at = 1;
  if (at + 1 < argc && std::string(argv[at]) == "--limit") {
    limit = std::atof(argv[at + 1]);
    at += 2;
  }
  if (argc - at < 3) {
    std::fprintf(stderr, "usage: measure [--limit SECONDS] OUTPUT LABEL COMMAND...\n");
    return 2;
  }
  const std::string output = argv[at];
  const std::string label = argv[at + 1];
  prctl(PR_SET_CHILD_SUBREAPER, 1);

  const auto began = Clock::now();
  const pid_t child = start(argv + at + 2);
  double peak = 0;
  std::size_t most = 1;
  int exit_status = -1;
  while (exit_status < 0) {
    int status = 0;
    for (pid_t done = 0; (done = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (done == child) exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (exit_status >= 0) break;
    if (seconds(Clock::now() - began) > limit) {
      exit_status = 124;
      break;
    }
    const std::vector<pid_t> processes = descendants();
    peak = std::max(peak, resident_megabytes(processes));
    most = std::max(most, processes.size());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const double wall = seconds(Clock::now() - began);
  end_all();

  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  // One process that came and went between two looks.
  peak = std::max(peak, static_cast<double>(usage.ru_maxrss) / 1024.0);
  std::ofstream(output, std::ios::app) << label << '\t' << wall << '\t'
                                       << seconds(usage.ru_utime) + seconds(usage.ru_stime) << '\t' << peak << '\t'
                                       << most << '\t' << exit_status << '\n';
  return exit_status;
}
