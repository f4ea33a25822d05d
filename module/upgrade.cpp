// The tests stand in the order of what they give away: a stranger learns whether a path exists,
// whether the parameters are well-formed and whether the token is good, and nothing that depends on
// other people's connections before that.
#include "module/upgrade.hpp"

#include "core/base/text.hpp"
#include "core/policy/filter.hpp"

namespace ringside {
namespace {

Refusal refuse(unsigned status, std::string error, std::string message,
               std::string parameter = {}) {
  return Refusal{status, std::move(error), std::move(message), std::move(parameter)};
}

// The token of a request: in the query, or in `Authorization: Bearer`. Both at once is a mistake
// worth telling.
std::optional<Refusal> take_token(const UpgradeRequest& request, ConnectionQuery& query) {
  if (request.authorization.empty()) {
    return std::nullopt;
  }
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view header = request.authorization;
  if (header.size() <= kScheme.size() ||
      !equals_ignoring_case(header.substr(0, kScheme.size()), kScheme)) {
    return refuse(401, "unauthenticated", "Authorization must be \"Bearer TOKEN\"");
  }
  if (!query.token.empty()) {
    return refuse(400, "bad_parameter",
                  "the token stands in the query and in Authorization: send one", "token");
  }
  query.token = trim(header.substr(kScheme.size()));
  return std::nullopt;
}

std::optional<Refusal> authenticate(Vhost& vhost, Admission& admission) {
  const Vhost::Verified verified = vhost.verify(admission.query.token);
  admission.query.token = std::string();  // clear() would keep its memory as long as the connection
  if (verified.token.outcome == TokenOutcome::kExpired) {
    admission.expired = true;
    return std::nullopt;
  }
  if (verified.token.outcome != TokenOutcome::kValid) {
    return refuse(401, "unauthenticated", verified.token.detail);
  }
  if (verified.revoked) {
    return refuse(401, "unauthenticated", "the token was revoked");
  }
  const unsigned limit = vhost.options().limit_connections_per_user;
  ControlSegment* control = vhost.hub().control();
  if (limit != 0 && control != nullptr &&
      control->in_use(ControlSegment::Quota::kConnections, verified.token.identity.user) >= limit) {
    return refuse(429, "too_many_connections",
                  "this user has " + std::to_string(limit) + " connections already");
  }
  admission.identity = verified.token.identity;
  return std::nullopt;
}

}  // namespace

Decision decide_upgrade(const UpgradeRequest& request, Vhost& vhost) {
  const auto endpoint = endpoint_of_path(request.path);
  if (!endpoint) {
    return refuse(404, "not_found",
                  "there is no WebSocket at this path; there are /ws, /metrics and /logs");
  }
  if (request.over_http2) {
    return refuse(
        501, "http2_unsupported",
        "WebSockets over HTTP/2 are not supported here: set \"alpn\":\"http/1.1\" on the vhost");
  }
  if (!request.subprotocol.empty() && request.subprotocol != protocol_name_of(*endpoint)) {
    return refuse(400, "bad_subprotocol",
                  "the subprotocol of this path is " + std::string(protocol_name_of(*endpoint)) +
                      ", or none");
  }
  if (!vhost.origin_allowed(request.origin, request.host)) {
    return refuse(403, "origin_not_allowed", "this origin is not on the list of those allowed");
  }
  auto query = parse_query(*endpoint, request.arguments);
  if (!query) {
    return refuse(400, "bad_parameter", query.error().message, query.error().parameter);
  }
  Admission admission;
  admission.endpoint = *endpoint;
  admission.query = std::move(*query);
  admission.address = request.address;
  if (admission.query.filters.present()) {
    if (auto compiled = Filter::compile(admission.query.filters.ref()); !compiled) {
      return refuse(400, "bad_filter", compiled.error().key + ": " + compiled.error().message,
                    compiled.error().key);
    }
  }
  if (admission.query.events.size() > vhost.options().limit_events_per_subscription) {
    return refuse(400, "bad_parameter",
                  "events names more than " +
                      std::to_string(vhost.options().limit_events_per_subscription) + " types",
                  "events");
  }
  if (auto refusal = take_token(request, admission.query)) {
    return *refusal;
  }
  Hub& hub = vhost.hub();
  if (hub.draining()) {
    return refuse(503, "draining", "this process is closing its connections; try again");
  }
  if (!hub.attached() || hub.control() == nullptr) {
    return refuse(503, "not_ready", "the event stream is not there yet; try again");
  }
  if (const unsigned limit = vhost.options().limit_connections;
      limit != 0 && hub.n_sessions() >= limit) {
    return refuse(503, "too_many_connections",
                  "this process has as many connections as it is allowed");
  }
  if (!admission.query.token.empty()) {
    if (auto refusal = authenticate(vhost, admission)) {
      return *refusal;
    }
  } else if (!vhost.try_begin_waiting(request.address)) {
    return refuse(429, "too_many_connections", "too many connections wait for their token");
  } else {
    vhost.end_waiting(request.address);  // the session takes the place when the upgrade is through
  }
  return admission;
}

std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Error";
  }
}

}  // namespace ringside
