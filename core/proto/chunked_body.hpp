#pragma once
// ChunkedBody: takes the framing of Transfer-Encoding: chunked (RFC 9112 section 7.1) off a body, however it was cut.
//
// Threads: one. Memory: a few bytes. Cost: one look at each byte of the framing, none at the data.

#include <cstdint>
#include <functional>
#include <string_view>

namespace ringside {

class ChunkedBody {
 public:
  enum class State { kMore, kDone, kBroken };

  // Longer lines than this, of sizes with their extensions and of trailers, break the body; so do more trailers together.
  static constexpr std::size_t kMaxLineBytes = 256;
  static constexpr std::size_t kMaxTrailerBytes = 4096;

  // Takes bytes that follow those before, and calls `on_data` with what is the body's in them. What follows the end of
  // the body is ignored.
  State feed(std::string_view bytes, const std::function<void(std::string_view)>& on_data);

  [[nodiscard]] State state() const noexcept {
    return at_ == At::kEnd ? State::kDone : at_ == At::kBroken ? State::kBroken : State::kMore;
  }

 private:
  enum class At {
    kSize,       // hex digits
    kExtension,  // after a semicolon
    kSizeEnd,    // CR seen, LF to come
    kData,
    kDataEnd,      // CR to come
    kDataLineEnd,  // LF to come
    kTrailer,      // at the start of a line, or in it
    kTrailerEnd,   // CR seen
    kEnd,
    kBroken,
  };

  [[nodiscard]] At after(char c) noexcept;
  [[nodiscard]] At after_size(char c) noexcept;
  [[nodiscard]] At after_trailer(char c) noexcept;

  At at_ = At::kSize;
  std::uint64_t left_ = 0;  // of this chunk: its size while that is read
  std::size_t n_digits_ = 0;
  std::size_t n_line_ = 0;  // bytes of this line
  std::size_t n_trailers_ = 0;
};

}  // namespace ringside
