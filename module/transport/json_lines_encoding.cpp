// Events and messages are lines of JSON already; what is left to do is their ends.
#include "module/transport/json_lines_encoding.hpp"

#include "core/proto/server_message.hpp"

namespace ringside {

void JsonLinesEncoding::add_event(FrameBuffer& out, EventId /*id*/, std::string_view text,
                                  bool /*first*/) {
  out.add(text);
  out.add("\n");
}

void JsonLinesEncoding::add_message(FrameBuffer& out, std::string_view json) {
  if (type_of_message(json) == "welcome") {
    return;
  }
  chunk().begin(out);
  out.add(json);
  out.add("\n");
  chunk().end(out);
}

void JsonLinesEncoding::add_ping(FrameBuffer& out) { add_chunk(out, "\n"); }

}  // namespace ringside
