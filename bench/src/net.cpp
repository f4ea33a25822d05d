// One thread, one epoll, level-triggered: a subscriber is read once for each readiness, into a
// buffer large enough to empty its socket as a rule, so that the generator makes as few system
// calls a delivery as the server allows.
#include "bench/src/net.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace ringside::bench {
namespace {

constexpr std::size_t kScratchBytes = 1U << 20;
constexpr int kEventsPerTurn = 128;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  reset(other.release());
  return *this;
}

int Fd::release() noexcept { return std::exchange(fd_, -1); }

void Fd::reset(int fd) noexcept {
  if (fd_ >= 0) {
    close(fd_);
  }
  fd_ = fd;
}

Fd connect_tcp(std::uint16_t port, int receive_bytes) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) {
    fail("socket");
  }
  if (receive_bytes != 0) {
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  }
  const int one = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 &&
      errno != EINPROGRESS) {
    fail("connect to port " + std::to_string(port));
  }
  return fd;
}

Fd connect_unix(const std::string& path) {
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path.size() >= sizeof to.sun_path) {
    errno = ENAMETOOLONG;
    fail(path);
  }
  std::memcpy(to.sun_path, path.c_str(), path.size() + 1);
  if (!fd.valid() || connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    fail("connect to " + path);
  }
  fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  return fd;
}

void reset_on_close(int fd) noexcept {
  const linger now{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

Loop::Loop() : epoll_(epoll_create1(EPOLL_CLOEXEC)), scratch_(kScratchBytes) {
  if (!epoll_.valid()) {
    fail("epoll_create1");
  }
}

void Loop::add(int fd, std::uint32_t events, Handler* handler) {
  epoll_event event{events, {.ptr = handler}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    fail("epoll_ctl add");
  }
}

void Loop::change(int fd, std::uint32_t events, Handler* handler) {
  epoll_event event{events, {.ptr = handler}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0) {
    fail("epoll_ctl change");
  }
}

void Loop::remove(int fd) noexcept { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void Loop::turn(int timeout_ms) {
  std::array<epoll_event, kEventsPerTurn> due;
  const int n_due = epoll_wait(epoll_.get(), due.data(), kEventsPerTurn, timeout_ms);
  for (int i = 0; i < n_due; ++i) {
    auto& event = due[static_cast<std::size_t>(i)];
    static_cast<Handler*>(event.data.ptr)->on_events(event.events);
  }
}

}  // namespace ringside::bench
