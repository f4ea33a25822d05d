// The envelope's head is known only when the batch is complete, so room is left for it: the events are copied once.
#include "module/transport/websocket_encoding.hpp"

#include <string>

namespace ringside {
namespace {

constexpr std::string_view kEnvelopeBegin = R"({"type":"batch","timestamp":")";
constexpr std::string_view kEnvelopeMiddle = R"(","events":[)";
constexpr std::string_view kEnvelopeEnd = "]}";
constexpr std::size_t kMaxTimeBytes = 40;
constexpr std::size_t kMaxPrefix = kEnvelopeBegin.size() + kMaxTimeBytes + kEnvelopeMiddle.size();
// A fresh deflate context gains nothing on less than this, and costs as much as on more.
constexpr std::size_t kWorthCompressing = 128;
constexpr std::string_view kPingPayload = "ringside";  // lws reports no pong without a payload

}  // namespace

void WebSocketEncoding::begin_batch(FrameBuffer& out) { out.begin_frame(kMaxPrefix); }

void WebSocketEncoding::add_event(FrameBuffer& out, EventId /*id*/, std::string_view text,
                                  bool first) {
  if (!first) {
    out.add(",");
  }
  out.add(text);
}

void WebSocketEncoding::end_batch(FrameBuffer& out, unsigned n_events, WallTime now) {
  std::string prefix;
  if (n_events > 1) {
    prefix += kEnvelopeBegin;
    prefix += format_rfc3339(now);
    prefix += kEnvelopeMiddle;
    out.add(kEnvelopeEnd);
  }
  if (deflater_ != nullptr) {
    const std::string_view payload = out.pending(prefix);
    if (payload.size() >= kWorthCompressing) {
      const std::string_view deflated = deflater_->deflate(payload);
      out.drop_frame();
      out.append(Opcode::kText, deflated, true);
      return;
    }
  }
  out.end_frame(Opcode::kText, prefix);
}

void WebSocketEncoding::add_message(FrameBuffer& out, std::string_view json) {
  out.append(Opcode::kText, json);
}

void WebSocketEncoding::add_ping(FrameBuffer& out) { out.append(Opcode::kPing, kPingPayload); }

}  // namespace ringside
