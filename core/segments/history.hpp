#pragma once
// History: the ring, and before its tail the segments on disk, as one sequence of events.
//
// Threads: one at a time.

#include <cstdint>
#include <memory>

#include "core/ring/reader.hpp"
#include "core/segments/segment_reader.hpp"

namespace ringside {

// A place in the history. The record with sequence `seq` is the next one to read.
struct HistoryCursor {
  Seq seq{1};
  Cursor in_ring;         // where it is there; of another sequence: not known
  SegmentCursor on_disk;  // the same
};

class History {
 public:
  // `ring` stays as long as this. Without `segments`, the ring is all there is.
  explicit History(const RingReader& ring, std::unique_ptr<SegmentReader> segments = nullptr);

  // The oldest sequence that can be read; after the head when there is none.
  [[nodiscard]] Seq oldest();
  // Whether segments are read.
  [[nodiscard]] bool has_segments() const noexcept { return segments_ != nullptr; }
  void set_segments(std::unique_ptr<SegmentReader> segments) { segments_ = std::move(segments); }
  // Once a second: which segments there are.
  void refresh();

  // Copies the record at `at` into `out` and moves `at` past it. See RingReader::read_next() for outcomes.
  [[nodiscard]] ReadResult read_next(HistoryCursor& at, Record& out);

  struct Place {
    HistoryCursor cursor;
    std::uint64_t missed = 0;  // as RingReader::Seek::missed
  };
  // The record `first`, or the oldest after it that can be read.
  [[nodiscard]] Place seek_seq(Seq first);
  // The first record received at or after `time`. See RingReader::seek_time().
  [[nodiscard]] Place seek_time(WallTime time);

 private:
  [[nodiscard]] ReadResult read_ring(HistoryCursor& at, Record& out) const;

  const RingReader& ring_;
  std::unique_ptr<SegmentReader> segments_;
};

}  // namespace ringside
