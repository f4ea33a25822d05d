// Checks run from least to most revealing, and the cheap ones first: an unauthenticated client can learn whether the
// path and the parameters are well-formed, but nothing about other users' connections, and it can make the server do no
// more than one linear pass over its request and one signature check. Filters are compiled after the token is verified.
#include "module/upgrade.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/policy/filter.hpp"

namespace ringside {
namespace {

using MaybeRefusal = std::optional<Refusal>;

Refusal refuse(HttpError error, std::string message, std::string parameter = {}) {
  return Refusal{error, std::move(message), std::move(parameter)};
}

bool offers(std::string_view list, std::string_view name) {
  for (const std::string_view offered : split(list, ',')) {
    if (trim(offered) == name) {
      return true;
    }
  }
  return false;
}

// What concerns the handshake itself (RFC 6455 section 4.2.1).
MaybeRefusal check_handshake(const UpgradeRequest& request, const EndpointInfo& endpoint) {
  if (request.over_http2) {
    return refuse(
        HttpError::kHttp2Unsupported,
        "WebSocket over HTTP/2 is not supported; set \"alpn\": \"http/1.1\" on the virtual host");
  }
  if (!request.is_get) {
    return refuse(HttpError::kMethodNotAllowed, "a WebSocket is opened with GET");
  }
  if (request.version != "13") {
    return refuse(HttpError::kBadVersion, "Sec-WebSocket-Version must be 13");
  }
  if (!request.subprotocols.empty() && !offers(request.subprotocols, endpoint.subprotocol)) {
    return refuse(HttpError::kBadSubprotocol, "the subprotocol of this path is " +
                                                  std::string(endpoint.subprotocol) + ", or none");
  }
  return std::nullopt;
}

// The token of a request: in the query, or in `Authorization: Bearer`. Both at once is a mistake worth telling. Another
// scheme, such as the Basic of a proxy in front, is not ours.
MaybeRefusal take_token(const UpgradeRequest& request, ConnectionQuery& query) {
  constexpr std::string_view kScheme = "bearer";
  const std::string_view header = trim(request.authorization);
  const std::size_t space = std::min(header.find(' '), header.size());
  if (!equals_ignoring_case(header.substr(0, space), kScheme)) {
    return std::nullopt;
  }
  const std::string_view token = trim(header.substr(space));
  if (token.empty()) {
    return refuse(HttpError::kUnauthenticated, "Authorization must be \"Bearer TOKEN\"");
  }
  if (!query.token.empty()) {
    return refuse(HttpError::kBadParameter,
                  "the token is in the query and in Authorization; send one", "token");
  }
  query.token = token;
  return std::nullopt;
}

MaybeRefusal check_capacity(Hub& hub, const PluginOptions& options) {
  if (hub.draining()) {
    return refuse(HttpError::kDraining, "this process is closing its connections; try again");
  }
  if (!hub.attached() || hub.control() == nullptr) {
    return refuse(HttpError::kNotReady, "the event stream is not there yet; try again");
  }
  if (options.limit_connections != 0 && hub.n_sessions() >= options.limit_connections) {
    return refuse(HttpError::kOverloaded,
                  "this process has as many connections as it is configured for; try again");
  }
  return std::nullopt;
}

MaybeRefusal authenticate(Vhost& vhost, Admission& admission) {
  const Vhost::Verified verified = vhost.verify(admission.query.token);
  admission.query.token = std::string();  // clear() would keep its memory as long as the connection
  if (verified.token.outcome == TokenOutcome::kExpired) {
    admission.expired = true;
    return std::nullopt;
  }
  if (verified.token.outcome != TokenOutcome::kValid) {
    return refuse(HttpError::kUnauthenticated, verified.token.detail);
  }
  if (verified.revoked) {
    return refuse(HttpError::kUnauthenticated, "the token was revoked");
  }
  const unsigned limit = vhost.options().limit_connections_per_user;
  ControlSegment* control = vhost.hub().control();
  if (limit != 0 && control != nullptr &&
      control->in_use(ControlSegment::Quota::kConnections, verified.token.identity.user) >= limit) {
    return refuse(HttpError::kTooManyConnections,
                  "this user has " + std::to_string(limit) + " connections already");
  }
  admission.identity = verified.token.identity;
  if (auto error = compile_filters(admission.query, filter_limits_of(vhost.options()))) {
    return refuse(HttpError::kBadFilter, std::move(error->message), std::move(error->parameter));
  }
  return std::nullopt;
}

}  // namespace

FilterLimits filter_limits_of(const PluginOptions& options) {
  FilterLimits limits;
  limits.max_bytes = options.limit_filter_bytes;
  limits.max_search_bytes = std::min(limits.max_search_bytes, options.limit_filter_bytes / 2);
  return limits;
}

Decision decide_upgrade(const UpgradeRequest& request, Vhost* vhost,
                        std::string_view config_error) {
  if (vhost == nullptr) {
    return refuse(HttpError::kMisconfigured, std::string(config_error));
  }
  const auto endpoint = endpoint_of_path(request.path);
  if (!endpoint) {
    return refuse(HttpError::kNotFound,
                  "no WebSocket is served at this path; /ws, /metrics and /logs are");
  }
  if (auto refusal = check_handshake(request, info_of(*endpoint))) {
    return std::move(*refusal);
  }
  if (!vhost->origin_allowed(request.origin, request.host)) {
    return refuse(HttpError::kOriginNotAllowed, "this origin is not on the list of those allowed");
  }
  auto query = parse_query(*endpoint, request.arguments);
  if (!query) {
    return refuse(HttpError::kBadParameter, query.error().message, query.error().parameter);
  }
  Admission admission;
  admission.endpoint = *endpoint;
  admission.query = std::move(*query);
  admission.address = request.address;
  const PluginOptions& options = vhost->options();
  if (admission.query.events.size() > options.limit_events_per_subscription) {
    return refuse(HttpError::kBadParameter,
                  "events names more than " +
                      std::to_string(options.limit_events_per_subscription) + " types",
                  "events");
  }
  if (auto refusal = take_token(request, admission.query)) {
    return std::move(*refusal);
  }
  if (auto refusal = check_capacity(vhost->hub(), options)) {
    return std::move(*refusal);
  }
  if (!admission.query.token.empty()) {
    if (auto refusal = authenticate(*vhost, admission)) {
      return std::move(*refusal);
    }
    return admission;
  }
  admission.waiting = vhost->waiting_room().try_enter(request.address);
  if (admission.waiting == nullptr) {
    return refuse(HttpError::kTooManyConnections, "too many connections wait for their token");
  }
  return admission;
}

}  // namespace ringside
