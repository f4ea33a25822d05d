// The size is before the bytes and is known after them, so it has a fixed width: leading zeros are allowed.
#include "module/transport/http_chunk.hpp"

#include <algorithm>
#include <span>

#include "core/base/check.hpp"

namespace ringside {
namespace {

constexpr std::string_view kPlaceholder = "00000000\r\n";
constexpr std::size_t kDigits = 8;

}  // namespace

void HttpChunk::begin(FrameBuffer& out) {
  at_ = out.size();
  out.add(kPlaceholder);
}

void HttpChunk::end(FrameBuffer& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::size_t n_bytes = out.size() - at_ - kPlaceholder.size();
  RS_CHECK(n_bytes > 0 && n_bytes >> (4 * kDigits) == 0);
  const std::span<std::byte> digits = out.frames().subspan(at_, kDigits);
  for (std::size_t i = kDigits; i-- > 0; n_bytes >>= 4U) {
    digits[i] = static_cast<std::byte>(kHex[n_bytes & 0xFU]);
  }
  out.add("\r\n");
}

std::string_view take_http_chunk(std::string_view& chunks) noexcept {
  constexpr std::size_t kEndBytes = 2;
  std::size_t n_bytes = 0;
  for (const char digit : chunks.substr(0, kDigits)) {
    n_bytes =
        n_bytes << 4U | static_cast<std::size_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
  }
  const std::string_view text = chunks.substr(kPlaceholder.size(), n_bytes);
  chunks.remove_prefix(kPlaceholder.size() + n_bytes + kEndBytes);
  return text;
}

}  // namespace ringside
