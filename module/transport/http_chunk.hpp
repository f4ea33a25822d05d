#pragma once
// HttpChunk: one chunk of a body whose length nobody knows yet (RFC 9112 section 7.1), written in place into a FrameBuffer:
// begin(), whatever belongs into it, end().  Threads: one.

#include <cstddef>
#include <string_view>

#include "module/transport/frame.hpp"

namespace ringside {

class HttpChunk {
 public:
  void begin(FrameBuffer& out);
  // The chunk must not be empty: an empty one would end the body.
  void end(FrameBuffer& out);

 private:
  std::size_t at_ = 0;  // where begin() was
};

// The text of the first chunk, which is taken off `chunks`; these are whole ones that HttpChunk has written.
[[nodiscard]] std::string_view take_http_chunk(std::string_view& chunks) noexcept;

// Ends the body.
inline constexpr std::string_view kLastHttpChunk = "0\r\n\r\n";

}  // namespace ringside
