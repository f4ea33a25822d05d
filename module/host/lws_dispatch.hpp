#pragma once
// The boundary to libwebsockets: callback reasons become calls. No file but plugin.cpp and those of module/host/ includes
// libwebsockets.h.  Threads: the lws service thread only.

#include <libwebsockets.h>

#include <cstddef>

namespace ringside {

// The callback of all three protocols. noexcept: an exception below becomes a log line and, where there is one, a closed
// connection.
int on_lws_callback(struct lws* wsi, enum lws_callback_reasons reason, void* user, void* in,
                    size_t len) noexcept;

// What lws allocates for each connection, zeroed.
struct PerSession {
  class LwsSession* session;    // of a WebSocket
  class LwsResponse* response;  // of a request that is answered little by little
};

// Messages longer than this arrive in pieces; it is most of the memory of an idle connection.
inline constexpr std::size_t kRxBufferBytes = 256;
// lws sends no more than this in one system call: a whole chunk (FrameCache::kMaxChunkBytes and its last batch).
inline constexpr std::size_t kTxPacketBytes = 256u << 10u;

}  // namespace ringside
