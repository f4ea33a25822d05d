// Sockets and the event loop of the generator.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::bench {

// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int release() noexcept;
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

// Begins a non-blocking connection to 127.0.0.1:`port`.
//   `receive_bytes` other than 0 sets SO_RCVBUF first, which also switches off its growing.
//   Throws std::system_error when no socket is to be had.
[[nodiscard]] Fd connect_tcp(std::uint16_t port, int receive_bytes = 0);

// Connects to a stream socket in the file system, non-blocking afterwards.
[[nodiscard]] Fd connect_unix(const std::string& path);

// Makes a later close() reset the connection, so that thousands of runs leave no TIME_WAIT behind.
void reset_on_close(int fd) noexcept;

// Whoever wants to hear about a descriptor.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void on_events(std::uint32_t events) = 0;
};

// A level-triggered epoll loop for one thread.
class Loop {
 public:
  Loop();

  void add(int fd, std::uint32_t events, Handler* handler);
  void change(int fd, std::uint32_t events, Handler* handler);
  void remove(int fd) noexcept;

  // Waits for at most `timeout_ms` and calls the handlers that are due; few at a time, so that a
  // timer or a producer among a thousand busy subscribers is not kept waiting.
  void turn(int timeout_ms);

  // Room to receive into, shared by all handlers of this loop during their own call.
  [[nodiscard]] std::span<char> scratch() noexcept { return scratch_; }

 private:
  Fd epoll_;
  std::vector<char> scratch_;
};

}  // namespace ringside::bench
