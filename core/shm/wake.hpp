#pragma once
// A 32-bit word in shared memory on which processes sleep (futex, not private).
//   Threads: any. Waiting needs only a read-only mapping.

#include <atomic>
#include <chrono>
#include <cstdint>

namespace ringside {

// Adds one and wakes all who wait. Cost: one system call.
void wake_all(std::atomic<std::uint32_t>& word) noexcept;

// Ends the waits of every thread that waits for `word`, which stays as it is: for them it is a spurious wake-up. Works on a
// read-only mapping.
void interrupt_waits(const std::atomic<std::uint32_t>& word) noexcept;

// Blocks while the word equals `seen`, at most `timeout`; may return early for no reason. Returns
// the word now.
[[nodiscard]] std::uint32_t wait_while_equal(const std::atomic<std::uint32_t>& word,
                                             std::uint32_t seen,
                                             std::chrono::milliseconds timeout) noexcept;

}  // namespace ringside
