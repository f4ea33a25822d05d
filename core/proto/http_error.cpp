// The codes are part of the protocol: clients compare them, people read the messages.
#include "core/proto/http_error.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/base/json.hpp"

namespace ringside {
namespace {

// cmake/lws/patches/strict-request-head.patch answers with some of these itself, before the plugin sees the request.
constexpr std::array<HttpErrorInfo, 24> kHttpErrors{{
    {HttpError::kBadRequest, 400, "bad_request",
     "The request breaks HTTP or the handshake of WebSocket; `message` says how."},
    {HttpError::kBadPath, 400, "bad_path",
     "The path is not in its normal form: it has empty, `.` or `..` segments, or escapes a slash, "
     "a letter or a digit."},
    {HttpError::kBadParameter, 400, "bad_parameter",
     "A query parameter is unknown, given twice, or has a wrong value; `parameter` names it."},
    {HttpError::kBadFilter, 400, "bad_filter",
     "A filter does not compile or needs more memory than allowed; `parameter` names it."},
    {HttpError::kBadSubprotocol, 400, "bad_subprotocol",
     "The client offers subprotocols, and the one of this path is not among them."},
    {HttpError::kUnauthenticated, 401, "unauthenticated",
     "The token is invalid: malformed, forged, not yet valid, for another audience, or revoked."},
    {HttpError::kForbidden, 403, "forbidden",
     "The roles of the token do not open this page; the option `metrics-role` names those that "
     "do."},
    {HttpError::kOriginNotAllowed, 403, "origin_not_allowed",
     "The browser page is of another origin; the option `origins` allows it."},
    {HttpError::kNotFound, 404, "not_found", "Nothing is served at this path."},
    {HttpError::kMethodNotAllowed, 405, "method_not_allowed",
     "The path takes only GET, and HEAD where it is not an upgrade."},
    {HttpError::kLengthRequired, 411, "length_required",
     "The request has a body without `Content-Length`."},
    {HttpError::kUriTooLong, 414, "uri_too_long",
     "The request line is longer than about 16,000 bytes."},
    {HttpError::kHostNotAllowed, 421, "host_not_allowed",
     "The `Host` is not a name of this server; the option `allowed-hosts` adds names."},
    {HttpError::kUpgradeRequired, 426, "upgrade_required",
     "The path serves WebSockets, and the request does not ask for an upgrade."},
    {HttpError::kBadVersion, 426, "bad_version", "`Sec-WebSocket-Version` is not 13."},
    {HttpError::kTooManyConnections, 429, "too_many_connections",
     "The user has as many connections as allowed, or too many wait for their token."},
    {HttpError::kHeadersTooLarge, 431, "headers_too_large",
     "The headers have more than about 16,000 bytes, or are too many."},
    {HttpError::kMethodUnknown, 501, "method_unknown", "The method is not one of HTTP's."},
    {HttpError::kHttp2Unsupported, 501, "http2_unsupported",
     "WebSocket over HTTP/2; set `\"alpn\": \"http/1.1\"` on the virtual host."},
    {HttpError::kDraining, 503, "draining", "The process is closing its connections; try again."},
    {HttpError::kNotReady, 503, "not_ready", "The event stream is not there yet; try again."},
    {HttpError::kOverloaded, 503, "overloaded",
     "The process has as many connections as it is configured for; try again."},
    {HttpError::kMisconfigured, 503, "misconfigured",
     "The configuration of this virtual host was refused; `message` says why."},
    {HttpError::kVersionNotSupported, 505, "version_not_supported",
     "The version is not HTTP/1.1 or HTTP/1.0."},
}};

constexpr HttpField kChallenge[] = {{"www-authenticate", "Bearer realm=\"ringside\""}};
constexpr HttpField kAllow[] = {{"allow", "GET, HEAD"}};
constexpr HttpField kUpgrade[] = {{"upgrade", "websocket"}};
constexpr HttpField kUpgradeVersion[] = {{"upgrade", "websocket"}, {"sec-websocket-version", "13"}};
constexpr HttpField kRetrySoon[] = {{"retry-after", "1"}};
constexpr HttpField kRetryLater[] = {{"retry-after", "5"}};
constexpr HttpField kRetryMuchLater[] = {{"retry-after", "60"}};

struct Phrase {
  unsigned status;
  std::string_view text;
};
constexpr std::array<Phrase, 17> kPhrases{{{200, "OK"},
                                           {304, "Not Modified"},
                                           {400, "Bad Request"},
                                           {401, "Unauthorized"},
                                           {403, "Forbidden"},
                                           {404, "Not Found"},
                                           {405, "Method Not Allowed"},
                                           {411, "Length Required"},
                                           {413, "Content Too Large"},
                                           {414, "URI Too Long"},
                                           {421, "Misdirected Request"},
                                           {426, "Upgrade Required"},
                                           {429, "Too Many Requests"},
                                           {431, "Request Header Fields Too Large"},
                                           {501, "Not Implemented"},
                                           {503, "Service Unavailable"},
                                           {505, "HTTP Version Not Supported"}}};

}  // namespace

std::span<const HttpErrorInfo> http_errors() noexcept { return kHttpErrors; }

const HttpErrorInfo& info_of(HttpError error) noexcept {
  return kHttpErrors[static_cast<std::size_t>(error)];
}

std::span<const HttpField> fields_of(HttpError error) noexcept {
  switch (error) {
    case HttpError::kUnauthenticated:
      return kChallenge;
    case HttpError::kMethodNotAllowed:
      return kAllow;
    case HttpError::kUpgradeRequired:
      return kUpgrade;
    case HttpError::kBadVersion:
      return kUpgradeVersion;
    case HttpError::kDraining:
    case HttpError::kNotReady:
      return kRetrySoon;
    case HttpError::kTooManyConnections:
    case HttpError::kOverloaded:
      return kRetryLater;
    case HttpError::kMisconfigured:
      return kRetryMuchLater;
    default:
      return {};
  }
}

std::string_view reason_phrase(unsigned status) noexcept {
  const auto* at = std::ranges::find(kPhrases, status, &Phrase::status);
  return at == kPhrases.end() ? "Error" : at->text;
}

std::string Refusal::body() const {
  Json body = Json::object();
  body.set("error", code()).set("message", message);
  if (!parameter.empty()) {
    body.set("parameter", parameter);
  }
  return body.dump();
}

}  // namespace ringside
