#include "tests/sim/socket.hpp"

#include <algorithm>
#include <functional>

namespace ringside::sim {

bool Socket::send(std::span<std::byte> frames) noexcept {
  if (closed_by_server) {
    violation_ = "send() after close()";
  } else if (busy()) {
    violation_ = "send() while busy";
  } else if (frames.empty()) {
    violation_ = "send() of nothing";
  }
  if (broken) {
    return false;
  }
  unread_ += frames.size();
  n_sent_ += frames.size();
  take({reinterpret_cast<const char*>(frames.data()), frames.size()});
  return true;
}

void Socket::close(CloseCode code, std::string_view reason) noexcept {
  if (closed_by_server) {
    violation_ = "close() twice";
  }
  if (reason.size() > 123) {
    violation_ = "a reason longer than a close frame";
  }
  closed_by_server = true;
  close_code = static_cast<std::uint16_t>(code);
  close_reason_ = reason;
}

bool Socket::take_pong() noexcept {
  if (dead || !ping_at_ || n_sent_ - unread_ < *ping_at_) {
    return false;
  }
  ping_at_.reset();
  return true;
}

bool Socket::drain(std::size_t n_bytes) noexcept {
  if (dead) {
    return false;
  }
  const bool was_busy = busy();
  unread_ -= std::min(n_bytes, unread_);
  if (wants_writable && !busy()) {
    wants_writable = false;
    return true;
  }
  return was_busy && !busy();
}

// As the host ends it: after all that was sent, with what the encoding says at the end.
void Socket::end_stream(Encoding& encoding) {
  FrameBuffer end;
  encoding.end_stream(end, sent_, static_cast<CloseCode>(close_code), close_reason_);
  take({reinterpret_cast<const char*>(end.frames().data()), end.size()});
  if (violation_.empty() && !reader.ended()) {
    violation_ = "a body without an end";
  }
}

void Socket::take(std::string_view bytes) {
  const std::uint64_t n_pings = reader.n_pings();
  digest_ = digest_ * 31 + std::hash<std::string_view>()(bytes);
  reader.take(bytes);
  if (is_websocket(reader.wire()) && reader.n_pings() != n_pings) {
    ping_at_ = n_sent_;
  }
}

}  // namespace ringside::sim
