#pragma once
// HttpEncoding: what encodings over a plain HTTP answer have in common: each batch, message and sign of life is a chunk of the
// body, nobody answers a sign of life, and the last message says why the stream ends. An event is one line already: the worker
// stores none with a line break in it.
// Threads: the lws service thread only.

#include <string_view>

#include "module/transport/encoding.hpp"
#include "module/transport/http_chunk.hpp"

namespace ringside {

class HttpEncoding : public Encoding {
 public:
  void begin_batch(FrameBuffer& out) final { chunk_.begin(out); }
  void end_batch(FrameBuffer& out, unsigned n_events, WallTime now) final;
  void end_stream(FrameBuffer& out, const PlainSum& before, CloseCode code,
                  std::string_view reason) final;
  [[nodiscard]] bool is_answered() const noexcept final { return false; }

 protected:
  // A chunk of its own around this text; not empty.
  void add_chunk(FrameBuffer& out, std::string_view text);
  [[nodiscard]] HttpChunk& chunk() noexcept { return chunk_; }

 private:
  HttpChunk chunk_;
};

}  // namespace ringside
