#pragma once
// Close codes: the one table of why a connection ends and what a client should do about it.
// docs/protocol.md is held against it by a test.

#include <cstdint>
#include <span>
#include <string_view>

namespace ringside {

enum class CloseCode : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kUnsupportedData = 1003,
  kInvalidPayload = 1007,
  kPolicyViolation = 1008,
  kMessageTooBig = 1009,
  kTokenExpired = 4001,
  kAuthTimeout = 4002,
  kSlowConsumer = 4008,
  kConnectionLimit = 4009,
  kRateLimited = 4029,
};

enum class ClientAdvice { kRetry, kRefreshToken, kStop };

struct CloseCodeInfo {
  CloseCode code;
  std::string_view
      reason;  // what goes over the wire unless the caller has a better one; at most 123 bytes
  ClientAdvice advice;
};

[[nodiscard]] std::span<const CloseCodeInfo> close_codes() noexcept;
[[nodiscard]] const CloseCodeInfo& info_of(CloseCode code) noexcept;
[[nodiscard]] std::string_view name_of(
    ClientAdvice advice) noexcept;  // "retry", "refresh", "stop", as in docs/protocol.md

}  // namespace ringside
