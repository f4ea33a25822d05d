// Checks run from least to most revealing, and the cheap ones first: an unauthenticated client can learn whether the
// path and the parameters are well-formed, but nothing about other users' connections, and it can make the server do no
// more than one linear pass over its request and one signature check. Filters are compiled after the token is verified.
#include "module/upgrade.hpp"

#include <algorithm>
#include <cctype>

#include "core/base/result.hpp"
#include "core/base/text.hpp"
#include "core/event/event_id.hpp"
#include "core/policy/filter.hpp"
#include "module/tickets.hpp"

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

bool names_upgrade(std::string_view connection) {
  for (const std::string_view option : split(connection, ',')) {
    if (equals_ignoring_case(trim(option), "upgrade")) {
      return true;
    }
  }
  return false;
}

bool is_base64(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/';
}

// RFC 6455 section 4.2.1: sixteen bytes in base64.
bool is_key(std::string_view key) {
  constexpr std::size_t kDigits = 22;
  return key.size() == kDigits + 2 && key.ends_with("==") &&
         std::ranges::all_of(key.substr(0, kDigits), is_base64);
}

// RFC 7519: three parts of base64url with dots between them.
bool looks_like_jwt(std::string_view text) {
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  };
  return std::ranges::count(text, '.') == 2 && text.front() != '.' &&
         std::ranges::all_of(text, is_part);
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
  if (!request.is_http_1_1) {
    return refuse(HttpError::kBadRequest, "a WebSocket is opened with HTTP/1.1");
  }
  if (request.version != "13") {
    return refuse(HttpError::kBadVersion, "Sec-WebSocket-Version must be 13");
  }
  if (!names_upgrade(request.connection)) {
    return refuse(HttpError::kBadRequest, "Connection must name Upgrade");
  }
  if (!is_key(request.key)) {
    return refuse(HttpError::kBadRequest,
                  "there must be one Sec-WebSocket-Key, with 16 bytes in base64");
  }
  if (!request.subprotocols.empty() && !offers(request.subprotocols, endpoint.subprotocol)) {
    return refuse(HttpError::kBadSubprotocol, "the subprotocol of this path is " +
                                                  std::string(endpoint.subprotocol) + ", or none");
  }
  return std::nullopt;
}

// The token of a request: in the query, in `Authorization: Bearer`, or next to the subprotocol, which is the one header
// that a browser lets a page choose. Two at once are a mistake worth telling.
MaybeRefusal take_token(const UpgradeRequest& request, ConnectionQuery& query) {
  std::vector<std::string_view> tokens;
  if (!query.token.empty()) {
    tokens.push_back(query.token);
  }
  if (const auto token = bearer_token(request.authorization)) {
    if (token->empty()) {
      return refuse(HttpError::kUnauthenticated, "Authorization must be \"Bearer TOKEN\"");
    }
    tokens.push_back(*token);
  }
  for (const std::string_view offered : split(request.subprotocols, ',')) {
    if (!trim(offered).empty() && looks_like_jwt(trim(offered))) {
      tokens.push_back(trim(offered));
    }
  }
  if (tokens.size() + (query.ticket.empty() ? 0 : 1) > 1) {
    return refuse(HttpError::kBadParameter,
                  "there are several tokens; send one, in the query, in Authorization or after "
                  "the subprotocol, or a ticket in the query",
                  "token");
  }
  if (!tokens.empty()) {
    query.token = std::string(tokens.front());
  }
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
  if (!admission.query.ticket.empty()) {
    auto token = redeem_ticket(vhost, admission.query.ticket);
    admission.query.ticket = std::string();
    if (!token) {
      return refuse(HttpError::kUnauthenticated,
                    "the ticket is unknown, was used before, or has ended; ask for another one");
    }
    admission.query.token = std::move(*token);
  }
  const Vhost::Verified verified = vhost.verify(admission.query.token);
  admission.query.token = std::string();  // clear() would keep its memory as long as the connection
  if (verified.token.outcome == TokenOutcome::kExpired) {
    admission.expired = true;
    return std::nullopt;
  }
  if (verified.token.outcome != TokenOutcome::kValid) {
    return refuse(HttpError::kUnauthenticated, verified.token.detail);
  }
  const std::string& user = verified.token.identity.user;
  if (verified.revoked) {
    return refuse(HttpError::kUnauthenticated, "the token was revoked").of(user);
  }
  const unsigned limit = vhost.options().limit_connections_per_user;
  ControlSegment* control = vhost.hub().control();
  if (limit != 0 && control != nullptr &&
      control->in_use(ControlSegment::Quota::kConnections, user) >= limit) {
    return refuse(HttpError::kTooManyConnections,
                  "this user has " + std::to_string(limit) + " connections already")
        .of(user);
  }
  admission.identity = verified.token.identity;
  if (auto error = compile_filters(admission.query, filter_limits_of(vhost.options()))) {
    return refuse(HttpError::kBadFilter, std::move(error->message), std::move(error->parameter))
        .of(user);
  }
  return std::nullopt;
}

