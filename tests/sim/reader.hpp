#pragma once
// Reader: reads the bytes of a stream as its client does, in each encoding that the plugin has. Strict: what a client of another
// author might stumble over is a violation. Knows RFC 6455, 7692, 9112 and 1952 and the HTML standard, not the code.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ringside::sim {

enum class Wire : std::uint8_t {
  kWebSocket,
  kDeflate,  // a WebSocket with permessage-deflate
  kEventStream,
  kEventStreamGzip,
  kJsonLines,
  kJsonLinesGzip
};

[[nodiscard]] std::string_view name_of(Wire wire) noexcept;
// The client can say something, answers pings, and is closed with a close frame.
[[nodiscard]] constexpr bool is_websocket(Wire wire) noexcept { return wire <= Wire::kDeflate; }
[[nodiscard]] constexpr bool is_event_stream(Wire wire) noexcept {
  return wire == Wire::kEventStream || wire == Wire::kEventStreamGzip;
}
[[nodiscard]] constexpr bool is_gzip(Wire wire) noexcept {
  return wire == Wire::kEventStreamGzip || wire == Wire::kJsonLinesGzip;
}

class Reader {
 public:
  explicit Reader(Wire wire);
  ~Reader();

  // The JSON of each message and each event, in order.
  std::function<void(std::string_view)> on_text;
  // An id alone: everything up to it was sent, or is not for this client.
  std::function<void(std::string_view)> on_place;

  // Bytes that end where a frame or a chunk ends, and with all that was compressed until then.
  void take(std::string_view bytes);

  [[nodiscard]] Wire wire() const noexcept { return wire_; }
  [[nodiscard]] std::uint64_t n_pings() const noexcept { return n_pings_; }
  // The body has come to its end, with the right checksum where it has one.
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  // Where a client would resume: of the last event, or a later place. Empty: it knows none.
  [[nodiscard]] const std::string& last_id() const noexcept { return last_id_; }
  // The first thing that was wrong; empty if nothing was.
  [[nodiscard]] const std::string& violation() const noexcept { return violation_; }

 private:
  struct Inflater;

  void fail(std::string_view what);
  void take_frames(std::string_view bytes);
  void take_frame(std::uint8_t head, std::string_view payload);
  void take_chunks(std::string_view bytes);
  void take_body(std::string_view text);
  void take_event_stream(std::string_view text);
  void take_server_sent(std::string_view message);
  void take_lines(std::string_view text);

  Wire wire_;
  std::unique_ptr<Inflater> inflater_;
  bool gzip_ended_ = false;
  bool ended_ = false;
  std::uint64_t n_pings_ = 0;
  std::string last_id_;
  std::string violation_;
};

}  // namespace ringside::sim
