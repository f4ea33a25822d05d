#pragma once
// How many of something each user has, over all processes: one table a process, all of them read by each.
//   Source: docs/ring-format.md, "Quotas".

#include <cstdint>
#include <string_view>

#include "core/control/control_layout.hpp"

namespace ringside::control {

// Names a user in all tables of this segment: keyed with the segment's random key.
[[nodiscard]] std::uint64_t user_hash_of(const Segment& segment, std::string_view user) noexcept;

// Adds one for the user in this process's table. False when both of the user's buckets are full of other users.
//   Threads: one at a time in a process (the caller holds its mutex); other processes only read.
[[nodiscard]] bool add_user(Slot& own, std::size_t quota, std::uint64_t user_hash) noexcept;
// Takes one away again; nothing happens when there is none.
void remove_user(Slot& own, std::size_t quota, std::uint64_t user_hash) noexcept;

// The user's sum over all slots that are taken. Cost: 128 entries for each.
[[nodiscard]] std::uint64_t count_user(const Segment& segment, std::size_t quota,
                                       std::uint64_t user_hash) noexcept;

}  // namespace ringside::control
