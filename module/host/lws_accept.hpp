#pragma once
// The door before the door: connections are counted from accept() on, and limited while they are no WebSocket. Needs a
// host with the patch connections-for-the-default-protocol; another never calls this.
// Threads: the lws service thread only, within lws' callbacks; the return values are lws'.

#include <libwebsockets.h>

namespace ringside {

// A socket was accepted: `filter` is lws' lws_filter_network_conn_args, `descriptor` the socket. Nonzero: it is closed.
[[nodiscard]] int on_connecting(lws* listening, const void* filter, const void* descriptor);
// Its wsi exists; follows at once.
void on_connected(lws* wsi);
// One of its requests is about to be answered.
void on_answering(lws* wsi);
void on_disconnected(lws* wsi);

}  // namespace ringside
