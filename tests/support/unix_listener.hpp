#pragma once
// A Unix stream socket that a test serves itself, a call at a time. Threads: one at a time.

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <string>
#include <string_view>

#include "core/base/unique_fd.hpp"
#include "tests/support/rs_test.hpp"

namespace ringside::test {

class UnixListener {
 public:
  explicit UnixListener(const std::string& path)
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    RS_EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    RS_EXPECT_EQ(::listen(fd_.get(), 4), 0);
  }
  // Waits for the next connection.
  [[nodiscard]] UniqueFd accept() const { return UniqueFd(::accept(fd_.get(), nullptr, nullptr)); }

 private:
  UniqueFd fd_;
};

// All of `text`, as far as the other side takes it.
inline void write_all(const UniqueFd& fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (n <= 0) {
      return;
    }
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

// Waits until a line has come whole; "" at the end of the connection.
inline std::string read_line(const UniqueFd& fd) {
  std::string line;
  for (char c = 0; ::recv(fd.get(), &c, 1, 0) == 1 && c != '\n';) {
    line += c;
  }
  return line;
}

}  // namespace ringside::test
