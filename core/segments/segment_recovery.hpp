#pragma once
// What a segment has that was not sealed: its longest valid prefix.
//   Source: docs/segment-format.md, "After a stop".

#include <cstdint>
#include <vector>

#include "core/base/result.hpp"
#include "core/ring/record_format.hpp"
#include "core/segments/segment_format.hpp"

namespace ringside {

// Summary and index of a segment, record by record.
struct SegmentTally {
  SegmentSummary summary;
  std::vector<SegmentIndexEntry> index;  // entries that were not written to the file yet
  std::uint64_t last_indexed = 0;        // the position that the last entry names

  explicit SegmentTally(Seq first) { summary.end = first; }
  // The record that follows, at `summary.data_end`.
  void note(const RecordHeader& record);
};

// Walks the records of the open file from the first one on, and ends at the first that is not whole, has a wrong
// checksum or is not the next. Changes nothing.
//   Cost: reads the file once, about 20 ms for 64 MiB.
[[nodiscard]] SegmentTally recover_segment(int fd, Seq first);

[[nodiscard]] Status write_index(int fd, const SegmentTally& recovered);
// Writes index and seal of a segment that is complete; its records are on the disk.
[[nodiscard]] Status seal_segment(int fd, const SegmentTally& recovered);

}  // namespace ringside
