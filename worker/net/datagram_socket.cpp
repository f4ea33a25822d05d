// recvmmsg(2), because the system call is most of what a datagram costs. Not uv_udp_t: libuv has no
// Unix datagrams and reports no credentials.
//
// Senders on a Unix socket wait when its queue is full (net.unix.max_dgram_qlen), so nothing is lost
// there. UDP has no such flow control; hence the large receive buffer.
#include "worker/net/datagram_socket.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>

#include "core/base/socket_address.hpp"

namespace ringside {
namespace {

constexpr int kReceiveBufferBytes = 8 << 20;

// Beyond the system's limit if the process may, else the kernel caps it.
void enlarge_receive_buffer(int fd) {
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes,
                   sizeof kReceiveBufferBytes) != 0) {
    (void)::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
  }
}

}  // namespace

Result<std::unique_ptr<DatagramSocket>> DatagramSocket::open_unix(uv_loop_t& loop,
                                                                  const std::string& path,
                                                                  mode_t mode,
                                                                  Callback on_datagrams) {
  auto bound = UnixSocket::bind(path, SOCK_DGRAM, mode);
  if (!bound) {
    return tl::unexpected(bound.error());
  }
  return open_bound(loop, std::move(*bound), std::move(on_datagrams));
}

Result<std::unique_ptr<DatagramSocket>> DatagramSocket::open_bound(uv_loop_t& loop,
                                                                   UnixSocket bound,
                                                                   Callback on_datagrams) {
  std::unique_ptr<DatagramSocket> made(new DatagramSocket);
  made->unix_ = std::move(bound);
  const int on = 1;
  (void)::setsockopt(made->fd(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  if (auto watched = made->watch(loop, std::move(on_datagrams)); !watched) {
    return tl::unexpected(watched.error());
  }
  return made;
}

Result<std::unique_ptr<DatagramSocket>> DatagramSocket::open_udp(uv_loop_t& loop,
                                                                 std::string_view address,
                                                                 Callback on_datagrams) {
  const auto parsed = parse_socket_address(address);
  if (!parsed) {
    return tl::unexpected(parsed.error());
  }
  std::unique_ptr<DatagramSocket> made(new DatagramSocket);
  made->udp_.reset(
      ::socket(parsed->storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made->udp_.valid()) {
    return fail_errno("cannot create a UDP socket");
  }
  if (::bind(made->fd(), reinterpret_cast<const sockaddr*>(&parsed->storage), parsed->length) !=
      0) {
    return fail_errno("cannot bind UDP " + std::string(address));
  }
  made->is_local_ = parsed->is_loopback;
  if (auto watched = made->watch(loop, std::move(on_datagrams)); !watched) {
    return tl::unexpected(watched.error());
  }
  return made;
}

Status DatagramSocket::watch(uv_loop_t& loop, Callback on_datagrams) {
  on_datagrams_ = std::move(on_datagrams);
  set_max_bytes(kMaxBytes);
  enlarge_receive_buffer(fd());
  // The watch is level-triggered: the loop calls again if datagrams are left.
  auto watch = FdWatch::make(loop, fd(), [this](FdEvents) {
    for (std::size_t i = 0; i < batches_per_turn_ && receive_batch() == kBatch; ++i) {
    }
  });
  if (!watch) {
    return tl::unexpected(watch.error());
  }
  watch_ = std::move(*watch);
  return {};
}

void DatagramSocket::set_max_bytes(std::size_t n) {
  if (n == slot_bytes_) {
    return;
  }
  slot_bytes_ = n;
  memory_.reset(new char[slot_bytes_ * kBatch]);  // make_unique would touch all of it
  for (std::size_t i = 0; i < kBatch; ++i) {
    slots_[i].part = {memory_.get() + i * slot_bytes_, slot_bytes_};
    messages_[i].msg_hdr = {};
    messages_[i].msg_hdr.msg_iov = &slots_[i].part;
    messages_[i].msg_hdr.msg_iovlen = 1;
    messages_[i].msg_hdr.msg_control = slots_[i].control.data();
  }
}

std::size_t DatagramSocket::receive_batch() {
  for (mmsghdr& message : messages_) {
    message.msg_hdr.msg_controllen = sizeof(Slot::control);
    message.msg_hdr.msg_flags = 0;
  }
  const int n =
      ::recvmmsg(fd(), messages_.data(), kBatch, MSG_DONTWAIT | MSG_CMSG_CLOEXEC, nullptr);
  if (n <= 0) {
    n_errors_ += n == 0 || errno == EAGAIN || errno == EINTR ? 0U : 1U;
    return 0;
  }
  std::array<Datagram, kBatch> batch;
  const auto n_received = static_cast<std::size_t>(n);
  for (std::size_t i = 0; i < n_received; ++i) {
    batch[i] = {{memory_.get() + i * slot_bytes_, messages_[i].msg_len},
                (messages_[i].msg_hdr.msg_flags & MSG_TRUNC) != 0,
                peer_of(messages_[i].msg_hdr)};
  }
  on_datagrams_(std::span(batch).first(n_received));
  return n_received;
}

void DatagramSocket::drain(std::size_t max_datagrams) {
  for (std::size_t n = 0; n < max_datagrams;) {
    const std::size_t n_received = receive_batch();
    if (n_received == 0) {
      return;
    }
    n += n_received;
  }
}

int DatagramSocket::port() const {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (!udp_.valid() ||
      ::getsockname(udp_.get(), reinterpret_cast<sockaddr*>(&storage), &length) != 0) {
    return 0;
  }
  return ntohs(storage.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

}  // namespace ringside
