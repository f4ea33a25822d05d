// Abstract names have no owner and no mode, so the kernel is asked who sent each datagram.
#include "cli/run/run_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <cstring>

namespace ringside::cli {
namespace {

constexpr int kPatienceMs = 500;
constexpr std::size_t kNameAt = offsetof(sockaddr_un, sun_path);

// The sender's user; nothing where the kernel does not say.
std::optional<uid_t> sender_of(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_CREDENTIALS) {
      ucred sender{};
      std::memcpy(&sender, CMSG_DATA(part), sizeof sender);
      return sender.uid;
    }
  }
  return std::nullopt;
}

bool is_whole(std::string_view datagram) noexcept {
  return !datagram.empty() &&
         (datagram.front() != '{' || datagram.find('\n') == datagram.size() - 1);
}

}  // namespace

Result<RunSocket> RunSocket::create() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socklen_t size = sizeof address;
  if (!fd.valid() || ::setsockopt(fd.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(sa_family_t)) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      size <= kNameAt + 1) {
    return fail_errno("cannot make the socket of the run");
  }
  return RunSocket(std::move(fd), std::string(address.sun_path + 1, size - kNameAt - 1));
}

std::optional<std::string> RunSocket::receive() {
  for (;;) {
    std::string event(kLongestEvent, '\0');
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
    iovec place{event.data(), event.size()};
    msghdr message{};
    message.msg_iov = &place;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t n = ::recvmsg(fd_.get(), &message, MSG_DONTWAIT);
    if (n < 0) {
      return std::nullopt;
    }
    event.resize(static_cast<std::size_t>(n));
    const auto sender = sender_of(message);
    if (sender && (*sender == ::geteuid() || *sender == 0) &&
        (message.msg_flags & MSG_TRUNC) == 0 && is_whole(event)) {
      return event;
    }
  }
}

bool RunSocket::send(const std::string& name, std::string_view event) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.empty() || name.size() + 1 > sizeof address.sun_path || event.size() > kLongestEvent) {
    return false;
  }
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto size = static_cast<socklen_t>(kNameAt + 1 + name.size());
  if (!fd.valid() || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    return false;
  }
  if (::send(fd.get(), event.data(), event.size(), MSG_NOSIGNAL) >= 0) {
    return true;
  }
  pollfd room{fd.get(), POLLOUT, 0};
  return errno == EAGAIN && ::poll(&room, 1, kPatienceMs) == 1 &&
         ::send(fd.get(), event.data(), event.size(), MSG_NOSIGNAL) >= 0;
}

}  // namespace ringside::cli
