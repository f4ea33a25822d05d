#pragma once
// The revocations in the control segment. See ControlSegment for what they mean.

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/time.hpp"
#include "core/control/control_layout.hpp"

namespace ringside::control {

// Names what is revoked: a hash of the kind and the subject, never 0.
[[nodiscard]] std::uint64_t revocation_key(std::uint32_t kind, std::string_view subject) noexcept;

// Threads: the caller holds the segment's lock.
void add_revocation(Segment& segment, std::uint64_t key, WallTime now) noexcept;

// When `key` was last revoked. Threads: any. Cost: a pass over the revocations held, none of which
// is the usual case.
[[nodiscard]] std::optional<WallTime> find_revocation(const Segment& segment,
                                                      std::uint64_t key) noexcept;

}  // namespace ringside::control
