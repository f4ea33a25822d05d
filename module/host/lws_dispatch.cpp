// lws hands everything to one callback with a reason; this is that callback, cut into small functions. docs/architecture.md
// lists the most surprising behaviour of lws; comments that begin with "lws:" name the rest where it matters.
#include "module/host/lws_dispatch.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/log.hpp"
#include "module/host/lws_accept.hpp"
#include "module/host/lws_http.hpp"
#include "module/host/lws_ingest.hpp"
#include "module/host/lws_plugin.hpp"
#include "module/host/lws_response.hpp"
#include "module/host/lws_websocket.hpp"

namespace ringside {
namespace {

// One place for the options of all three protocols, so that they cannot contradict each other.
void warn_of_options(lws* wsi, const lws_protocol_vhost_options* options) {
  for (; options != nullptr; options = options->next) {
    if (std::string_view(options->name) != "status") {
      log::warn("vhost {}: {}: {} is not read here; set it at ringside-ws, for all three protocols",
                lws_get_vhost_name(lws_get_vhost(wsi)), lws_get_protocol(wsi)->name, options->name);
    }
  }
}

// A virtual host that cannot be served says so on /readyz and at each upgrade; the others continue.
int on_init(lws* wsi, const void* in) {
  const auto* options = static_cast<const lws_protocol_vhost_options*>(in);
  LwsPlugin& plugin = LwsPlugin::make_instance(lws_get_context(wsi));
  if (lws_get_protocol(wsi)->name == kMainProtocol) {
    plugin.add_vhost(lws_get_vhost(wsi), options);
  } else {
    warn_of_options(wsi, options);
  }
  return 0;
}

void on_destroy(lws* wsi) {
  if (lws_get_protocol(wsi)->name == kMainProtocol) {
    LwsPlugin::remove_vhost(lws_get_vhost(wsi));
  }
}

int dispatch_session(lws* wsi, lws_callback_reasons reason, PerSession& per_session, void* in,
                     std::size_t len) {
  LwsSession& it = *per_session.session;
  switch (reason) {
    case LWS_CALLBACK_SERVER_WRITEABLE:
      return on_writeable(it);
    case LWS_CALLBACK_RECEIVE:
      return on_receive(wsi, it, in, len);
    case LWS_CALLBACK_RECEIVE_PONG:
      it.session.on_pong();
      return 0;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
      on_peer_close(it, in, len);
      return 0;
    case LWS_CALLBACK_CLOSED:
      it.session.on_closed(it.peer_code);
      delete std::exchange(per_session.session, nullptr);
      return 0;
    default:
      return lws_callback_http_dummy(wsi, reason, &per_session, in, len);
  }
}

int dispatch_response(lws* wsi, lws_callback_reasons reason, PerSession& per_session, void* in,
                      std::size_t len) {
  switch (reason) {
    case LWS_CALLBACK_HTTP_WRITEABLE: {
      const int result = per_session.response->on_writeable();
      if (result != 0 || !per_session.response->is_over()) {
        return result;
      }
      std::unique_ptr<LwsResponse>(std::exchange(per_session.response, nullptr))->on_closed();
      return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
    }
    case LWS_CALLBACK_HTTP_BODY:
      return per_session.response->on_body({static_cast<const char*>(in), len});
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
      return per_session.response->on_body_end();
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
      std::unique_ptr<LwsResponse>(std::exchange(per_session.response, nullptr))->on_closed();
      return 0;
    default:
      return lws_callback_http_dummy(wsi, reason, &per_session, in, len);
  }
}

int on_request(lws* wsi, PerSession* per_session) {
  on_answering(wsi);
  if (per_session != nullptr && per_session->response == nullptr) {
    if (const std::optional<int> result = begin_ingest(wsi, per_session->response)) {
      return *result;
    }
    if (const std::optional<int> result = begin_response(wsi, per_session->response)) {
      return *result;
    }
  }
  return on_http(wsi);
}

int dispatch(lws* wsi, lws_callback_reasons reason, void* user, void* in, std::size_t len) {
  auto* per_session = static_cast<PerSession*>(user);
  switch (reason) {
    case LWS_CALLBACK_PROTOCOL_INIT:
      return on_init(wsi, in);
    case LWS_CALLBACK_PROTOCOL_DESTROY:
      on_destroy(wsi);
      return 0;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
      if (LwsPlugin* plugin = LwsPlugin::instance()) {
        plugin->on_woken(lws_get_vhost(wsi), lws_get_protocol(wsi)->name);
      }
      return 0;  // lws: anything else closes its own wake pipe
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
      return on_connecting(wsi, user, in);
    case LWS_CALLBACK_WSI_CREATE:
      on_connected(wsi);
      return 0;
    case LWS_CALLBACK_WSI_DESTROY:
      on_disconnected(wsi);
      return 0;
    case LWS_CALLBACK_FILTER_HTTP_CONNECTION:
      return on_filter_http(wsi);
    case LWS_CALLBACK_HTTP:
      return on_request(wsi, per_session);
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
      if (per_session == nullptr || per_session->response == nullptr) {
        return 0;  // answered before its body came
      }
      break;
    case LWS_CALLBACK_RAW_RX_FILE:
    case LWS_CALLBACK_RAW_WRITEABLE_FILE:
    case LWS_CALLBACK_RAW_CLOSE_FILE:
      return on_worker_socket(wsi, reason);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
      return on_confirm_upgrade(wsi);
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
      return on_filter(wsi);
    case LWS_CALLBACK_CONFIRM_EXTENSION_OKAY:
      return on_confirm_extension(wsi, static_cast<const char*>(in));
    case LWS_CALLBACK_ESTABLISHED:
      per_session->session = on_established(wsi);
      if (per_session->session == nullptr) {
        return -1;
      }
      per_session->session->session.start();
      return 0;
    default:
      break;
  }
  if (per_session != nullptr && per_session->response != nullptr) {
    return dispatch_response(wsi, reason, *per_session, in, len);
  }
  if (per_session == nullptr || per_session->session == nullptr) {
    return lws_callback_http_dummy(wsi, reason, user, in, len);
  }
  return dispatch_session(wsi, reason, *per_session, in, len);
}

}  // namespace

int on_lws_callback(lws* wsi, lws_callback_reasons reason, void* user, void* in,
                    size_t len) noexcept {
  try {
    return dispatch(wsi, reason, user, in, len);
  } catch (const std::exception& error) {
    log::error("unexpected: {} (callback {})", error.what(), static_cast<int>(reason));
  } catch (...) {
    log::error("unexpected: an unknown exception (callback {})", static_cast<int>(reason));
  }
  return reason == LWS_CALLBACK_EVENT_WAIT_CANCELLED || reason == LWS_CALLBACK_PROTOCOL_DESTROY
             ? 0
             : -1;
}

}  // namespace ringside
