#pragma once
// Close codes that the server sends, each with its default reason. Rows: protocol.json in this
// directory, which also has the advice for clients; script/generate makes the table here and the one in
// docs/protocol.md from it.
//
// Threads: pure.

#include <cstdint>
#include <span>
#include <string_view>

namespace ringside {

enum class CloseCode : std::uint16_t {
#define RS_CLOSE_CODE(enumerator, code, reason) enumerator = code,
#include "core/proto/close_codes.inc"
#undef RS_CLOSE_CODE
};

struct CloseCodeInfo {
  CloseCode code;
  std::string_view reason;  // sent unless the caller has a better one; at most 123 bytes
};

[[nodiscard]] std::span<const CloseCodeInfo> close_codes() noexcept;
[[nodiscard]] const CloseCodeInfo& info_of(CloseCode code) noexcept;

}  // namespace ringside
