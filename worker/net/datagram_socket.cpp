// By hand and not with uv_udp_t: libuv has no Unix datagrams, gives no credentials, and one way of
// reading is enough.
#include "worker/net/datagram_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cstring>

#include "core/base/text.hpp"

namespace ringside {
namespace {

constexpr auto kSameUser = static_cast<uid_t>(-1);
constexpr int kReceiveBufferBytes =
    4 << 20;  // a burst of StatsD between two turns of the loop; the kernel caps it

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  bool is_loopback = false;
};

Result<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  const std::string_view port_text =
      colon == std::string_view::npos ? text : text.substr(colon + 1);
  std::string host(colon == std::string_view::npos ? std::string_view() : text.substr(0, colon));
  std::size_t port = 0;
  if (!parse_u64(port_text, port) || port > 65535) {
    return fail("\"" + std::string(text) +
                "\" is not an address and port, as in 127.0.0.1:8125 or [::1]:8125");
  }
  Address address;
  const bool is_v6 = host.starts_with('[') && host.ends_with(']');
  if (is_v6) {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(static_cast<std::uint16_t>(port));
    address.length = sizeof *in6;
    if (::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &in6->sin6_addr) != 1) {
      return fail("\"" + host + "\" is not an IPv6 address");
    }
    address.is_loopback = IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) != 0;
    return address;
  }
  host = host.empty() || host == "localhost" ? "127.0.0.1" : host;
  auto* in = reinterpret_cast<sockaddr_in*>(&address.storage);
  in->sin_family = AF_INET;
  in->sin_port = htons(static_cast<std::uint16_t>(port));
  address.length = sizeof *in;
  if (::inet_pton(AF_INET, host.c_str(), &in->sin_addr) != 1) {
    return fail("\"" + host + "\" is not an IPv4 address");
  }
  address.is_loopback = (ntohl(in->sin_addr.s_addr) >> 24U) == 127;
  return address;
}

Result<UniqueFd> make_socket(int family) {
  UniqueFd fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) {
    return fail_errno("cannot make a socket");
  }
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes,
                     sizeof kReceiveBufferBytes);
  return fd;
}

// Removes a socket that nobody listens on.
Status clear_way(const std::string& path, const sockaddr_un& address) {
  struct stat st {};
  if (::lstat(path.c_str(), &st) != 0) {
    return {};
  }
  if (!S_ISSOCK(st.st_mode)) {
    return fail(path + " exists and is not a socket");
  }
  const UniqueFd probe(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return fail("another program listens on " + path);
  }
  if (errno != ECONNREFUSED) {
    return fail_errno("cannot find out whether " + path + " is in use");
  }
  if (::unlink(path.c_str()) != 0) {
    return fail_errno("cannot remove the stale socket " + path);
  }
  return {};
}

std::optional<DatagramSender> sender_of(msghdr& message) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_CREDENTIALS) {
      ucred credentials{};
      std::memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
      return DatagramSender{credentials.pid, credentials.uid};
    }
  }
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<DatagramSocket>> DatagramSocket::open_unix(uv_loop_t* loop,
                                                                  const std::string& path,
                                                                  mode_t mode,
                                                                  Callback on_datagram) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail("the path of a socket has 1 to 107 bytes, \"" + path + "\" has " +
                std::to_string(path.size()));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  if (auto cleared = clear_way(path, address); !cleared) {
    return tl::unexpected(cleared.error());
  }
  auto fd = make_socket(AF_UNIX);
  if (!fd) {
    return tl::unexpected(fd.error());
  }
  const int on = 1;
  (void)::setsockopt(fd->get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  if (::fchmod(fd->get(), 0600) != 0 ||  // so it is never open to more than its owner
      ::bind(fd->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno("cannot bind " + path);
  }
  // The run directory passes its group on to what is made in it: to the web server, which reads the
  // ring there and must not send events.
  struct stat st {};
  if (::chown(path.c_str(), kSameUser, ::getegid()) != 0 || ::chmod(path.c_str(), mode) != 0 ||
      ::stat(path.c_str(), &st) != 0) {
    return fail_errno("cannot set group and mode of " + path);
  }
  std::unique_ptr<DatagramSocket> socket(new DatagramSocket);
  socket->fd_ = std::move(*fd);
  socket->path_ = path;
  socket->inode_ = st.st_ino;
  if (auto watched = socket->watch(loop, std::move(on_datagram)); !watched) {
    return tl::unexpected(watched.error());
  }
  return socket;
}

Result<std::unique_ptr<DatagramSocket>> DatagramSocket::open_udp(uv_loop_t* loop,
                                                                 std::string_view address,
                                                                 Callback on_datagram) {
  const auto parsed = parse_address(address);
  if (!parsed) {
    return tl::unexpected(parsed.error());
  }
  auto fd = make_socket(parsed->storage.ss_family);
  if (!fd) {
    return tl::unexpected(fd.error());
  }
  if (::bind(fd->get(), reinterpret_cast<const sockaddr*>(&parsed->storage), parsed->length) != 0) {
    return fail_errno("cannot bind UDP " + std::string(address));
  }
  std::unique_ptr<DatagramSocket> socket(new DatagramSocket);
  socket->fd_ = std::move(*fd);
  socket->is_local_ = parsed->is_loopback;
  if (auto watched = socket->watch(loop, std::move(on_datagram)); !watched) {
    return tl::unexpected(watched.error());
  }
  return socket;
}

Status DatagramSocket::watch(uv_loop_t* loop, Callback on_datagram) {
  on_datagram_ = std::move(on_datagram);
  buffer_.resize(kMaxBytes);
  auto watch = ReadableWatch::make(loop, fd_.get(), [this] { on_readable(); });
  if (!watch) {
    return tl::unexpected(watch.error());
  }
  watch_ = std::move(*watch);
  return {};
}

DatagramSocket::~DatagramSocket() {
  watch_.reset();
  struct stat st {};
  if (!path_.empty() && ::lstat(path_.c_str(), &st) == 0 && st.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
}

int DatagramSocket::port() const {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (!path_.empty() ||
      ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&storage), &length) != 0) {
    return 0;
  }
  return ntohs(storage.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

void DatagramSocket::drain() {
  constexpr int kMost = 10'000;
  for (int i = 0; i < kMost && receive_one(); ++i) {
  }
}

// What is left after kMaxAtOnce makes the loop call again: uv_poll is level-triggered.
void DatagramSocket::on_readable() {
  for (int i = 0; i < kMaxAtOnce && receive_one(); ++i) {
  }
}

bool DatagramSocket::receive_one() {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
  iovec part{buffer_.data(), buffer_.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t n = ::recvmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (n < 0) {
    n_errors_ += errno == EAGAIN || errno == EINTR ? 0 : 1;
    return errno == EINTR;
  }
  on_datagram_({{buffer_.data(), static_cast<std::size_t>(n)},
                (message.msg_flags & MSG_TRUNC) != 0,
                sender_of(message)});
  return true;
}

}  // namespace ringside
