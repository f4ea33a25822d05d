// The answer of a server that sends events as an HTTP body: Server-Sent Events or lines of JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ringside::bench {

// One piece of a body in chunked transfer encoding (RFC 9112, section 7.1).
struct Chunk {
  std::string_view text;
  bool last = false;
};

// Reads the chunk that begins `text`.
//   Returns: its size in bytes, with the line before it and the line end after it; 0 when `text`
//            does not contain all of it.
//   Throws std::runtime_error when no chunk begins there.
[[nodiscard]] std::size_t parse_chunk(std::string_view text, Chunk& out);

// The request for a body of events of the media type `accept`.
[[nodiscard]] std::string stream_request(const std::string& target, const std::string& accept);

// Checks the answer to it; `head` is complete.
//   Returns: an empty text when the events follow, else what is wrong.
[[nodiscard]] std::string check_stream_answer(std::string_view head, std::string_view accept);

// The messages in a body, which may be cut anywhere: by chunks, and by what one read gets.
class HttpStream {
 public:
  // `head` is that of the answer: it says whether the body is in chunks. Each message ends with
  // `message_end`, which must outlive this.
  HttpStream(std::string_view head, std::string_view message_end);

  // Takes a piece of the body from the begin of `text`.
  //   `messages`: the whole messages that are now complete, one after the other, or nothing. Valid
  //               until the next call, and as long as `text`.
  //   Returns: how many bytes were taken; 0 when the rest of a chunk has not come yet.
  //   Throws std::runtime_error when the body is not what the head said, or a message does not end.
  [[nodiscard]] std::size_t take(std::string_view text, std::string_view& messages);

  // Whether the last chunk was taken.
  [[nodiscard]] bool ended() const noexcept { return ended_; }

 private:
  [[nodiscard]] std::string_view whole_messages(std::string_view text);

  std::string_view message_end_;
  std::string held_;       // the messages of the last call, and what follows them
  std::size_t given_ = 0;  // how much of held_ the last call gave out
  bool is_chunked_;
  bool ended_ = false;
};

}  // namespace ringside::bench
