// No more than half of the process' descriptors may be plain connections, whatever the option says: the other half is for
// WebSockets, files and the ring. The limit of descriptors is asked for each time, since it can be changed from outside.
#include "module/host/lws_accept.hpp"

#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "core/base/time.hpp"
#include "module/host/lws_plugin.hpp"

namespace ringside {
namespace {

unsigned total_limit(unsigned configured) {
  rlimit descriptors{};
  if (configured == 0 || getrlimit(RLIMIT_NOFILE, &descriptors) != 0) {
    return configured;
  }
  constexpr rlim_t kAtLeast = 16;
  return static_cast<unsigned>(
      std::min<rlim_t>(configured, std::max<rlim_t>(kAtLeast, descriptors.rlim_cur / 2)));
}

// The kernel would let it grow to megabytes for each client that does not read, and a thousand of those
// are gigabytes that no limit of ours counts.
void limit_send_buffer(int fd, std::size_t n_bytes) {
  if (n_bytes != 0) {
    const int limit = static_cast<int>(n_bytes);
    (void)::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &limit, sizeof limit);
  }
}

// Without TLS a few words fit before the end; with it the end has to say it all.
void say_no(int fd) {
  const Refusal refusal{HttpError::kOverloaded, "too many connections wait here; try again", {}};
  const std::string body = refusal.body();
  const std::string answer =
      "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: " +
      std::to_string(body.size()) +
      "\r\nretry-after: 5\r\ncache-control: no-store\r\nconnection: close\r\n\r\n" + body;
  std::array<char, 2048> unread{};
  if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0) {
    shutdown(fd, SHUT_WR);
    (void)::recv(fd, unread.data(), unread.size(),
                 MSG_DONTWAIT);  // closing over it would reset the connection
  }
}

}  // namespace

int on_connecting(lws* listening, const void* filter, const void* descriptor) {
  LwsPlugin* const plugin = LwsPlugin::instance();
  if (plugin == nullptr) {
    return 0;
  }
  const VhostEntry& entry = plugin->find(lws_get_vhost(listening));
  if (entry.vhost == nullptr) {
    return 0;
  }
  entry.vhost->hub().on_new_socket();
  const PluginOptions& options = entry.vhost->options();
  const auto* arguments = static_cast<const lws_filter_network_conn_args*>(filter);
  const auto verdict = plugin->plain_connections().admit(
      counted_address(&arguments->cli_addr),
      {total_limit(options.limit_plain_connections), options.limit_plain_connections_per_address},
      system_clock().mono_now());
  if (verdict.evicted != nullptr) {
    entry.vhost->hub().count(Counter::kPlainConnectionsRefused);
    // lws: lws_wsi_close() does not compile in C++; this is its expansion.
    lws_set_timeout(static_cast<lws*>(const_cast<void*>(verdict.evicted)),
                    static_cast<pending_timeout>(1), LWS_TO_KILL_ASYNC);
  }
  const int fd = static_cast<int>(reinterpret_cast<std::intptr_t>(descriptor));
  if (verdict.admitted) {
    limit_send_buffer(fd, options.limit_send_buffer);
  } else {
    entry.vhost->hub().count(Counter::kPlainConnectionsRefused);
    if (lws_is_ssl(listening) == 0) {
      say_no(fd);
    }
  }
  return verdict.admitted ? 0 : 1;
}

void on_connected(lws* wsi) {
  if (LwsPlugin* const plugin = LwsPlugin::instance()) {
    plugin->plain_connections().add(wsi, system_clock().mono_now());
  }
}

void on_answering(lws* wsi) {
  LwsPlugin::instance()->plain_connections().touch(wsi, system_clock().mono_now());
}

void on_disconnected(lws* wsi) {
  if (LwsPlugin* const plugin = LwsPlugin::instance()) {
    plugin->plain_connections().remove(wsi);
  }
}

}  // namespace ringside
