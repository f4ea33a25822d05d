// Problem: a reader needs sequence and position of the head together, but one store publishes one
// word.
//
// A seqlock (odd while writing) would leave readers spinning forever when the writer is killed
// between its two stores. A second copy has the same trouble. Here the position of sequence s is
// stored into slot s mod 7 first, and the store of the sequence then makes it valid. A writer
// killed in between has changed a slot that is not read.
//
// Why a pair that load_mark returns matches: slot s mod 7 is stored again only for s + 7, which
// happens after the store of s + 6 to `seq`. All loads acquire and all stores release, so a reader
// that got the position of s + 7 synchronizes with that store and sees at least s + 6 when it loads
// `seq` again; it then refuses the pair.
#include "core/ring/mark.hpp"

namespace ringside {
namespace {

constexpr int kMaxAttempts = 1000;

}  // namespace

void reset_mark(Mark& mark, MarkValue value) noexcept {
  for (SharedU64& slot : mark.position) {
    slot.store(value.position, std::memory_order_release);
  }
  mark.seq.store(value.seq, std::memory_order_release);
}

void publish_mark(Mark& mark, MarkValue value) noexcept {
  mark.position[value.seq % kMarkSlots].store(value.position,
                                              std::memory_order_release);  // SYNC(mark_slot): store
  mark.seq.store(value.seq, std::memory_order_release);                    // SYNC(mark): store
}

std::optional<MarkValue> load_mark(const Mark& mark) noexcept {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const std::uint64_t seq = mark.seq.load(std::memory_order_acquire);  // SYNC(mark): load
    const std::uint64_t position =
        mark.position[seq % kMarkSlots].load(std::memory_order_acquire);   // SYNC(mark_slot): load
    const std::uint64_t again = mark.seq.load(std::memory_order_acquire);  // SYNC(mark): load
    if (seq >= kMaxPlausible || position >= kMaxPlausible) {
      return std::nullopt;
    }
    if (again >= seq && again - seq < kMarkSlots - 1) {
      return MarkValue{seq, position};
    }
  }
  return std::nullopt;
}

}  // namespace ringside
