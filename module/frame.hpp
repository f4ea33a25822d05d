#pragma once
// Frames: RFC 6455 server frames, unmasked, built ready to send, many back to back in one buffer behind the host's headroom.
//
// The plugin builds its frames itself and hands lws raw bytes, because then one buffer serves all connections with the same
// view, one system call carries many frames, and a compressed frame is compressed once and not once per client.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "module/connection.hpp"

namespace ringside {

enum class Opcode : std::uint8_t { kText = 0x1, kPing = 0x9 };

// A growing buffer of whole frames. Threads: one.
class FrameBuffer {
 public:
  FrameBuffer() : bytes_(kSendHeadroom) {}

  // Appends one frame around `payload`. `compressed` sets RSV1: the payload is already deflated.
  void append(Opcode opcode, std::string_view payload, bool compressed = false);

  [[nodiscard]] std::span<std::byte> frames() noexcept { return std::span(bytes_).subspan(kSendHeadroom); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() - kSendHeadroom; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  void reserve(std::size_t n_bytes) { bytes_.reserve(n_bytes + kSendHeadroom); }
  void clear() noexcept { bytes_.resize(kSendHeadroom); }

 private:
  std::vector<std::byte> bytes_;
};

// Deflates messages for permessage-deflate, each with a fresh context (legal without negotiation, RFC 7692 section 7.2.1), so
// that one result serves every connection. Threads: one.
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
