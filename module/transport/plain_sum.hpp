#pragma once
// PlainSum: what the end of a gzip body says of the text before it was compressed (RFC 1952 section 2.3.1). Sums of pieces that
// were compressed once for many connections are put together for each of them.  Threads: pure.

#include <cstdint>
#include <string_view>

namespace ringside {

struct PlainSum {
  std::uint32_t crc = 0;
  std::uint64_t n_bytes = 0;
  bool has_begun = false;  // the head of the body is among what was sent

  void add(std::string_view text) noexcept;
  //   Cost: some hundred nanoseconds; nothing where `piece` is empty.
  void add(const PlainSum& piece) noexcept;
};

}  // namespace ringside
