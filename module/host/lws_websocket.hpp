#pragma once
// The WebSocket side of the boundary to lws: an upgrade is decided, becomes a session, and the session is driven until
// it is closed.  Threads: the lws service thread only, within lws' callbacks; the return values are lws'.

#include <libwebsockets.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include "module/host/lws_connection.hpp"
#include "module/session.hpp"

namespace ringside {

// A connection and its session; lws' per-session memory holds a pointer to it.
class LwsSession {
 public:
  LwsSession(lws* wsi, Vhost& vhost, Admission admission, bool compressed)
      : connection(wsi, compressed),
        session(connection, vhost, std::move(admission), vhost.hub().websocket(compressed)) {}

  LwsWebSocket connection;
  Session session;
  std::uint16_t peer_code = 1006;
};

// Decides on an HTTP/1.1 upgrade, before lws chooses a subprotocol.
[[nodiscard]] int on_confirm_upgrade(lws* wsi);
// Lets through what on_confirm_upgrade() decided on; refuses WebSockets over HTTP/2, which come only here.
[[nodiscard]] int on_filter(lws* wsi);
[[nodiscard]] int on_confirm_extension(lws* wsi, std::string_view extension);
// Null when nobody decided on this upgrade.
[[nodiscard]] LwsSession* on_established(lws* wsi);
[[nodiscard]] int on_receive(lws* wsi, LwsSession& it, const void* in, std::size_t len);
[[nodiscard]] int on_writeable(LwsSession& it);
void on_peer_close(LwsSession& it, const void* in, std::size_t len);

}  // namespace ringside
