#pragma once
// JsonLinesEncoding: a line of JSON for each event and for each message of the server, in the chunks of an HTTP body. Made
// for `curl -N` and `jq`: an event has the member `event_type`, a message has `type`, an empty line is a sign of life.
// Threads: the lws service thread only.

#include "module/transport/http_encoding.hpp"

namespace ringside {

class JsonLinesEncoding final : public HttpEncoding {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "json-lines"; }
  [[nodiscard]] Transport transport() const noexcept override { return Transport::kJsonLines; }
  void add_event(FrameBuffer& out, EventId id, std::string_view text, bool first) override;
  // All but `welcome`: nobody who pipes lines into a program wants to be greeted.
  void add_message(FrameBuffer& out, std::string_view json) override;
  void add_ping(FrameBuffer& out) override;
};

}  // namespace ringside
