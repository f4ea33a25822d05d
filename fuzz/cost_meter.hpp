#pragma once
// Counts steps instead of time: basic blocks of our own code (the compiler calls us at each, see
// fuzz/CMakeLists.txt), and bytes that libraries are given to look through. The same input takes the
// same number of steps on every machine.
//
// Threads: one.

#include <cstdint>

namespace ringside::fuzz {

// Since the start of the process.
[[nodiscard]] std::uint64_t n_steps() noexcept;

}  // namespace ringside::fuzz
