// The codes are part of the protocol: clients compare them, people read the messages.
#include "core/proto/http_error.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/base/json.hpp"

namespace ringside {
namespace {

constexpr std::array<HttpErrorInfo, 15> kHttpErrors{{
    {HttpError::kBadParameter, 400, "bad_parameter",
     "A query parameter is unknown, given twice, or has a wrong value; `parameter` names it."},
    {HttpError::kBadFilter, 400, "bad_filter",
     "A filter does not compile or needs more memory than allowed; `parameter` names it."},
    {HttpError::kBadSubprotocol, 400, "bad_subprotocol",
     "The client offers subprotocols, and the one of this path is not among them."},
    {HttpError::kUnauthenticated, 401, "unauthenticated",
     "The token is invalid: malformed, forged, not yet valid, for another audience, or revoked."},
    {HttpError::kOriginNotAllowed, 403, "origin_not_allowed",
     "The browser page is of another origin; the option `origins` allows it."},
    {HttpError::kNotFound, 404, "not_found", "Nothing is served at this path."},
    {HttpError::kMethodNotAllowed, 405, "method_not_allowed",
     "The path takes only GET, and HEAD where it is not an upgrade."},
    {HttpError::kUpgradeRequired, 426, "upgrade_required",
     "The path serves WebSockets, and the request does not ask for an upgrade."},
    {HttpError::kBadVersion, 426, "bad_version", "`Sec-WebSocket-Version` is not 13."},
    {HttpError::kTooManyConnections, 429, "too_many_connections",
     "The user has as many connections as allowed, or too many wait for their token."},
    {HttpError::kHttp2Unsupported, 501, "http2_unsupported",
     "WebSocket over HTTP/2; set `\"alpn\": \"http/1.1\"` on the virtual host."},
    {HttpError::kDraining, 503, "draining", "The process is closing its connections; try again."},
    {HttpError::kNotReady, 503, "not_ready", "The event stream is not there yet; try again."},
    {HttpError::kOverloaded, 503, "overloaded",
     "The process has as many connections as it is configured for; try again."},
    {HttpError::kMisconfigured, 503, "misconfigured",
     "The configuration of this virtual host was refused; `message` says why."},
}};

struct Phrase {
  unsigned status;
  std::string_view text;
};
constexpr std::array<Phrase, 12> kPhrases{{{200, "OK"},
                                           {304, "Not Modified"},
                                           {400, "Bad Request"},
                                           {401, "Unauthorized"},
                                           {403, "Forbidden"},
                                           {404, "Not Found"},
                                           {405, "Method Not Allowed"},
                                           {413, "Content Too Large"},
                                           {426, "Upgrade Required"},
                                           {429, "Too Many Requests"},
                                           {501, "Not Implemented"},
                                           {503, "Service Unavailable"}}};

}  // namespace

std::span<const HttpErrorInfo> http_errors() noexcept { return kHttpErrors; }

const HttpErrorInfo& info_of(HttpError error) noexcept {
  return kHttpErrors[static_cast<std::size_t>(error)];
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
