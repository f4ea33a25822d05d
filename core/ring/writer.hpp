#pragma once
// RingWriter: the one producer side of the ring. Creates the file, or attaches to one that a dead
// writer left, and appends.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/event/lineage.hpp"
#include "core/ring/appender.hpp"
#include "core/ring/record.hpp"
#include "core/ring/types.hpp"

namespace ringside {

struct RingOptions {
  std::string path;
  std::size_t capacity_bytes = 64u << 20u;  // of the data area; a power of two, 64 KiB to 64 GiB
  unsigned mode = 0640;                     // of a file that is created

  // Of a ring that is created because there is none that can be continued: its epoch (none: a random one) with the epochs
  // before it, and the sequence of its first event.
  Lineage lineage{};
  Seq first{1};
  // Puts the history into it that it begins with, before readers can see it. Its error is open()'s.
  std::function<Status(RingAppender&)> fill{};
  // A ring of another epoch than `lineage`'s is not continued.
  bool only_this_epoch = false;
  // No ring is continued: the new one takes its place, with `lineage` and `first`, whatever was there.
  bool replaces = false;
};

// Where a ring's epoch and history come from.
enum class RingOrigin {
  kNew,          // the options
  kTakenOver,    // the ring that a dead writer left
  kCarriedOver,  // the same, copied into a new file: of another capacity, or of an older layout
};

class RingWriter final {
 public:
  // Attaches to the ring at `options.path`, or creates it.
  //   A ring of a dead writer is taken over: epoch, history and sequence continue; a record that was being written when the
  //   writer died is as if it had never been begun. A sound ring of another capacity, or of the layout before this one,
  //   continues in a new file, as far as there is room for its history. What is no ring, or fails validation, is replaced by
  //   a new ring. A file that is replaced is renamed to "<path>.old", its header marked superseded, so that readers attach again.
  //   Errors: the ring is held by a living writer (flock on the file); the file cannot be made or mapped.
  [[nodiscard]] static Result<std::unique_ptr<RingWriter>> open(const RingOptions& options,
                                                                const Clock& clock);

  RingWriter(const RingWriter&) = delete;
  RingWriter& operator=(const RingWriter&) = delete;
  ~RingWriter();  // the ring stays, for the next writer and for readers

  [[nodiscard]] Epoch epoch() const noexcept;
  [[nodiscard]] const Lineage& lineage() const noexcept;
  // The sequence that the next append will get; stable until then, so that the caller can write the
  // id into the text.
  [[nodiscard]] Seq next_seq() const noexcept;
  [[nodiscard]] RingOrigin origin() const noexcept;
  // Whether the history of an existing ring continues.
  [[nodiscard]] bool recovered() const noexcept { return origin() != RingOrigin::kNew; }

  // The largest name + text, in bytes, that append() takes: an eighth of the capacity (1 GiB at
  // most), without a record's header.
  [[nodiscard]] std::size_t max_record_bytes() const noexcept;

  // Appends one event; visible to readers on return. Overwrites the oldest records as needed.
  //   Returns:  its sequence, which is what next_seq() said. name + text longer than max_record_bytes() is a bug of the caller.
  //   Threads:  the writer's thread only.
  //   Ordering: SYNC(reserve) before the first overwritten byte, SYNC(publish) after the last byte of the record.
  //   Cost:     two copies of the text at most, no system call, no allocation.
  //   Source:   docs/ring-format.md.
  Seq append(std::uint8_t type_code, std::string_view name, std::string_view text,
             WallTime received) noexcept {
    return append(type_code, name, text, {}, received);
  }
  // The same for a text in two pieces.
  Seq append(std::uint8_t type_code, std::string_view name, std::string_view text,
             std::string_view rest, WallTime received) noexcept;

  // The bytes of the last record that was appended, for a second place to keep it. Valid until the next append.
  [[nodiscard]] const RingAppender::LastRecord& last_record() const noexcept;

  // Wakes every reader that waits (one futex call). Call once after a burst of appends.
  void wake() noexcept;
  // Writes the heartbeat, from which readers see that the writer lives (/readyz). Call at least once a second.
  void beat() noexcept;

  // The mapped file, so that tests and benchmarks put a reader on the same mapping
  // (RingReader::over).
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept;

 private:
  struct State;  // core/ring/writer.cpp
  explicit RingWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ringside
