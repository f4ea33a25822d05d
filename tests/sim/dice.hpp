#pragma once
// Dice: every random choice of a simulation. Portable: the standard's distributions differ between libraries, and a seed
// must mean the same run everywhere.

#include <cstddef>
#include <cstdint>
#include <random>

namespace ringside::sim {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  // 0 to n - 1.
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return least + below(most - least + 1);
  }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  template <class T, std::size_t N>
  const T& pick(const T (&choices)[N]) {
    return choices[below(N)];
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace ringside::sim
