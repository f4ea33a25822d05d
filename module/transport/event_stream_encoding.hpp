#pragma once
// EventStreamEncoding: Server-Sent Events (HTML standard, section 9.2) in the chunks of an HTTP body. An event is a message
// without a name whose `id` is our id, so that a browser resumes by itself; a message of the server is named by its type.
// Threads: the lws service thread only.

#include <cstdint>

#include "module/transport/http_encoding.hpp"

namespace ringside {

class EventStreamEncoding final : public HttpEncoding {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "event-stream"; }
  [[nodiscard]] Transport transport() const noexcept override { return Transport::kEventStream; }
  // `retry`, different for each connection: a server that restarts is not met by all of them in one moment.
  void begin_stream(FrameBuffer& out) override;
  void add_event(FrameBuffer& out, EventId id, std::string_view text, bool first) override;
  void add_message(FrameBuffer& out, std::string_view json) override;
  // A message that has only an id: the browser remembers it and shows nothing.
  void add_position(FrameBuffer& out, EventId id) override;
  void add_ping(FrameBuffer& out) override;

 private:
  std::uint32_t n_begun_ = 0;
};

}  // namespace ringside
