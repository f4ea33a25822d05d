// recvmmsg, because a datagram costs a system call otherwise, and that is most of what it costs.
// Its senders wait when the queue is full (net.unix.max_dgram_qlen), so nothing is lost between
// them and us.
#include "worker/net/datagram_listener.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "core/base/log.hpp"

namespace ringside {
namespace {

constexpr int kReceiveBufferBytes = 8 << 20;
constexpr std::size_t kMaxAtStop = 4096;

}  // namespace

DatagramListener::DatagramListener(uv_loop_t& loop, UnixSocket socket, Pipeline& pipeline,
                                   ControlSegment& control)
    : loop_(loop), socket_(std::move(socket)), pipeline_(pipeline), control_(control) {
  const int on = 1;
  (void)::setsockopt(socket_.fd(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  if (::setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes,
                   sizeof kReceiveBufferBytes) != 0) {
    (void)::setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes,
                       sizeof kReceiveBufferBytes);
  }
}

Status DatagramListener::start() {
  make_room();
  auto watch = FdWatch::make(loop_, socket_.fd(), [this](FdEvents) { receive_some(); });
  if (!watch) {
    return fail_from(watch.error(), "events.dgram");
  }
  watch_ = std::move(*watch);
  return {};
}

void DatagramListener::set_rules(PeerRules rules) {
  rules_ = std::move(rules);
  make_room();
}

// One byte more than an event may have: a datagram that fills it was too long.
void DatagramListener::make_room() {
  const std::size_t wanted = pipeline_.limits().max_event_bytes + 1;
  if (wanted == slot_bytes_) {
    return;
  }
  slot_bytes_ = wanted;
  memory_.reset(new char[slot_bytes_ * kAtOnce]);  // make_unique would touch all of it
  for (std::size_t i = 0; i < kAtOnce; ++i) {
    slots_[i].part = {memory_.get() + i * slot_bytes_, slot_bytes_};
    messages_[i].msg_hdr = {};
    messages_[i].msg_hdr.msg_iov = &slots_[i].part;
    messages_[i].msg_hdr.msg_iovlen = 1;
    messages_[i].msg_hdr.msg_control = slots_[i].control.data();
  }
}

std::size_t DatagramListener::receive_some() {
  for (mmsghdr& message : messages_) {
    message.msg_hdr.msg_controllen = sizeof(Slot::control);
    message.msg_hdr.msg_flags = 0;
  }
  const int n = ::recvmmsg(socket_.fd(), messages_.data(), kAtOnce, MSG_DONTWAIT, nullptr);
  if (n <= 0) {
    return 0;
  }
  const auto n_received = static_cast<std::size_t>(n);
  pipeline_.begin_burst();
  pipeline_.count_datagrams(n_received);
  for (std::size_t i = 0; i < n_received; ++i) {
    take(messages_[i].msg_hdr, {memory_.get() + i * slot_bytes_, messages_[i].msg_len});
  }
  return n_received;
}

void DatagramListener::take(msghdr& message, std::string_view bytes) {
  const std::optional<Peer> peer = peer_of(message);
  EventOrigin origin{.source = "events.dgram"};
  if (peer) {
    origin.uid = peer->uid;
    origin.pid = static_cast<std::uint32_t>(peer->pid);
  }
  if (!rules_.allows_all() && (!peer || !rules_.allows(*peer))) {
    control_.add(Counter::kProducersRefused);
    log::debug("refused a datagram of uid {}", peer ? static_cast<long>(peer->uid) : -1L);
    return;
  }
  if ((message.msg_flags & MSG_TRUNC) != 0 || bytes.size() >= slot_bytes_) {
    pipeline_.reject({fmt::format("is longer than {} bytes", slot_bytes_ - 1), ""}, bytes, origin);
    return;
  }
  if (bytes.find_first_not_of(" \t\r\n") != std::string_view::npos) {
    (void)pipeline_.accept(bytes, origin);
  }
}

void DatagramListener::stop() {
  if (watch_ == nullptr) {
    return;
  }
  for (std::size_t n = 0; n < kMaxAtStop;) {
    const std::size_t n_received = receive_some();
    if (n_received == 0) {
      break;
    }
    n += n_received;
  }
  watch_.reset();
  socket_.close();
}

}  // namespace ringside
