#pragma once
// EventStreamEncoding: Server-Sent Events (HTML standard, section 9.2) in the chunks of an HTTP body. An event is a message
// without a name whose `id` is our id, so that a browser resumes by itself; a message of the server is named by its type.
// Threads: the lws service thread only.

#include <cstdint>

#include "module/transport/encoding.hpp"
#include "module/transport/http_chunk.hpp"

namespace ringside {

class EventStreamEncoding final : public Encoding {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "event-stream"; }
  // `retry`, different for each connection: a server that restarts is not met by all of them in one moment.
  void begin_stream(FrameBuffer& out) override;
  void begin_batch(FrameBuffer& out) override { chunk_.begin(out); }
  void add_event(FrameBuffer& out, EventId id, std::string_view text, bool first) override;
  void end_batch(FrameBuffer& out, unsigned n_events, WallTime now) override;
  void add_message(FrameBuffer& out, std::string_view json) override;
  // A message that has only an id: the browser remembers it and shows nothing.
  void add_position(FrameBuffer& out, EventId id) override;
  void add_ping(FrameBuffer& out) override;
  void end_stream(FrameBuffer& out, CloseCode code, std::string_view reason) override;
  [[nodiscard]] bool is_answered() const noexcept override { return false; }

 private:
  HttpChunk chunk_;
  std::uint32_t n_begun_ = 0;
};

}  // namespace ringside
