// The worker answers while it reads; a client that only wrote would fill both directions and stand
// still. So: poll both ways. The socket itself blocks, so that connecting waits where the worker's
// backlog is full; sending and receiving do not.
#include "cli/socket_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>

namespace ringside::cli {

Result<SocketClient> SocketClient::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(path + ": a socket's path must be shorter than 108 bytes");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid() ||
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno("cannot connect to " + path);
  }
  return SocketClient(std::move(fd));
}

Result<bool> SocketClient::read_some(const OnLine& on_line) {
  std::array<char, 16384> buffer;
  const ssize_t n = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n < 0) {
    if (errno == EAGAIN || errno == EINTR) {
      return true;
    }
    return fail_errno("the connection broke");
  }
  partial_.append(buffer.data(), static_cast<std::size_t>(n));
  std::size_t begin = 0;
  for (std::size_t end = partial_.find('\n'); end != std::string::npos;
       end = partial_.find('\n', begin)) {
    on_line(std::string_view(partial_).substr(begin, end - begin));
    begin = end + 1;
  }
  partial_.erase(0, begin);
  return n != 0;
}

Status SocketClient::send(std::string_view bytes, const OnLine& on_line) {
  while (!bytes.empty()) {
    pollfd waiting{fd_.get(), POLLIN | POLLOUT, 0};
    if (::poll(&waiting, 1, -1) < 0 && errno != EINTR) {
      return fail_errno("poll");
    }
    if ((waiting.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      const auto more = read_some(on_line);
      if (!more) {
        return tl::unexpected(more.error());
      }
      if (!*more) {
        return fail("the worker closed the connection");
      }
    }
    if ((waiting.revents & POLLOUT) != 0) {
      const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN && errno != EINTR) {
        return fail_errno("the connection broke");
      }
      bytes.remove_prefix(n > 0 ? static_cast<std::size_t>(n) : 0);
    }
  }
  return {};
}

Result<bool> SocketClient::receive(const OnLine& on_line) {
  pollfd waiting{fd_.get(), POLLIN, 0};
  if (::poll(&waiting, 1, -1) < 0 && errno != EINTR) {
    return fail_errno("poll");
  }
  return waiting.revents == 0 ? Result<bool>(true) : read_some(on_line);
}

void SocketClient::finish_sending() noexcept { ::shutdown(fd_.get(), SHUT_WR); }

}  // namespace ringside::cli
