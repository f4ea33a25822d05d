#pragma once
// The revocations in the control segment: a hash table. See ControlSegment for what they mean.
//   Source: docs/ring-format.md, "Revocations".

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/control/control_layout.hpp"
#include "core/control/revocation_record.hpp"

namespace ringside::control {

// Names what is revoked: a hash of the kind and the subject, the same on every machine; never 0 or 1.
[[nodiscard]] std::uint64_t revocation_key(std::uint32_t kind, std::string_view subject) noexcept;

// Adds a revocation, or extends the one with the same key: both its times become the later ones.
// When all places are taken, those that have ended are forgotten. False: all are still in force, and
// nothing has changed.
//   Threads: the caller holds the segment's lock. `record.key` must not be 0 or 1.
[[nodiscard]] bool add_revocation(Segment& segment, const RevocationRecord& record,
                                  WallTime now) noexcept;

// Removes a revocation, in force or over. False: there was none with this key.
//   Threads: the caller holds the segment's lock.
bool remove_revocation(Segment& segment, std::uint64_t key) noexcept;

// When `key` was last revoked; nothing when that has ended by `now`. Threads: any. Cost: one or two
// places of the table, whatever it has.
[[nodiscard]] std::optional<WallTime> find_revocation(const Segment& segment, std::uint64_t key,
                                                      WallTime now) noexcept;

// Removes those that have ended by `now`, and those without an end that are older than `keep` (0:
// none). Returns how many. Threads: the caller holds the segment's lock. Cost: a pass over the table, 3 MiB.
std::size_t forget_revocations(Segment& segment, std::chrono::milliseconds keep,
                               WallTime now) noexcept;

// The revocation with `key` in force at `now`. Threads and cost: as find_revocation().
[[nodiscard]] std::optional<RevocationRecord> revocation_of(const Segment& segment,
                                                            std::uint64_t key,
                                                            WallTime now) noexcept;

// All that are kept. Threads: any; one that is added meanwhile may be missing. Cost: as above.
[[nodiscard]] std::vector<RevocationRecord> list_revocations(const Segment& segment);

}  // namespace ringside::control
