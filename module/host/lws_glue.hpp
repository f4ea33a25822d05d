#pragma once
// The boundary to libwebsockets: callback reasons become calls on Session, and back. No other file
// but plugin.cpp and module/host/ includes libwebsockets.h. Threads: the lws service thread only, but for the
// wake-up (lws_cancel_service), which any thread may call.

#include <libwebsockets.h>

#include <cstddef>

namespace ringside {

// The callback of all three protocols. noexcept: what is thrown below becomes a log line and, where
// there is one, a closed connection.
int on_lws_callback(struct lws* wsi, enum lws_callback_reasons reason, void* user, void* in,
                    size_t len) noexcept;

// What lws allocates for each connection, zeroed.
struct PerSession {
  class LwsSession* session;
};

// Messages longer than this arrive in pieces; it is most of what an idle connection costs.
inline constexpr std::size_t kRxBufferBytes = 256;
// lws sends no more than this in one system call: a whole chunk (FrameCache::kMaxChunkBytes and its
// last batch).
inline constexpr std::size_t kTxPacketBytes = 256u << 10u;

}  // namespace ringside
