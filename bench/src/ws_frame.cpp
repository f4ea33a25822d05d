// The masking key is 0: legal, and the generator would otherwise pay for an XOR that says nothing
// about a server. The server still unmasks, as it must.
#include "bench/src/ws_frame.hpp"

#include <cstring>

namespace ringside::bench {
namespace {

constexpr std::uint8_t kFinalBit = 0x80;
constexpr std::uint8_t kCompressedBit = 0x40;
constexpr std::uint8_t kMaskBit = 0x80;
constexpr std::uint8_t kLength16 = 126;
constexpr std::uint8_t kLength64 = 127;

void append_header(std::string& out, Opcode opcode, std::size_t size, std::uint8_t mask_bit) {
  out.push_back(static_cast<char>(kFinalBit | static_cast<std::uint8_t>(opcode)));
  int n_length_bytes = 0;
  if (size < kLength16) {
    out.push_back(static_cast<char>(mask_bit | size));
  } else if (size <= 0xffff) {
    out.push_back(static_cast<char>(mask_bit | kLength16));
    n_length_bytes = 2;
  } else {
    out.push_back(static_cast<char>(mask_bit | kLength64));
    n_length_bytes = 8;
  }
  for (int shift = (n_length_bytes - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((size >> shift) & 0xff));
  }
}

}  // namespace

std::size_t parse_frame(char* text, std::size_t size, Frame& out) noexcept {
  if (size < 2) {
    return 0;
  }
  const auto first = static_cast<std::uint8_t>(text[0]);
  std::size_t length = static_cast<std::uint8_t>(text[1]) & 0x7fU;
  std::size_t header = 2;
  if (length == kLength16) {
    header = 4;
    if (size < header) {
      return 0;
    }
    std::uint16_t word = 0;
    std::memcpy(&word, text + 2, sizeof word);
    length = __builtin_bswap16(word);
  } else if (length == kLength64) {
    header = 10;
    if (size < header) {
      return 0;
    }
    std::uint64_t word = 0;
    std::memcpy(&word, text + 2, sizeof word);
    length = __builtin_bswap64(word);
  }
  if (size - header < length) {
    return 0;
  }
  out.final = (first & kFinalBit) != 0;
  out.compressed = (first & kCompressedBit) != 0;
  out.opcode = static_cast<Opcode>(first & 0x0fU);
  out.payload = text + header;
  out.payload_bytes = length;
  return header + length;
}

void append_masked_frame(std::string& out, Opcode opcode, std::string_view payload) {
  append_header(out, opcode, payload.size(), kMaskBit);
  out.append(4, '\0');
  out.append(payload);
}

void append_plain_frame(std::string& out, Opcode opcode, std::string_view payload) {
  append_header(out, opcode, payload.size(), 0);
  out.append(payload);
}

}  // namespace ringside::bench
