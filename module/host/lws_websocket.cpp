// lws calls back in a fixed order: CONFIRM_UPGRADE, then FILTER, then one CONFIRM_EXTENSION for each extension offered,
// then ESTABLISHED, without a return to the loop in between. So one pending admission is enough.
#include "module/host/lws_websocket.hpp"

#include <optional>
#include <string>

#include "core/base/log.hpp"
#include "module/host/lws_http.hpp"
#include "module/host/lws_plugin.hpp"
#include "module/upgrade.hpp"

namespace ringside {
namespace {

std::optional<PendingUpgrade>& pending() noexcept { return LwsPlugin::instance()->pending(); }

int refuse(lws* wsi, const Refusal& refusal, bool over_http2, Vhost* vhost) {
  if (vhost != nullptr) {
    vhost->hub().count(Counter::kUpgradesRefused);
  }
  log::debug("refused an upgrade: {} {}", refusal.status(), refusal.message);
  if (over_http2) {
    (void)answer_http_through_lws(wsi, refusal.status(), "application/json", refusal.body());
  } else {
    answer_refusal_http1(wsi, refusal);
  }
  return 1;
}

int decide(lws* wsi, bool over_http2) {
  pending().reset();
  const VhostEntry& entry = LwsPlugin::instance()->find(lws_get_vhost(wsi));
  Decision decision = decide_upgrade(request_of(wsi, over_http2), entry.vhost.get(), entry.error);
  if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    return refuse(wsi, *refusal, over_http2, entry.vhost.get());
  }
  pending().emplace(PendingUpgrade{wsi, std::get<Admission>(std::move(decision)), false});
  return 0;
}

// lws: the two context-takeover options are swapped inside, so each is set from the other's offer. The server's messages
// are deflated by us with fresh contexts (module/transport/frame.hpp), so only the receiving side matters; the other is
// set so that lws keeps no memory for it.
void fix_deflate_options(lws* wsi) {
  const bool client_resets =
      header_of(wsi, WSI_TOKEN_EXTENSIONS).find("client_no_context_takeover") != std::string::npos;
  lws_set_extension_option(wsi, "permessage-deflate", "client_no_context_takeover", "1");
  lws_set_extension_option(wsi, "permessage-deflate", "server_no_context_takeover",
                           client_resets ? "1" : "0");
}

}  // namespace

int on_confirm_upgrade(lws* wsi) { return decide(wsi, false); }

int on_filter(lws* wsi) {
  // A stream of an HTTP/2 session has another network wsi below it.
  const bool over_http2 = lws_get_network_wsi(wsi) != wsi;
  if (over_http2) {
    return decide(wsi, true);
  }
  return pending() && pending()->wsi == wsi ? 0 : 1;
}

// Refuses every extension that was not asked for in the query.
int on_confirm_extension(lws* wsi, std::string_view extension) {
  const bool wanted = extension == "permessage-deflate" && pending() && pending()->wsi == wsi &&
                      pending()->admission.query.compression;
  // lws: it accepts an offer of server_max_window_bits without answering the parameter, which clients must refuse.
  if (!wanted ||
      header_of(wsi, WSI_TOKEN_EXTENSIONS).find("server_max_window_bits") != std::string::npos) {
    return 1;
  }
  pending()->compressed = true;
  return 0;
}

LwsSession* on_established(lws* wsi) {
  std::optional<PendingUpgrade> decided = std::exchange(pending(), std::nullopt);
  const VhostEntry& entry = LwsPlugin::instance()->find(lws_get_vhost(wsi));
  if (!decided || decided->wsi != wsi || entry.vhost == nullptr) {
    return nullptr;
  }
  if (decided->compressed) {
    fix_deflate_options(wsi);
  }
  return new LwsSession(wsi, *entry.vhost, std::move(decided->admission), decided->compressed);
}

int on_receive(lws* wsi, LwsSession& it, const void* in, std::size_t len) {
  if (it.connection.wants_close()) {
    return 0;  // lws: goes on delivering after the close was decided
  }
  const bool last = lws_is_final_fragment(wsi) != 0 && lws_remaining_packet_payload(wsi) == 0;
  it.session.on_receive({static_cast<const char*>(in), len}, lws_frame_is_binary(wsi) != 0, last);
  // lws: a close from here throws the rest of its read buffer away, takes what follows for a broken frame and resets the
  // connection before the peer has read the code. So it ends in WRITEABLE, which close() has asked for.
  return 0;
}

int on_writeable(LwsSession& it) {
  if (it.connection.wants_close()) {
    return it.connection.end_now();
  }
  it.session.on_writable();
  return 0;
}

void on_peer_close(LwsSession& it, const void* in, std::size_t len) {
  if (len >= 2) {
    const auto* code = static_cast<const unsigned char*>(in);
    it.peer_code = static_cast<std::uint16_t>(code[0] << 8 | code[1]);
  }
}

}  // namespace ringside
