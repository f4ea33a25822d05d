// A field is a line, as each event and each message is.
#include "module/transport/event_stream_encoding.hpp"

#include <fmt/format.h>

#include <string>

#include "core/proto/server_message.hpp"

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
  add_chunk(out, fmt::format("retry: {}\n\n", retry));
}

void EventStreamEncoding::add_event(FrameBuffer& out, EventId id, std::string_view text,
                                    bool /*first*/) {
  out.add("id: ");
  out.add(format_event_id(id));
  out.add("\ndata: ");
  out.add(text);
  out.add("\n\n");
}

void EventStreamEncoding::add_message(FrameBuffer& out, std::string_view json) {
  chunk().begin(out);
  out.add("event: ");
  // A browser has an event of its own called `error`, for a connection that failed.
  const std::string_view type = type_of_message(json);
  out.add(type == "error" ? "problem" : type);
  out.add("\ndata: ");
  out.add(json);
  out.add("\n\n");
  chunk().end(out);
}

void EventStreamEncoding::add_position(FrameBuffer& out, EventId id) {
  add_chunk(out, fmt::format("id: {}\n\n", format_event_id(id)));
}

void EventStreamEncoding::add_ping(FrameBuffer& out) { add_chunk(out, ":\n\n"); }

}  // namespace ringside
