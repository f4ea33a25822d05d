#pragma once
// Frames: RFC 6455 server frames, unmasked, built ready to send, many back to back in one buffer
// after the host's headroom.
//
// The plugin builds its frames itself and hands lws raw bytes, because then one buffer serves all
// connections with the same view, one system call carries many frames, and a compressed frame is
// compressed once and not once per client.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "module/transport/connection.hpp"
#include "module/transport/plain_sum.hpp"

namespace ringside {

enum class Opcode : std::uint8_t { kText = 0x1, kPing = 0x9 };

// A growing buffer of whole frames. Threads: one.
class FrameBuffer {
 public:
  FrameBuffer() : bytes_(kSendHeadroom) {}

  // Appends one frame around `payload`. `compressed` sets RSV1: the payload is already deflated.
  void append(Opcode opcode, std::string_view payload, bool compressed = false);

  // A frame whose payload is written in place, so that its bytes are copied once: begin_frame(),
  // then add(), then end_frame(). Room is left for `n_prefix` bytes that are known only at the end;
  // end_frame() puts its prefix there, of at most that size.
  void begin_frame(std::size_t n_prefix);
  void add(std::string_view text) {
    const auto* const from = reinterpret_cast<const std::byte*>(text.data());
    bytes_.insert(bytes_.end(), from, from + text.size());
  }
  void end_frame(Opcode opcode, std::string_view prefix);
  // Instead of end_frame(): what was added since begin_frame(), with `prefix` before it, for a
  // frame that is made from it by append() after drop_frame().
  [[nodiscard]] std::string_view pending(std::string_view prefix);
  void drop_frame() noexcept { bytes_.resize(frame_at_); }

  [[nodiscard]] std::span<std::byte> frames() noexcept {
    return std::span(bytes_).subspan(kSendHeadroom);
  }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() - kSendHeadroom; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] std::size_t capacity() const noexcept { return bytes_.capacity(); }
  void clear() noexcept {
    bytes_.resize(kSendHeadroom);
    plain_ = {};
  }
  // Of the text in it, where that is compressed and its sum is needed.
  [[nodiscard]] PlainSum& plain() noexcept { return plain_; }
  [[nodiscard]] const PlainSum& plain() const noexcept { return plain_; }

 private:
  std::vector<std::byte> bytes_;
  PlainSum plain_;
  std::size_t frame_at_ = 0;  // where begin_frame() was
  std::size_t body_at_ = 0;   // where add() began
};

// Deflates messages for permessage-deflate, each with a fresh context (legal without negotiation,
// RFC 7692 section 7.2.1), so that one result serves every connection. Threads: one.
class Deflater {
 public:
  Deflater();
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  // `payload` deflated, without the trailing 00 00 ff ff. Valid until the next call.
  [[nodiscard]] std::string_view deflate(std::string_view payload);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  std::string out_;
};

}  // namespace ringside
