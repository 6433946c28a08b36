// multilisten - listen on many loopback addresses and run one command per
// connection with the socket as its standard input and output (as inetd did).
//
//   multilisten NET COUNT PORT COMMAND [ARGUMENT...]
//
// NET is the first half of an address ("127.11"): address i of COUNT is
// NET.X.Y with X = (i-1)/250 and Y = (i-1)%250+1.  With `sshd -i` as the
// command this is one sshd on thousands of addresses, which sshd by itself
// cannot do (it takes 16 listening addresses at most).
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

extern char** environ;

static void die(const char* what) {
  fprintf(stderr, "multilisten: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void reap(int) {
  const int saved = errno;
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  errno = saved;
}

// A function of its own, so that vfork's child touches no variable of main's.
static __attribute__((noinline)) void run(int socket, char** command, const rlimit* files) {
  if (vfork() != 0) return;
  dup2(socket, 0);
  dup2(socket, 1);
  setrlimit(RLIMIT_NOFILE, files);
  execve(command[0], command, environ);
  _exit(127);
}

int main(int argc, char** argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: multilisten NET COUNT PORT COMMAND [ARGUMENT...]\n");
    return 2;
  }
  const std::string net = argv[1];
  const int count = atoi(argv[2]);
  const int port = atoi(argv[3]);
  if (net.rfind("127.", 0) != 0) {
    fprintf(stderr, "multilisten: loopback addresses only\n");
    return 2;
  }
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit old = limit;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);

  const int poll = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < count; ++i) {
    const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s < 0) die("socket");
    const int one = 1;
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(static_cast<uint16_t>(port));
    const std::string text = net + "." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1);
    if (inet_pton(AF_INET, text.c_str(), &a.sin_addr) != 1) die(text.c_str());
    if (bind(s, reinterpret_cast<sockaddr*>(&a), sizeof a) != 0) die(text.c_str());
    if (listen(s, 128) != 0) die("listen");
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.fd = s;
    if (epoll_ctl(poll, EPOLL_CTL_ADD, s, &e) != 0) die("epoll_ctl");
  }
  struct sigaction sa {};
  sa.sa_handler = reap;
  sa.sa_flags = SA_RESTART | SA_NOCLDSTOP;
  sigaction(SIGCHLD, &sa, nullptr);

  epoll_event events[64];
  for (;;) {
    const int n = epoll_wait(poll, events, 64, -1);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) die("epoll_wait");
    for (int k = 0; k < n; ++k) {
      const int c = accept4(events[k].data.fd, nullptr, nullptr, SOCK_CLOEXEC);
      if (c < 0) continue;
      run(c, argv + 4, &old);
      close(c);
    }
  }
}
