#pragma once
// GzipStreamEncoding: another encoding of a plain HTTP answer, compressed (RFC 1952). Each batch and message is compressed by
// itself, once for all connections: what is put together of such pieces is one gzip body, because none refers to what came
// before it. Only the checksum at the end differs between connections; see PlainSum.
// Threads: the lws service thread only.

#include <string>

#include "module/transport/http_encoding.hpp"

namespace ringside {

class GzipStreamEncoding final : public Encoding {
 public:
  // Both must outlive this.
  GzipStreamEncoding(HttpEncoding& inner, Deflater& deflater)
      : inner_(inner), deflater_(deflater), name_(std::string(inner.name()) + "-gzip") {}

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] Transport transport() const noexcept override { return inner_.transport(); }
  void begin_batch(FrameBuffer& out) override;
  void add_event(FrameBuffer& out, EventId id, std::string_view text, bool first) override;
  void end_batch(FrameBuffer& out, unsigned n_events, WallTime now) override;
  void begin_stream(FrameBuffer& out) override;
  void add_message(FrameBuffer& out, std::string_view json) override;
  void add_ping(FrameBuffer& out) override;
  [[nodiscard]] bool is_answered() const noexcept override { return inner_.is_answered(); }
  void add_position(FrameBuffer& out, EventId id) override;
  void end_stream(FrameBuffer& out, const PlainSum& before, CloseCode code,
                  std::string_view reason) override;

 private:
  // Compresses what the inner encoding has written, and forgets it.
  void flush(FrameBuffer& out);

  HttpEncoding& inner_;
  Deflater& deflater_;
  std::string name_;
  FrameBuffer plain_;  // whole chunks of the inner encoding
  HttpChunk chunk_;
  bool is_flushed_ = false;  // nothing of the batch is left to compress
};

}  // namespace ringside
