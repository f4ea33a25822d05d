// Events and messages are JSON already; what is left to do is that each has one line.
#include "module/transport/json_lines_encoding.hpp"

#include "core/proto/server_message.hpp"
#include "module/transport/json_line.hpp"

namespace ringside {

void JsonLinesEncoding::add_event(FrameBuffer& out, EventId /*id*/, std::string_view text,
                                  bool /*first*/) {
  add_on_one_line(out, text);
  out.add("\n");
}

void JsonLinesEncoding::end_batch(FrameBuffer& out, unsigned /*n_events*/, WallTime /*now*/) {
  chunk_.end(out);
}

void JsonLinesEncoding::add_message(FrameBuffer& out, std::string_view json) {
  if (type_of_message(json) == "welcome") {
    return;
  }
  chunk_.begin(out);
  add_on_one_line(out, json);
  out.add("\n");
  chunk_.end(out);
}

void JsonLinesEncoding::add_ping(FrameBuffer& out) {
  chunk_.begin(out);
  out.add("\n");
  chunk_.end(out);
}

void JsonLinesEncoding::end_stream(FrameBuffer& out, CloseCode code, std::string_view reason) {
  add_message(out, close_message(code, reason));
  out.add(kLastHttpChunk);
}

}  // namespace ringside
