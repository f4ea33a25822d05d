#include "tests/sim/socket.hpp"

#include <algorithm>

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
  take_apart({reinterpret_cast<const char*>(frames.data()), frames.size()});
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

void Socket::take_apart(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  while (bytes.size() >= 2) {
    std::size_t n = byte(1);
    std::size_t header = 2;
    if (n >= 126) {
      const std::size_t width = n == 126 ? 2 : 8;
      n = 0;
      for (std::size_t i = 0; i < width; ++i) {
        n = n << 8U | byte(2 + i);
      }
      header += width;
    }
    if (header + n > bytes.size()) {
      violation_ = "a frame that is cut off";
      return;
    }
    if ((byte(0) & 0x0FU) == 0x9) {
      ++n_pings;
      ping_at_ = n_sent_;
    } else {
      on_text(bytes.substr(header, n));
    }
    bytes.remove_prefix(header + n);
  }
  if (!bytes.empty()) {
    violation_ = "bytes that are no frame";
  }
}

}  // namespace ringside::sim
