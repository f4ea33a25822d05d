// /healthz says that this process turns its loop, nothing else: a supervisor restarts on it.
// /readyz tests what a client needs: a ring that can be read and a worker that wrote its heartbeat
// into it a moment ago: a load balancer decides on it.
#include "module/probes.hpp"

#include <utility>

#include "core/proto/endpoint.hpp"
#include "core/proto/http_error.hpp"

namespace ringside {
namespace {

HttpAnswer refuse(HttpError error, std::string message) {
  const Refusal refusal{error, std::move(message), {}};
  return {refusal.status(), "application/json", refusal.body()};
}

HttpAnswer ready(Vhost* vhost, std::string_view config_error) {
  if (vhost == nullptr) {
    return refuse(HttpError::kMisconfigured, std::string(config_error));
  }
  const Hub::Readiness state = vhost->hub().readiness(vhost->options().worker_timeout);
  if (!state.ready) {
    return refuse(HttpError::kNotReady, state.reason);
  }
  return {200, "application/json",
          Json::object()
              .set("status", "ready")
              .set("epoch", format_epoch(vhost->hub().epoch()))
              .set("head", vhost->hub().id_of(vhost->hub().head()))
              .set("heartbeat_age_ms", static_cast<std::int64_t>(state.heartbeat_age.count()))
              .dump()};
}

}  // namespace

HttpAnswer answer_http(std::string_view path, bool is_get, Vhost* vhost,
                       std::string_view config_error) {
  if (!is_get) {
    return refuse(HttpError::kMethodNotAllowed, "only GET and HEAD are answered here");
  }
  if (path == "/healthz") {
    return {200, "application/json", R"({"status":"ok"})"};
  }
  if (path == "/readyz") {
    return ready(vhost, config_error);
  }
  if (path == "/metrics" && vhost != nullptr) {
    return {200, "text/plain; version=0.0.4; charset=utf-8", vhost->hub().prometheus()};
  }
  if (endpoint_of_path(path)) {
    return refuse(HttpError::kUpgradeRequired, "this path serves WebSockets");
  }
  return refuse(HttpError::kNotFound, "nothing is served at this path");
}

}  // namespace ringside
