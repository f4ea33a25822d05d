#pragma once
// WebSocketEncoding: text frames of RFC 6455, batches in an envelope, and permessage-deflate where it was agreed on.
// Threads: the lws service thread only.

#include "module/transport/encoding.hpp"

namespace ringside {

class WebSocketEncoding final : public Encoding {
 public:
  // With a `deflater`, event frames that are worth it are compressed. It must outlive this.
  explicit WebSocketEncoding(Deflater* deflater) : deflater_(deflater) {}

  [[nodiscard]] std::string_view name() const noexcept override {
    return deflater_ != nullptr ? "websocket-deflate" : "websocket";
  }
  [[nodiscard]] Transport transport() const noexcept override { return Transport::kWebSocket; }
  void begin_batch(FrameBuffer& out) override;
  void add_event(FrameBuffer& out, EventId id, std::string_view text, bool first) override;
  void end_batch(FrameBuffer& out, unsigned n_events, WallTime now) override;
  void add_message(FrameBuffer& out, std::string_view json) override;
  void add_ping(FrameBuffer& out) override;

 private:
  Deflater* deflater_;
};

}  // namespace ringside
