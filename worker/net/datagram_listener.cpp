// One batch in each turn of the loop: with more, producers of events.sock would wait for those of
// events.dgram.
#include "worker/net/datagram_listener.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/base/log.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxAtStop = 4096;

}  // namespace

DatagramListener::DatagramListener(uv_loop_t& loop, UnixSocket socket, Pipeline& pipeline,
                                   ControlSegment& control)
    : loop_(loop), bound_(std::move(socket)), pipeline_(pipeline), control_(control) {}

Status DatagramListener::start() {
  auto socket = DatagramSocket::open_bound(
      loop_, std::move(bound_), [this](std::span<const Datagram> batch) { take(batch); });
  if (!socket) {
    return fail_from(socket.error(), "events.dgram");
  }
  socket_ = std::move(*socket);
  socket_->set_batches_per_turn(1);
  socket_->set_max_bytes(pipeline_.limits().max_event_bytes);
  return {};
}

void DatagramListener::set_rules(PeerRules rules) {
  rules_ = std::move(rules);
  if (socket_ != nullptr) {
    socket_->set_max_bytes(pipeline_.limits().max_event_bytes);
  }
}

void DatagramListener::take(std::span<const Datagram> batch) {
  pipeline_.begin_burst();
  pipeline_.count_datagrams(batch.size());
  for (const Datagram& datagram : batch) {
    take(datagram);
  }
}

void DatagramListener::take(const Datagram& datagram) {
  EventOrigin origin{.source = "events.dgram"};
  if (datagram.sender) {
    origin.uid = datagram.sender->uid;
    origin.pid = static_cast<std::uint32_t>(datagram.sender->pid);
  }
  if (!rules_.allows_all() && (!datagram.sender || !rules_.allows(*datagram.sender))) {
    control_.add(Counter::kProducersRefused);
    log::debug("refused a datagram of uid {}",
               datagram.sender ? static_cast<long>(datagram.sender->uid) : -1L);
    return;
  }
  if (datagram.is_truncated) {
    pipeline_.reject(
        {fmt::format("is longer than {} bytes", pipeline_.limits().max_event_bytes), ""},
        datagram.bytes, origin);
    return;
  }
  if (datagram.bytes.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return;
  }
  if (pipeline_.is_full()) {  // a datagram's sender cannot be made to wait
    pipeline_.reject(Pipeline::no_room(), datagram.bytes, origin);
  } else {
    (void)pipeline_.accept(datagram.bytes, origin);
  }
}

void DatagramListener::stop() {
  if (socket_ != nullptr) {
    socket_->drain(kMaxAtStop);
    socket_.reset();
  }
}

}  // namespace ringside
