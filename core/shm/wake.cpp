// A futex rather than an eventfd or a socket: the writer need not know its readers, a reader that
// dies leaves nothing behind, and one call wakes all. FUTEX_WAIT on a read-only shared file mapping
// is allowed (the key is the inode and the offset, futex(2)); FUTEX_PRIVATE_FLAG would key by
// address space and never meet.
#include "core/shm/wake.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

namespace ringside {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

void wake_all(std::atomic<std::uint32_t>& word) noexcept {
  word.fetch_add(1, std::memory_order_release);  // SYNC(wake): store
  ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void interrupt_waits(const std::atomic<std::uint32_t>& word) noexcept {
  ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

std::uint32_t wait_while_equal(const std::atomic<std::uint32_t>& word, std::uint32_t seen,
                               std::chrono::milliseconds timeout) noexcept {
  const std::uint32_t now = word.load(std::memory_order_acquire);  // SYNC(wake): load
  if (now != seen || timeout.count() <= 0) {
    return now;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  timespec limit{};
  limit.tv_sec = static_cast<time_t>(seconds.count());
  limit.tv_nsec = static_cast<long>(std::chrono::nanoseconds(timeout - seconds).count());
  ::syscall(SYS_futex, &word, FUTEX_WAIT, seen, &limit, nullptr, 0);
  return word.load(std::memory_order_acquire);  // SYNC(wake): load
}

}  // namespace ringside