tl::expected<Endpoint, Refusal> find_endpoint(const UpgradeRequest& request, const Vhost* vhost,
                                              std::string_view config_error) {
  if (vhost == nullptr) {
    return tl::unexpected(refuse(HttpError::kMisconfigured, std::string(config_error)));
  }
  const auto endpoint = endpoint_of_path(request.path);
  if (!endpoint) {
    return tl::unexpected(
        refuse(HttpError::kNotFound,
               "no events are served at this path; /ws, /metrics and /logs have them"));
  }
  return *endpoint;
}

// What all requests for events have in common, up to the token, which is only taken out of the request here.
MaybeRefusal read_request(const UpgradeRequest& request, Vhost& vhost, Endpoint endpoint,
                          QueryUse use, Admission& admission) {
  if (!vhost.hosts().may_ask(request.host)) {
    return refuse(HttpError::kHostNotAllowed, "this Host is not a name of this server");
  }
  if (!vhost.origin_allowed(request.origin, request.host)) {
    return refuse(HttpError::kOriginNotAllowed, "this origin is not allowed");
  }
  auto query = parse_query(endpoint, request.arguments, use);
  if (!query) {
    return refuse(HttpError::kBadParameter, query.error().message, query.error().parameter);
  }
  admission.endpoint = endpoint;
  admission.query = std::move(*query);
  admission.address = request.address;
  const PluginOptions& options = vhost.options();
  if (admission.query.events.size() > options.limit_events_per_subscription) {
    return refuse(HttpError::kBadParameter,
                  "events names more than " +
                      std::to_string(options.limit_events_per_subscription) + " types",
                  "events");
  }
  if (auto refusal = take_token(request, admission.query)) {
    return refusal;
  }
  return check_capacity(vhost.hub(), options);
}

}  // namespace

std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer";
  const std::string_view header = trim(authorization);
  const std::size_t space = std::min(header.find(' '), header.size());
  if (!equals_ignoring_case(header.substr(0, space), kScheme)) {
    return std::nullopt;
  }
  return trim(header.substr(space));
}

Decision decide_upgrade(const UpgradeRequest& request, Vhost* vhost,
                        std::string_view config_error) {
  const auto endpoint = find_endpoint(request, vhost, config_error);
  if (!endpoint) {
    return endpoint.error();
  }
  if (auto refusal = check_handshake(request, info_of(*endpoint))) {
    return std::move(*refusal);
  }
  Admission admission;
  if (auto refusal = read_request(request, *vhost, *endpoint, QueryUse::kLive, admission)) {
    return std::move(*refusal);
  }
  if (!request.subprotocols.empty()) {
    admission.subprotocol = info_of(*endpoint).subprotocol;
  }
  if (admission.query.compression) {
    admission.deflate = accept_deflate(request.extensions);
  }
  if (!admission.query.token.empty() || !admission.query.ticket.empty()) {
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

Decision decide_stream(const UpgradeRequest& request, MediaType type, Vhost* vhost,
                       std::string_view config_error) {
  const auto endpoint = find_endpoint(request, vhost, config_error);
  if (!endpoint) {
    return endpoint.error();
  }
  if (request.over_http2) {
    return refuse(
        HttpError::kHttp2Unsupported,
        "streams over HTTP/2 are not supported; set \"alpn\": \"http/1.1\" on the virtual "
        "host");
  }
  if (!request.is_http_1_1) {
    return refuse(HttpError::kVersionNotSupported,
                  "a stream needs HTTP/1.1; in nginx, set proxy_http_version 1.1");
  }
  Admission admission;
  const QueryUse use = type == MediaType::kJson ? QueryUse::kPage : QueryUse::kLive;
  if (auto refusal = read_request(request, *vhost, *endpoint, use, admission)) {
    return std::move(*refusal);
  }
  if (!request.last_event_id.empty() && use == QueryUse::kLive) {
    if (!parse_event_id(request.last_event_id)) {
      return refuse(HttpError::kBadRequest, "Last-Event-ID is not an id of this server's events");
    }
    admission.query.since = request.last_event_id;
    admission.query.tail.reset();
  }
  if (admission.query.token.empty() && admission.query.ticket.empty()) {
    return refuse(HttpError::kUnauthenticated,
                  "send a token, in Authorization: Bearer TOKEN or as ?token=, or a ?ticket=");
  }
  if (auto refusal = authenticate(*vhost, admission)) {
    return std::move(*refusal);
  }
  if (admission.expired) {
    return refuse(HttpError::kUnauthenticated, "the token has expired");
  }
  return admission;
}

}  // namespace ringside
