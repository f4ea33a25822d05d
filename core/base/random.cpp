// getrandom() instead of std::random_device: it says how it can fail, and takes no descriptor.
#include "core/base/random.hpp"

#include <sys/random.h>

#include <atomic>
#include <cerrno>

#include "core/base/check.hpp"

namespace ringside {
namespace {

std::atomic<bool> g_is_seeded{false};
std::atomic<std::uint64_t> g_state{0};

// SplitMix64.
std::uint64_t next_of_seed() noexcept {
  constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15U;
  std::uint64_t mixed = g_state.fetch_add(kStep, std::memory_order_relaxed) + kStep;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31U);
}

}  // namespace

std::uint64_t random_number() noexcept {
  if (g_is_seeded.load(std::memory_order_relaxed)) {
    return next_of_seed();
  }
  std::uint64_t number = 0;
  ssize_t n = 0;
  do {
    n = ::getrandom(&number, sizeof number, 0);
  } while (n < 0 && errno == EINTR);
  RS_CHECK(n == static_cast<ssize_t>(sizeof number));  // up to 256 bytes are never cut short
  return number;
}

void seed_random(std::uint64_t seed) noexcept {
  g_state.store(seed, std::memory_order_relaxed);
  g_is_seeded.store(true, std::memory_order_relaxed);
}

}  // namespace ringside
