#pragma once
// FrameReader: takes the framing of core/proto/ingest_wire.hpp off a stream, however it was cut. Keeps nothing of the data.
//
// Threads: one.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringside {

class FrameReader {
 public:
  // The next piece of data in `bytes`, which is shortened by what was read; empty when there is none.
  [[nodiscard]] std::string_view next(std::string_view& bytes) {
    while (!bytes.empty() && !at_end_) {
      if (n_head_ < kHeadBytes) {
        left_ = left_ << 8U | static_cast<std::uint8_t>(bytes.front());
        bytes.remove_prefix(1);
        ++n_head_;
        at_end_ = n_head_ == kHeadBytes && left_ == 0;
        continue;
      }
      const std::size_t n = std::min<std::size_t>(left_, bytes.size());
      const std::string_view piece = bytes.substr(0, n);
      bytes.remove_prefix(n);
      left_ -= static_cast<std::uint32_t>(n);
      n_head_ = left_ == 0 ? 0 : n_head_;
      return piece;
    }
    return {};
  }
  // The end of the body was read.
  [[nodiscard]] bool at_end() const noexcept { return at_end_; }

 private:
  static constexpr std::size_t kHeadBytes = 4;
  std::uint32_t left_ = 0;
  std::size_t n_head_ = 0;
  bool at_end_ = false;
};

}  // namespace ringside
