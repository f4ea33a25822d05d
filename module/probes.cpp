// /healthz says that this process turns its loop, nothing else: a supervisor restarts on it.
// /readyz tests what a client needs: a ring that can be read and a worker that wrote its heartbeat
// into it a moment ago: a load balancer decides on it.
#include "module/probes.hpp"

#include <algorithm>
#include <utility>

#include "core/base/text.hpp"
#include "core/proto/endpoint.hpp"
#include "module/upgrade.hpp"

namespace ringside {
namespace {

HttpAnswer refuse(HttpError error, std::string message) {
  const Refusal refusal{error, std::move(message), {}};
  return {refusal.status(), "application/json", refusal.body(), fields_of(error)};
}

// Under a name that is not known to be ours no more than yes or no: see module/host_names.hpp.
HttpAnswer ready(const HttpRequest& request, Vhost* vhost, std::string_view config_error) {
  if (vhost == nullptr) {
    return refuse(HttpError::kMisconfigured, std::string(config_error));
  }
  const bool details = vhost->hosts().is_known(request.host);
  const Hub::Readiness state = vhost->hub().readiness(vhost->options().worker_timeout);
  if (!state.ready) {
    return refuse(HttpError::kNotReady,
                  details ? state.reason : "the event stream is not there yet");
  }
  if (!details) {
    return {200, "application/json", R"({"status":"ready"})", {}};
  }
  return {200,
          "application/json",
          Json::object()
              .set("status", "ready")
              .set("epoch", format_epoch(vhost->hub().epoch()))
              .set("head", vhost->hub().id_of(vhost->hub().head()))
              .set("heartbeat_age_ms", static_cast<std::int64_t>(state.heartbeat_age.count()))
              .dump(),
          {}};
}

bool opens(std::string_view roles, const Identity& identity) {
  for (const std::string_view role : split(roles, '|')) {
    if (std::ranges::find(identity.roles, trim(role)) != identity.roles.end()) {
      return true;
    }
  }
  return false;
}

// The numbers tell of all events, also of those that a role may not see.
HttpAnswer numbers(const HttpRequest& request, Vhost& vhost) {
  const std::string& roles = vhost.options().metrics_role;
  if (!roles.empty()) {
    const auto token = bearer_token(request.authorization);
    if (!token) {
      return refuse(HttpError::kUnauthenticated, "send a token in Authorization: Bearer TOKEN");
    }
    const Vhost::Verified verified = vhost.verify(*token);
    if (verified.token.outcome != TokenOutcome::kValid) {
      return refuse(HttpError::kUnauthenticated, verified.token.detail);
    }
    if (verified.revoked) {
      return refuse(HttpError::kUnauthenticated, "the token was revoked");
    }
    if (!opens(roles, verified.token.identity)) {
      return refuse(HttpError::kForbidden, "the roles of this token do not open this page");
    }
  } else if (!vhost.hosts().is_known(request.host)) {
    return refuse(
        HttpError::kHostNotAllowed,
        "this Host is not a known name of this server; set allowed-hosts, or metrics-role");
  }
  return {200, "text/plain; version=0.0.4; charset=utf-8", vhost.hub().prometheus(), {}};
}

}  // namespace

HttpAnswer answer_http(const HttpRequest& request, Vhost* vhost, std::string_view config_error) {
  const std::string_view path = request.path;
  if (vhost != nullptr && !vhost->hosts().may_ask(request.host)) {
    return refuse(HttpError::kHostNotAllowed, "this Host is not a name of this server");
  }
  if (!request.is_get) {
    return refuse(HttpError::kMethodNotAllowed, "only GET and HEAD are answered here");
  }
  if (path == "/healthz") {
    return {200, "application/json", R"({"status":"ok"})", {}};
  }
  if (path == "/readyz") {
    return ready(request, vhost, config_error);
  }
  if (path == "/metrics" && vhost != nullptr) {
    return numbers(request, *vhost);
  }
  if (endpoint_of_path(path)) {
    return refuse(HttpError::kUpgradeRequired, "this path serves WebSockets");
  }
  return refuse(HttpError::kNotFound, "nothing is served at this path");
}

}  // namespace ringside
