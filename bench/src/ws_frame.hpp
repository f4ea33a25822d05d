// RFC 6455 frames, as much as a load generator needs: read unmasked ones, write either kind.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::bench {

enum class Opcode : std::uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10
};

struct Frame {
  bool final = true;
  bool compressed = false;
  Opcode opcode = Opcode::kText;
  char* payload = nullptr;
  std::size_t payload_bytes = 0;
};

// Reads the frame that begins at `text`.
//   Returns: its whole size in bytes, header included; 0 when `size` bytes are not all of it.
[[nodiscard]] std::size_t parse_frame(char* text, std::size_t size, Frame& out) noexcept;

// Appends a client's frame: masked, with the key 0, which leaves the payload as it is.
void append_masked_frame(std::string& out, Opcode opcode, std::string_view payload);

// Appends a server's frame.
void append_plain_frame(std::string& out, Opcode opcode, std::string_view payload);

}  // namespace ringside::bench
