#pragma once
// Random numbers that nobody can guess: from the kernel. A simulation seeds them, so that one seed is one run; nothing else of
// the library draws numbers in another way.  Threads: any; seed_random() before there are others.

#include <cstdint>

namespace ringside {

// Cost: a system call. Only a kernel that is broken makes it fail, which ends the process.
[[nodiscard]] std::uint64_t random_number() noexcept;

// For simulations: from now on the numbers follow from `seed`, and anybody can guess them.
void seed_random(std::uint64_t seed) noexcept;

}  // namespace ringside
