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

}  // namespace ringside
