// Generated rows, so that the server, the client and the documentation cannot differ.
#include "core/proto/close_code.hpp"

#include <algorithm>
#include <array>

#include "core/base/check.hpp"

namespace ringside {
namespace {

constexpr auto kCloseCodes = std::to_array<CloseCodeInfo>({
#define RS_CLOSE_CODE(enumerator, code, reason) {CloseCode::enumerator, reason},
#include "core/proto/close_codes.inc"
#undef RS_CLOSE_CODE
});

}  // namespace

std::span<const CloseCodeInfo> close_codes() noexcept { return kCloseCodes; }

const CloseCodeInfo& info_of(CloseCode code) noexcept {
  const auto* at = std::ranges::find(kCloseCodes, code, &CloseCodeInfo::code);
  RS_CHECK(at != kCloseCodes.end());
  return *at;
}

}  // namespace ringside
