// The table is generated from protocol.json, which client and documentation share. The codes are part
// of the protocol: clients compare them, people read the messages.
#include "core/proto/http_error.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/base/json.hpp"

namespace ringside {
namespace {

// The host's patch (cmake/lws/patches/strict-request-head.patch) sends some of these itself, before
// the plugin sees the request.
constexpr auto kHttpErrors = std::to_array<HttpErrorInfo>({
#define RS_HTTP_ERROR(enumerator, status, code, meaning) \
  {HttpError::enumerator, status, code, meaning},
#include "core/proto/http_errors.inc"
#undef RS_HTTP_ERROR
});

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
constexpr std::array<Phrase, 21> kPhrases{{{200, "OK"},
                                           {304, "Not Modified"},
                                           {400, "Bad Request"},
                                           {401, "Unauthorized"},
                                           {403, "Forbidden"},
                                           {404, "Not Found"},
                                           {405, "Method Not Allowed"},
                                           {408, "Request Timeout"},
                                           {409, "Conflict"},
                                           {411, "Length Required"},
                                           {413, "Content Too Large"},
                                           {414, "URI Too Long"},
                                           {415, "Unsupported Media Type"},
                                           {421, "Misdirected Request"},
                                           {422, "Unprocessable Content"},
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
    case HttpError::kKeyInUse:
    case HttpError::kNotReady:
    case HttpError::kWorkerAway:
      return kRetrySoon;
    case HttpError::kTooManyConnections:
    case HttpError::kTooManyTickets:
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
