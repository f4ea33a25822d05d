#pragma once
// A revocation as it is stored: without the name of the user or token.

#include <cstdint>
#include <optional>

#include "core/base/time.hpp"

namespace ringside {

struct RevocationRecord {
  std::uint64_t key = 0;          // a hash of kind and subject; not 0 or 1
  WallTime time;                  // of a user: tokens issued until then are refused
  std::optional<WallTime> until;  // then it may be forgotten; none: never
  [[nodiscard]] bool operator==(const RevocationRecord&) const = default;
};

}  // namespace ringside
