// ringside-floor: the least that any server could do. It accepts WebSockets and writes frames that
// are ready-made but for their stamps: no parsing, no queue, no epoll, one blocking send() for each
// socket in turn. What it costs is what the kernel costs.
//
// Driven by the generator over a connection of the same port:
//   POST /run?frames=F&flush_ms=T&rate=R  then totals of 8 bytes: so many events may have been sent
//   since then; the total UINT64_MAX ends the stretch and is answered with the number sent.
// rate=0: groups of F frames as fast as totals allow. rate>0: one event at each tick of its own
// clock, sent at once, or gathered until T milliseconds are over.
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/src/handshake.hpp"
#include "bench/src/mark.hpp"
#include "bench/src/net.hpp"
#include "bench/src/ws_frame.hpp"

namespace ringside::bench {
namespace {

struct Run {
  unsigned frames = 1;
  unsigned flush_ms = 0;
  unsigned rate = 0;
};

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

Fd listen_on(std::uint16_t port) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int one = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 ||
      listen(fd.get(), 4096) != 0) {
    die("listen");
  }
  return fd;
}

// Reads one request head. The generator waits for its answer, so nothing follows it yet, or it is
// a /run, whose head is read byte by byte because totals may follow.
std::string read_head(int fd) {
  std::string head;
  char c = 0;
  while (!head.ends_with("\r\n\r\n") && recv(fd, &c, 1, 0) == 1) {
    head.push_back(c);
  }
  return head;
}

// A socket of an earlier generator, which has gone.
bool is_dead(int fd) {
  char c = 0;
  return recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

unsigned parameter(const std::string& head, const std::string& name) {
  unsigned value = 0;
  if (const std::size_t at = head.find(name + "="); at != std::string::npos) {
    std::from_chars(head.data() + at + name.size() + 1, head.data() + head.size(), value);
  }
  return value;
}

class Floor {
 public:
  explicit Floor(std::uint16_t port) : listener_(listen_on(port)) {}

  [[noreturn]] void serve() {
    for (;;) {
      Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd.valid()) {
        die("accept");
      }
      const int one = 1;
      setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      std::string head = read_head(fd.get());
      if (const std::string answer = upgrade_answer(head); !answer.empty()) {
        if (send(fd.get(), answer.data(), answer.size(), MSG_NOSIGNAL) > 0) {
          sockets_.push_back(std::move(fd));
        }
        continue;
      }
      // The subscribers of this generator are all there, and no others come while it runs.
      while (head.starts_with("POST /run")) {
        run(fd.get(), {.frames = parameter(head, "frames"),
                       .flush_ms = parameter(head, "flush_ms"),
                       .rate = parameter(head, "rate")});
        head = read_head(fd.get());
      }
      sockets_.clear();
    }
  }

 private:
  void run(int control, const Run& how) {
    std::erase_if(sockets_, [](const Fd& fd) { return is_dead(fd.get()); });
    const std::uint64_t before = seq_;
    if (how.rate == 0) {
      run_saturated(control, how.frames);
    } else {
      run_paced(control, how);
    }
    const std::uint64_t n_sent = seq_ - before;
    static_cast<void>(send(control, &n_sent, sizeof n_sent, MSG_NOSIGNAL));
  }

  void run_saturated(int control, unsigned frames) {
    const std::uint64_t before = seq_;
    std::uint64_t allowed = 0;
    for (;;) {
      std::uint64_t total = 0;
      const bool must_wait = seq_ - before + frames > allowed;
      const ssize_t n = recv(control, &total, sizeof total, must_wait ? MSG_WAITALL : MSG_DONTWAIT);
      if (n == 0 || total == UINT64_MAX) {
        return;
      }
      if (n == sizeof total) {
        allowed = total;
        continue;
      }
      for (unsigned i = 0; i < frames; ++i) {
        gather(now_ns());
      }
      send_to_all();
    }
  }

  void run_paced(int control, const Run& how) {
    const std::uint64_t step_ns = 1'000'000'000ULL / how.rate;
    std::uint64_t event_at = now_ns();
    std::uint64_t flush_at = event_at + how.flush_ms * 1'000'000ULL;
    std::uint64_t total = 0;
    while (recv(control, &total, sizeof total, MSG_DONTWAIT) < 0) {
      event_at += step_ns;
      const timespec until{static_cast<time_t>(event_at / 1'000'000'000),
                           static_cast<long>(event_at % 1'000'000'000)};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
      gather(how.flush_ms == 0 ? now_ns() : event_at);
      if (how.flush_ms == 0 || now_ns() >= flush_at) {
        send_to_all();
        flush_at += how.flush_ms * 1'000'000ULL;
      }
    }
    send_to_all();
  }

  void gather(std::uint64_t stamp_ns) {
    append_plain_frame(out_, Opcode::kText,
                       event_.stamp({0, static_cast<std::uint32_t>(seq_), stamp_ns}));
    ++seq_;
  }

  void send_to_all() {
    for (const Fd& fd : sockets_) {
      std::size_t sent = 0;
      while (sent < out_.size()) {
        const ssize_t n = send(fd.get(), out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL);
        if (n < 0) {
          break;
        }
        sent += static_cast<std::size_t>(n);
      }
    }
    out_.clear();
  }

  Fd listener_;
  std::vector<Fd> sockets_;
  EventText event_{true};
  std::string out_;
  std::uint64_t seq_ = 0;
};

}  // namespace
}  // namespace ringside::bench

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: ringside-floor PORT\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  ringside::bench::Floor(static_cast<std::uint16_t>(std::atoi(argv[1]))).serve();
}
