// memcpy on bytes that another process may be writing is a data race: the compiler may read a byte
// twice, and TSan is right to complain. std::atomic_ref gives each word one access. Acquire and
// release rather than relaxed, because a relaxed copy needs a fence between the copy and the check
// that follows it, and fences are what we do without.
#include "core/shm/word_copy.hpp"

#include <atomic>
#include <cstring>

namespace ringside {

static_assert(std::atomic_ref<std::uint64_t>::is_always_lock_free);

std::uint64_t load_shared_word(const std::byte* shared) noexcept {
  // atomic_ref<const T> comes only with C++26. A lock-free load writes nothing, so a read-only page
  // is no trouble.
  auto* word = reinterpret_cast<std::uint64_t*>(const_cast<std::byte*>(shared));
  return std::atomic_ref<std::uint64_t>(*word).load(
      std::memory_order_acquire);  // SYNC(words): load
}

void store_shared_word(std::byte* shared, std::uint64_t word) noexcept {
  std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(shared))
      .store(word, std::memory_order_release);  // SYNC(words): store
}

void copy_from_shared(std::byte* to, const std::byte* shared, std::size_t n_bytes) noexcept {
  for (std::size_t i = 0; i < n_bytes; i += sizeof(std::uint64_t)) {
    const std::uint64_t word = load_shared_word(shared + i);
    std::memcpy(to + i, &word, sizeof word);
  }
}

void copy_to_shared(std::byte* shared, const std::byte* from, std::size_t n_bytes) noexcept {
  constexpr std::size_t kWordBytes = sizeof(std::uint64_t);
  const auto copy_word = [&](std::size_t i) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, from + i, kWordBytes);
    store_shared_word(shared + i, word);
  };
  std::size_t i = 0;
  for (; n_bytes - i >= 4 * kWordBytes; i += 4 * kWordBytes) {  // the compiler unrolls no atomics
    copy_word(i);
    copy_word(i + kWordBytes);
    copy_word(i + 2 * kWordBytes);
    copy_word(i + 3 * kWordBytes);
  }
  for (; i < n_bytes; i += kWordBytes) {
    copy_word(i);
  }
}

}  // namespace ringside
