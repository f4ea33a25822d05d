// The same order as for an upgrade, from least to most revealing: what the request itself shows, then the token, then what
// the server could take.
#include "module/ingest_admission.hpp"

#include <string>
#include <utility>

#include "module/upgrade.hpp"

namespace ringside {
namespace {

using MaybeRefusal = std::optional<Refusal>;

Refusal refuse(HttpError error, std::string message) {
  return Refusal{error, std::move(message), {}};
}

MaybeRefusal check_request(const IngestHead& head, Vhost& vhost) {
  if (head.over_http2) {
    return refuse(HttpError::kHttp2Unsupported,
                  "events over HTTP/2 are not taken; set \"alpn\": \"http/1.1\" on the virtual "
                  "host");
  }
  if (!vhost.hosts().may_ask(head.host)) {
    return refuse(HttpError::kHostNotAllowed, "this Host is not a name of this server");
  }
  if (!vhost.origin_allowed(head.origin, head.host)) {
    return refuse(HttpError::kOriginNotAllowed, "this origin is not allowed");
  }
  if (!head.is_post) {
    return refuse(HttpError::kMethodNotAllowed, "events are sent here with POST");
  }
  if (!head.unknown_parameter.empty()) {
    return Refusal{HttpError::kBadParameter,
                   "the query may have one parameter here, token: the filters and limits of "
                   "streams mean nothing for events that are sent",
                   head.unknown_parameter};
  }
  if (!head.has_length && !head.is_chunked) {
    return refuse(HttpError::kLengthRequired,
                  "send the length of the body in Content-Length, or the body in chunks");
  }
  return std::nullopt;
}

MaybeRefusal read_forms(const IngestHead& head, IngestAdmission& admission) {
  const auto form = body_form_of(admission.kind, head.content_type);
  if (!form) {
    return refuse(HttpError::kUnsupportedMediaType,
                  admission.kind == IngestKind::kEvents
                      ? "Content-Type must be application/json or application/x-ndjson"
                      : "Content-Type must be application/json or application/x-protobuf");
  }
  const auto is_gzip = is_gzip_of(head.content_encoding);
  if (!is_gzip) {
    return refuse(HttpError::kUnsupportedMediaType, "Content-Encoding must be gzip, or none");
  }
  if (!head.idempotency_key.empty()) {
    auto key = idempotency_key_of(head.idempotency_key);
    if (!key) {
      return refuse(HttpError::kBadRequest,
                    "Idempotency-Key must be 1 to 255 visible ASCII characters");
    }
    admission.key = std::move(*key);
  }
  admission.form = *form;
  admission.is_gzip = *is_gzip;
  admission.is_chunked = head.is_chunked;
  return std::nullopt;
}

MaybeRefusal authenticate(const IngestHead& head, Vhost& vhost, IngestAdmission& admission) {
  const auto bearer = bearer_token(head.authorization);
  if (bearer && !head.token.empty()) {
    return refuse(HttpError::kBadParameter, "there are two tokens; send one");
  }
  const std::string_view token = bearer ? *bearer : std::string_view(head.token);
  if (token.empty()) {
    return refuse(HttpError::kUnauthenticated,
                  "send a token with a role that may send events, in Authorization: Bearer TOKEN");
  }
  Vhost::Verified verified = vhost.verify(token);
  if (verified.token.outcome == TokenOutcome::kExpired) {
    return refuse(HttpError::kUnauthenticated, "the token has expired");
  }
  if (verified.token.outcome != TokenOutcome::kValid) {
    return refuse(HttpError::kUnauthenticated, verified.token.detail);
  }
  const std::string& user = verified.token.identity.user;
  if (verified.revoked) {
    return refuse(HttpError::kUnauthenticated, "the token was revoked").of(user);
  }
  if (!has_one_of(verified.token.identity, vhost.options().producer_roles)) {
    return refuse(HttpError::kForbidden,
                  "no role of this token may send events; the option producer-roles names "
                  "those that do")
        .of(user);
  }
  if (user.empty()) {
    return refuse(HttpError::kForbidden, "the token names no user (claim sub)");
  }
  admission.identity = std::move(verified.token.identity);
  admission.address = head.address;
  return std::nullopt;
}

MaybeRefusal find_place(Vhost& vhost, IngestAdmission& admission) {
  if (vhost.hub().draining()) {
    return refuse(HttpError::kDraining, "this process is closing its connections; try again");
  }
  admission.place = vhost.ingest_room().try_enter(admission.identity.user);
  if (admission.place == nullptr) {
    return refuse(HttpError::kTooManyConnections,
                  "too many requests with events are being taken; try again")
        .of(admission.identity.user);
  }
  return std::nullopt;
}

}  // namespace

IngestDecision decide_ingest(IngestKind kind, const IngestHead& head, Vhost* vhost,
                             std::string_view config_error) {
  if (vhost == nullptr) {
    return refuse(HttpError::kMisconfigured, std::string(config_error));
  }
  IngestAdmission admission;
  admission.kind = kind;
  if (auto refusal = check_request(head, *vhost)) {
    return std::move(*refusal);
  }
  if (auto refusal = read_forms(head, admission)) {
    return std::move(*refusal);
  }
  if (auto refusal = authenticate(head, *vhost, admission)) {
    return std::move(*refusal);
  }
  if (auto refusal = find_place(*vhost, admission)) {
    return std::move(*refusal);
  }
  return admission;
}

}  // namespace ringside
