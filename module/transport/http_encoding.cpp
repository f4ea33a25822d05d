// The close message is what a WebSocket says in its close frame.
#include "module/transport/http_encoding.hpp"

#include "core/proto/server_message.hpp"

namespace ringside {

void HttpEncoding::end_batch(FrameBuffer& out, unsigned /*n_events*/, WallTime /*now*/) {
  chunk_.end(out);
}

void HttpEncoding::end_stream(FrameBuffer& out, const PlainSum& /*before*/, CloseCode code,
                              std::string_view reason) {
  add_message(out, close_message(code, reason));
  out.add(kLastHttpChunk);
}

void HttpEncoding::add_chunk(FrameBuffer& out, std::string_view text) {
  chunk_.begin(out);
  out.add(text);
  chunk_.end(out);
}

}  // namespace ringside
