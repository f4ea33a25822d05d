// The advice follows one question: would the same client, connecting again, fare better? After a
// restart, a lost race for a connection or a lapse, yes: retry. With the same token, no: refresh.
// With the same bug, never: stop.
#include "core/proto/close_code.hpp"

#include <algorithm>
#include <array>

#include "core/base/check.hpp"

namespace ringside {
namespace {

constexpr std::array<CloseCodeInfo, 11> kCloseCodes{{
    {CloseCode::kNormal, "closed normally", ClientAdvice::kStop},
    {CloseCode::kGoingAway, "server is going away", ClientAdvice::kRetry},
    {CloseCode::kUnsupportedData, "binary frames are not supported", ClientAdvice::kStop},
    {CloseCode::kInvalidPayload, "text is not valid UTF-8", ClientAdvice::kStop},
    {CloseCode::kPolicyViolation, "not authenticated or not allowed", ClientAdvice::kRefreshToken},
    {CloseCode::kMessageTooBig, "message too big", ClientAdvice::kStop},
    {CloseCode::kTokenExpired, "token expired", ClientAdvice::kRefreshToken},
    {CloseCode::kAuthTimeout, "no token was sent in time", ClientAdvice::kRetry},
    {CloseCode::kSlowConsumer, "too slow for the stream", ClientAdvice::kRetry},
    {CloseCode::kConnectionLimit, "too many connections", ClientAdvice::kRetry},
    {CloseCode::kRateLimited, "too many messages", ClientAdvice::kRetry},
}};

}  // namespace

std::span<const CloseCodeInfo> close_codes() noexcept { return kCloseCodes; }

const CloseCodeInfo& info_of(CloseCode code) noexcept {
  const auto* at = std::ranges::find(kCloseCodes, code, &CloseCodeInfo::code);
  RS_CHECK(at != kCloseCodes.end());
  return *at;
}

std::string_view name_of(ClientAdvice advice) noexcept {
  switch (advice) {
    case ClientAdvice::kRetry:
      return "retry";
    case ClientAdvice::kRefreshToken:
      return "refresh";
    case ClientAdvice::kStop:
      return "stop";
  }
  return "stop";
}

}  // namespace ringside
