// A line break would end a field, so none may be in one. Text from the ring has none except as whitespace between tokens of
// JSON, where a space means the same.
#include "module/transport/event_stream_encoding.hpp"

#include <fmt/format.h>

#include <string>

#include "core/proto/server_message.hpp"
#include "module/transport/json_line.hpp"

namespace ringside {
namespace {

constexpr std::uint32_t kLeastRetryMs = 1000;
constexpr std::uint32_t kRetrySpreadMs = 4000;

}  // namespace

// Steps of the golden ratio spread any number of connections evenly.
void EventStreamEncoding::begin_stream(FrameBuffer& out) {
  constexpr std::uint32_t kGolden = 0x9e3779b9;
  const std::uint64_t point = ++n_begun_ * kGolden;
  const auto retry = kLeastRetryMs + static_cast<std::uint32_t>((point * kRetrySpreadMs) >> 32U);
  chunk_.begin(out);
  out.add(fmt::format("retry: {}\n\n", retry));
  chunk_.end(out);
}

void EventStreamEncoding::add_event(FrameBuffer& out, EventId id, std::string_view text,
                                    bool /*first*/) {
  out.add("id: ");
  out.add(format_event_id(id));
  out.add("\ndata: ");
  add_on_one_line(out, text);
  out.add("\n\n");
}

void EventStreamEncoding::end_batch(FrameBuffer& out, unsigned /*n_events*/, WallTime /*now*/) {
  chunk_.end(out);
}

void EventStreamEncoding::add_message(FrameBuffer& out, std::string_view json) {
  chunk_.begin(out);
  out.add("event: ");
  // A browser has an event of its own called `error`, for a connection that failed.
  const std::string_view type = type_of_message(json);
  out.add(type == "error" ? "problem" : type);
  out.add("\ndata: ");
  add_on_one_line(out, json);
  out.add("\n\n");
  chunk_.end(out);
}

void EventStreamEncoding::add_position(FrameBuffer& out, EventId id) {
  chunk_.begin(out);
  out.add("id: ");
  out.add(format_event_id(id));
  out.add("\n\n");
  chunk_.end(out);
}

void EventStreamEncoding::add_ping(FrameBuffer& out) {
  chunk_.begin(out);
  out.add(":\n\n");
  chunk_.end(out);
}

void EventStreamEncoding::end_stream(FrameBuffer& out, CloseCode code, std::string_view reason) {
  add_message(out, close_message(code, reason));
  out.add(kLastHttpChunk);
}

}  // namespace ringside
