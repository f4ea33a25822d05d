// /healthz says that this process turns its loop, nothing else: a supervisor restarts on it.
// /readyz tests what a client needs: a ring that can be read and a worker that wrote its heartbeat
// into it a moment ago: a load balancer decides on it.
#include "module/probes.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/json.hpp"
#include "core/control/prometheus.hpp"
#include "core/proto/endpoint.hpp"
#include "module/admin.hpp"
#include "module/tickets.hpp"
#include "module/upgrade.hpp"

namespace ringside {
namespace {

// Whether events are kept on disk; "stopped" while the disk does not take them, which the worker tries to change.
std::string_view disk_state(Hub& hub) {
  if (hub.control()->total(Counter::kHistoryStopped) != 0) {
    return "stopped";
  }
  return hub.history().has_segments() ? "ok" : "off";
}

HttpAnswer refuse(HttpError error, std::string message) {
  return refusal_answer({error, std::move(message), {}});
}

// Under a name that is not known to be ours no more than yes or no: see module/host_names.hpp.
HttpAnswer ready(const HttpRequest& request, Vhost& vhost) {
  // The head counts the events of everybody.
  const bool details = vhost.hosts().is_known(request.host) && !vhost.rules().filters_roles();
  Hub& hub = vhost.hub();
  const Readiness state = readiness_of(hub, vhost.options().worker_timeout);
  if (!state.ready) {
    return refuse(HttpError::kNotReady,
                  details ? state.reason : "the event stream is not there yet");
  }
  if (!details) {
    return {200, "application/json", R"({"status":"ready"})", {}, {}};
  }
  Json answer = Json::object();
  answer.set("status", "ready")
      .set("epoch", format_epoch(hub.epoch()))
      .set("head", hub.id_of(hub.ring().state().head))
      .set("history", disk_state(hub))
      .set("heartbeat_age_ms", static_cast<std::int64_t>(state.heartbeat_age.count()));
  if (const ClusterStatus cluster = hub.control()->cluster();
      cluster.state != ClusterState::kNone) {
    answer.set("cluster", Json::object()
                              .set("node", cluster.node)
                              .set("state", name_of(cluster.state))
                              .set("behind", cluster.behind)
                              .deep_copy());
  }
  return {200, "application/json", answer.dump(), {}, {}};
}

// The numbers tell of all events, also of those that a role may not see.
HttpAnswer numbers(const HttpRequest& request, Vhost& vhost) {
  std::string_view roles = vhost.options().metrics_role;
  if (roles.empty() && vhost.rules().filters_roles()) {
    roles = "admin";
  }
  if (!roles.empty()) {
    if (const auto who = bearer_of(request, vhost, roles); !who) {
      return refusal_answer(who.error());
    }
  } else if (!vhost.hosts().is_known(request.host)) {
    return refuse(
        HttpError::kHostNotAllowed,
        "this Host is not a known name of this server; set allowed-hosts, or metrics-role");
  }
  return {200,
          "text/plain; version=0.0.4; charset=utf-8",
          prometheus_of(vhost.hub(), vhost.options().worker_timeout),
          {},
          {}};
}

std::optional<RingGauges> gauges_of(Hub& hub, std::chrono::milliseconds worker_timeout) {
  if (!hub.attached()) {
    return std::nullopt;
  }
  const RingReader& ring = hub.ring();
  const RingState state = ring.state();
  RingGauges gauges;
  gauges.head_seq = state.head.value;
  gauges.tail_seq = state.tail.value;
  gauges.capacity_bytes = state.capacity_bytes;
  gauges.held_bytes = state.head_position - state.tail_position;
  gauges.heartbeat_age = heartbeat_age(state, hub.clock());
  gauges.worker_timeout = worker_timeout;
  Record oldest;
  Cursor at = ring.cursor_at_tail();
  if (ring.read_next(at, oldest).outcome == ReadOutcome::kRecord) {
    gauges.oldest_received = oldest.received;
  }
  return gauges;
}

// The answer to a page of another origin that asks whether it may ask (fetch standard, section 4.8). The browser sends the
// request itself only when its origin is on the list.
HttpAnswer preflight(const HttpRequest& request, Vhost& vhost) {
  if (!vhost.origin_allowed(request.origin, request.host)) {
    return refuse(HttpError::kOriginNotAllowed, "this origin is not allowed");
  }
  return {204,
          "application/json",
          {},
          {},
          {{"access-control-allow-methods", "GET, POST"},
           {"access-control-allow-headers",
            "authorization, last-event-id, content-type, content-encoding, idempotency-key"},
           {"access-control-max-age", "600"}}};
}

// The answers that pages of other origins may ask for, where the option `origins` allows it.
HttpAnswer answer_page(const HttpRequest& request, Vhost& vhost) {
  if (!vhost.origin_allowed(request.origin, request.host)) {
    return refuse(HttpError::kOriginNotAllowed, "this origin is not allowed");
  }
  return request.path == kTicketPath ? answer_ticket(request, vhost) : answer_admin(request, vhost);
}

void allow_origin(const HttpRequest& request, HttpAnswer& answer) {
  answer.own.emplace_back("vary", "origin");
  if (!request.origin.empty() && answer.status != info_of(HttpError::kOriginNotAllowed).status) {
    answer.own.emplace_back("access-control-allow-origin", request.origin);
  }
}

// Why a node of a cluster should get no clients; empty: it should, or there is no cluster.
std::string cluster_objection(const ClusterStatus& cluster) {
  if (cluster.state == ClusterState::kNone || cluster.serves) {
    return "";
  }
  std::string text = "cluster: node " + cluster.node + " is " + std::string(name_of(cluster.state));
  if (cluster.state == ClusterState::kJoining && cluster.behind != 0) {
    text += ", " + std::to_string(cluster.behind) + " messages behind";
  }
  return cluster.reason.empty() ? text : text + ": " + cluster.reason;
}

}  // namespace

Readiness readiness_of(Hub& hub, std::chrono::milliseconds worker_timeout) {
  Readiness out;
  if (!hub.attached()) {
    out.reason = hub.follower().error();
    return out;
  }
  out.heartbeat_age = std::chrono::duration_cast<std::chrono::milliseconds>(
      heartbeat_age(hub.ring().state(), hub.clock()));
  if (out.heartbeat_age > worker_timeout) {
    out.reason = "the worker's heartbeat is " + std::to_string(out.heartbeat_age.count()) +
                 " ms old: is ringsided running?";
  } else if (hub.ring()
                 .state()
                 .superseded) {  // for a moment: clients that came now would be told of it
    out.reason = "the ring was replaced, and the new one is not attached yet";
  } else if (hub.control() == nullptr) {
    out.reason = hub.control_error();
  } else if (hub.control()->is_replaced()) {
    out.reason = "ringsided has replaced the control segment: restart lwsws";
  } else if (hub.draining()) {
    out.reason = "draining";
  } else {
    out.reason = cluster_objection(hub.control()->cluster());
    out.ready = out.reason.empty();
  }
  return out;
}

std::string prometheus_of(Hub& hub, std::chrono::milliseconds worker_timeout) {
  hub.flush_counters();
  if (hub.control() == nullptr) {
    return {};
  }
  const std::optional<RingGauges> gauges = gauges_of(hub, worker_timeout);
  return prometheus_text(*hub.control(), gauges ? &*gauges : nullptr, hub.clock().wall_now());
}

HttpAnswer refusal_answer(const Refusal& refusal, std::string_view allow) {
  HttpAnswer answer{refusal.status(), "application/json", refusal.body(), {}, {}};
  if (refusal.error == HttpError::kUnauthenticated || refusal.error == HttpError::kForbidden ||
      refusal.error == HttpError::kHostNotAllowed ||
      refusal.error == HttpError::kOriginNotAllowed) {
    answer.denied = refusal;
  }
  if (allow.empty()) {
    answer.fields = fields_of(refusal.error);
  } else {
    answer.own.emplace_back("allow", allow);
  }
  return answer;
}

tl::expected<Identity, Refusal> bearer_of(const HttpRequest& request, Vhost& vhost,
                                          std::optional<std::string_view> roles) {
  const auto refuse_with = [](HttpError error, std::string message, std::string_view user = {}) {
    return tl::unexpected(Refusal{error, std::move(message), {}}.of(user));
  };
  const auto token = bearer_token(request.authorization);
  if (!token || token->empty()) {
    return refuse_with(HttpError::kUnauthenticated, "send a token in Authorization: Bearer TOKEN");
  }
  Vhost::Verified verified = vhost.verify(*token);
  if (verified.token.outcome != TokenOutcome::kValid) {
    return refuse_with(HttpError::kUnauthenticated, verified.token.detail);
  }
  if (verified.revoked) {
    return refuse_with(HttpError::kUnauthenticated, "the token was revoked",
                       verified.token.identity.user);
  }
  if (roles && !has_one_of(verified.token.identity, *roles)) {
    return refuse_with(HttpError::kForbidden, "the roles of this token do not open this page",
                       verified.token.identity.user);
  }
  return std::move(verified.token.identity);
}

HttpAnswer answer_http(const HttpRequest& request, Vhost* vhost, std::string_view config_error) {
  const std::string_view path = request.path;
  if (vhost != nullptr && !vhost->hosts().may_ask(request.host)) {
    return refuse(HttpError::kHostNotAllowed, "this Host is not a name of this server");
  }
  const bool is_page = path == kTicketPath || is_admin_path(path);
  if (vhost != nullptr && (is_page || endpoint_of_path(path))) {
    if (request.method == HttpMethod::kOptions && !request.origin.empty()) {  // else: no browser's
      HttpAnswer answer = preflight(request, *vhost);
      allow_origin(request, answer);
      return answer;
    }
    if (is_page) {
      HttpAnswer answer = answer_page(request, *vhost);
      allow_origin(request, answer);
      return answer;
    }
  }
  if (!is_read(request.method)) {
    return refuse(HttpError::kMethodNotAllowed, "only GET and HEAD are answered here");
  }
  if (path == "/healthz") {
    return {200, "application/json", R"({"status":"ok"})", {}, {}};
  }
  if (path == "/readyz") {
    return vhost != nullptr ? ready(request, *vhost)
                            : refuse(HttpError::kMisconfigured, std::string(config_error));
  }
  if (path == "/metrics" && vhost != nullptr) {
    return numbers(request, *vhost);
  }
  if (endpoint_of_path(path)) {
    return refuse(
        HttpError::kUpgradeRequired,
        "this path serves WebSockets; a plain GET names a form in Accept: text/event-stream, "
        "application/x-ndjson or application/json");
  }
  return refuse(HttpError::kNotFound, "nothing is served at this path");
}

}  // namespace ringside
