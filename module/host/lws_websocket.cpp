// lws calls back in a fixed order: CONFIRM_UPGRADE, then FILTER, then one CONFIRM_EXTENSION for each extension offered,
// then ESTABLISHED, without a return to the loop in between. So one pending admission is enough.
#include "module/host/lws_websocket.hpp"

#include <optional>
#include <string>

#include "core/base/text.hpp"
#include "module/host/host_patches.hpp"
#include "module/host/lws_http.hpp"
#include "module/host/lws_plugin.hpp"
#include "module/upgrade.hpp"

namespace ringside {
namespace {

std::optional<PendingUpgrade>& pending() noexcept { return LwsPlugin::instance()->pending(); }

int refuse(lws* wsi, const Refusal& refusal, bool over_http2, Vhost* vhost) {
  refuse_request(wsi, refusal, over_http2, vhost);
  return 1;
}

// lws: reads three headers in ways of its own. It takes the first subprotocol that it knows, gives a list of more than 127
// bytes no answer, and takes wrong offers of permessage-deflate or mixes them up. So it is left nothing to choose: each
// header has the one value that was decided on.
bool leave_no_choice(lws* wsi, const Admission& admission) {
  return replace_header(wsi, WSI_TOKEN_CONNECTION, "Upgrade") &&
         replace_header(wsi, WSI_TOKEN_PROTOCOL, std::string(admission.subprotocol)) &&
         replace_header(wsi, WSI_TOKEN_EXTENSIONS,
                        admission.deflate ? admission.deflate->text() : "");
}

// The same where the host has no patch for that: what lws would get wrong is refused, or done without.
std::optional<Refusal> avoid_choice(const UpgradeRequest& request, Admission& admission) {
  constexpr std::size_t kMaxListBytes = 126;
  constexpr std::size_t kMaxNameBytes = 63;
  constexpr std::size_t kMaxExtensionsBytes = 250;
  std::string_view chosen;
  bool too_long = request.subprotocols.size() > kMaxListBytes;
  for (std::string_view name : split(request.subprotocols, ',')) {
    name = trim(name);
    too_long = too_long || name.size() > kMaxNameBytes;
    if (chosen.empty() && name.starts_with("ringside-")) {
      chosen = name;
    }
  }
  if (too_long || chosen != admission.subprotocol) {
    return Refusal{
        HttpError::kBadSubprotocol,
        "name the subprotocol first, in a list of at most 126 bytes: this host cannot read others",
        {}};
  }
  if (request.extensions.size() > kMaxExtensionsBytes) {
    return Refusal{
        HttpError::kHeadersTooLarge, "Sec-WebSocket-Extensions has more than 250 bytes", {}};
  }
  if (request.extensions.find(',') != std::string::npos ||
      request.extensions.find("max_window_bits=") != std::string::npos) {
    admission.deflate.reset();
  }
  return std::nullopt;
}

int decide(lws* wsi, bool over_http2) {
  pending().reset();
  const VhostEntry& entry = LwsPlugin::instance()->find(lws_get_vhost(wsi));
  const UpgradeRequest request = request_of(wsi, over_http2);
  Decision decision = decide_upgrade(request, entry.vhost.get(), entry.error);
  if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    return refuse(wsi, *refusal, over_http2, entry.vhost.get());
  }
  auto& admission = std::get<Admission>(decision);
  if (!host_has_patch("replace-request-header")) {
    if (const auto refusal = avoid_choice(request, admission)) {
      return refuse(wsi, *refusal, over_http2, entry.vhost.get());
    }
  } else if (!leave_no_choice(wsi, admission)) {
    return refuse(wsi, {HttpError::kHeadersTooLarge, "the headers of the request are too long", {}},
                  over_http2, entry.vhost.get());
  }
  pending().emplace(PendingUpgrade{wsi, std::move(admission), false});
  return 0;
}

// lws: the two context-takeover options are swapped inside, so each is set from the other's offer. The server's messages
// are deflated by us with fresh contexts (module/transport/frame.hpp), so only the receiving side matters; the other is
// set so that lws keeps no memory for it.
void fix_deflate_options(lws* wsi, const DeflateAgreement& agreed) {
  lws_set_extension_option(wsi, "permessage-deflate", "client_no_context_takeover", "1");
  lws_set_extension_option(wsi, "permessage-deflate", "server_no_context_takeover",
                           agreed.client_no_context_takeover ? "1" : "0");
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

// Refuses every extension that was not decided on.
int on_confirm_extension(lws* wsi, std::string_view extension) {
  if (extension != "permessage-deflate" || !pending() || pending()->wsi != wsi ||
      !pending()->admission.deflate) {
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
    fix_deflate_options(wsi, *decided->admission.deflate);
  }
  LwsPlugin::instance()->plain_connections().remove(wsi);
  return new LwsSession(wsi, *entry.vhost, std::move(decided->admission), decided->compressed);
}

int on_receive(lws* wsi, LwsSession& it, const void* in, std::size_t len) {
  if (it.connection.wants_close()) {
    return 0;  // lws: continues delivering after the close was decided
  }
  // A length that the frame announces is refused at once; of a compressed one the true length shows when it is inflated.
  const std::size_t remaining = lws_remaining_packet_payload(wsi);
  const bool last = lws_is_final_fragment(wsi) != 0 && remaining == 0;
  it.session.on_receive({static_cast<const char*>(in), len}, lws_frame_is_binary(wsi) != 0, last,
                        it.connection.is_compressed() ? 0 : remaining);
  // lws: a close from here throws the rest of its read buffer away, takes what follows for a broken frame and resets the
  // connection before the peer has read the code. So it ends in WRITEABLE, which close() has asked for.
  return 0;
}

int on_writeable(LwsSession& it) {
  it.connection.writable_has_come();
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
