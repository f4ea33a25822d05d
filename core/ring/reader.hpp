#pragma once
// RingReader: a read-only view of the ring. Any number, in any process; none can disturb the writer
// or each other.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/base/unique_fd.hpp"
#include "core/ring/geometry.hpp"
#include "core/ring/record.hpp"
#include "core/ring/types.hpp"
#include "core/shm/mapping.hpp"

namespace ringside {

enum class ReadOutcome {
  kRecord,   // `out` has the record, the cursor has moved past it
  kEmpty,    // nothing there yet; the cursor is unchanged. Not an error.
  kLapped,   // overwritten before it could be read: `missed` records are gone and the cursor stands
             // at the oldest that is left
  kCorrupt,  // the mapping breaks its own rules (a hostile or damaged file); the cursor is at
             // the head
};

struct ReadResult {
  ReadOutcome outcome = ReadOutcome::kEmpty;
  std::uint64_t missed = 0;  // kLapped, kCorrupt: sequences between the old cursor and the new one
};

// The header at one moment, for status, readiness and headroom.
struct RingState {
  Epoch epoch;
  Seq head;  // the last sequence written; 0 in a new ring
  Seq tail;  // the oldest sequence still held; head.next() when the ring is empty
  std::uint64_t head_position = 0;
  std::uint64_t tail_position = 0;
  std::uint64_t capacity_bytes = 0;
  std::uint32_t writer_pid = 0;
  WallTime heartbeat;  // when the writer last beat
  MonoTime
      heartbeat_mono;  // the same by the machine's monotonic clock; the epoch of the clock: not known
  WallTime created;
  bool superseded = false;  // the writer has replaced this file: attach again
};

// How long ago the writer last beat. By the monotonic clock, so that setting the machine's clock makes no writer look dead
// or alive; a beat that this clock has not reached yet was before the machine was started, and is as old as can be.
[[nodiscard]] std::chrono::nanoseconds heartbeat_age(const RingState& state,
                                                     const Clock& clock) noexcept;

class RingReader final {
 public:
  // Maps the ring at `path` read-only. Errors: no such file, no permission, another layout or
  // version (the message says which), a header that contradicts the file's size.
  [[nodiscard]] static Result<std::unique_ptr<RingReader>> attach(const std::string& path);
  // The same on bytes that the caller keeps mapped (8-byte aligned) as long as the reader lives:
  // tests, fuzzing.
  [[nodiscard]] static Result<std::unique_ptr<RingReader>> over(std::span<const std::byte> file);

  [[nodiscard]] Epoch epoch() const noexcept;
  // The epochs whose ids are valid in this ring.
  [[nodiscard]] const Lineage& lineage() const noexcept;
  [[nodiscard]] RingState state() const noexcept;
  [[nodiscard]] Seq head() const noexcept;  // one load; the last sequence written

  // Copies the record at `at` into `out` and moves `at` past it.
  //   Returns:  kRecord, kEmpty, or kLapped with the exact number of records lost. Lapping is an outcome, not an error.
  //   Threads:  any; the reader itself is immutable after attach.
  //   Ordering: SYNC(publish) load before, SYNC(reserve) load after the copy.
  //   Cost:     wait-free, no system call, one copy, one checksum; allocates only to grow `out`.
  [[nodiscard]] ReadResult read_next(Cursor& at, Record& out) const noexcept;

  // Where to begin. `cursor_after_head` is what comes next; `cursor_at_tail` the oldest record
  // held.
  [[nodiscard]] Cursor cursor_after_head() const noexcept;
  [[nodiscard]] Cursor cursor_at_tail() const noexcept;

  struct Seek {
    Cursor cursor;
    std::uint64_t missed = 0;  // records asked for that are no longer held
  };
  // The record with sequence `first` (or, when it is overwritten, the oldest that is held; `missed`
  // says how many were lost). A `first` beyond the head gives the place after the head.  Cost: a
  // binary search and a walk of at most a few hundred records.
  [[nodiscard]] Seek seek_seq(Seq first) const noexcept;
  // The first record received at or after `time`. `missed` is 0 when the ring still has the
  // record before it (or has lost none at all); else it counts the records lost before the oldest
  // held, which may or may not be younger than `time`.
  [[nodiscard]] Seek seek_time(WallTime time) const noexcept;

  // Whether both read the same file; true also for a file that has lost its name. Cost: two system calls.
  [[nodiscard]] bool reads_the_file_of(const RingReader& other) const noexcept;

  // Blocks until the wake word differs from `seen`, the time is up, or a spurious wake-up; returns the word now. Pass it back in next time.
  //   Threads: a thread of its own; one futex wait on the read-only mapping.
  [[nodiscard]] std::uint32_t wait(std::uint32_t seen,
                                   std::chrono::milliseconds timeout) const noexcept;
  [[nodiscard]] std::uint32_t wake_word() const noexcept;
  // Ends every wait() on this ring, in this process and others, as a spurious wake-up.  Threads: any.
  void interrupt_waits() const noexcept;

 private:
  RingReader(UniqueFd fd, Mapping mapping, const std::byte* file,
             const Geometry& geometry) noexcept;

  [[nodiscard]] bool copy_record(Cursor at, Record& out, std::uint64_t& end) const noexcept;
  [[nodiscard]] ReadResult go_to_tail(Cursor& at) const noexcept;
  [[nodiscard]] ReadResult go_to_head(Cursor& at) const noexcept;
  [[nodiscard]] std::uint64_t tail_seq() const noexcept;
  enum class Walk { kFound, kEnd, kOverwritten, kBroken };
  template <class Stop>
  [[nodiscard]] Walk walk(Cursor& at, Stop stop) const noexcept;

  UniqueFd fd_;      // its lock tells the writer that the file is read
  Mapping mapping_;  // both are empty when the bytes are someone else's
  const std::byte* file_;
  Geometry geometry_;
};

}  // namespace ringside
