#pragma once
// SegmentReader: a read-only view of a directory of segments, which another process may be writing. Any number, in any
// process that may read the files; none can disturb the writer.
//
// Threads: one at a time. It keeps a part of a file and its index in memory, and two files open.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/ring/record.hpp"
#include "core/segments/segment_file.hpp"
#include "core/segments/segment_format.hpp"

namespace ringside {

// A reader's position: the record with sequence `seq` is the next one to read. `segment` and `position` say where it is,
// as far as that is known (0: not).
struct SegmentCursor {
  Seq seq{1};
  Seq segment{0};  // its first sequence
  std::uint64_t position = 0;
};

enum class SegmentOutcome {
  kRecord,  // `out` has the record, the cursor has moved past it
  kGone,    // removed, damaged or never written: the cursor is at the next that is there
  kEnd,     // nothing from the cursor on, yet; the cursor is unchanged
};

class SegmentReader {
 public:
  // Errors: the directory cannot be read.
  [[nodiscard]] static Result<std::unique_ptr<SegmentReader>> open(std::string dir);
  ~SegmentReader();
  SegmentReader(const SegmentReader&) = delete;
  SegmentReader& operator=(const SegmentReader&) = delete;

  // Looks for new segments and removed ones. Done by the other calls when what they look for is not where it was; call it
  // once a second, so that oldest() is true.  Cost: a directory's names, and the head of each segment that is new.
  void refresh();
  // The same where the directory has changed since the last time.  Cost: a system call, when it has not.
  void refresh_if_changed();

  [[nodiscard]] bool empty() const noexcept { return segments_.empty(); }
  // The first sequence; 0 when empty.
  [[nodiscard]] Seq oldest() const noexcept;
  // Whether there is a segment that should have it.
  [[nodiscard]] bool has(Seq seq) const noexcept;
  // The epochs that the newest segment names.
  [[nodiscard]] const Lineage& lineage() const noexcept { return lineage_; }

  // Copies the record at `at` into `out`.  Cost: as a rule no system call; a read of 256 KiB for each 256 KiB.
  [[nodiscard]] SegmentOutcome read_next(SegmentCursor& at, Record& out);

  // The record `first`, or the first after it that is there; kEnd's place when there is none.
  //   Cost: a bisection, and a walk over 64 KiB of records.
  [[nodiscard]] SegmentCursor seek_seq(Seq first);
  // The first record received at or after `time`, after the last one that is older. `is_certain`: a record before it is
  // there, and older; else older ones may have been removed.
  struct TimePlace {
    Seq seq;
    bool is_found = false;  // false: all that there is is older
    bool is_certain = false;
  };
  [[nodiscard]] TimePlace seek_time(WallTime time);

 private:
  struct Segment {
    Seq first;
    Seq end;  // 0: it is written, or was not sealed; then it ends where its records do
    std::int64_t oldest_ns = 0;
    std::int64_t newest_ns = 0;
    bool is_sealed = false;
  };

  explicit SegmentReader(std::string dir);
  [[nodiscard]] std::size_t find_segment(Seq seq) const noexcept;
  [[nodiscard]] SegmentFile* open_segment(const Segment& segment);
  [[nodiscard]] SegmentOutcome skip(SegmentCursor& at, bool is_damaged);
  void load_head(Segment& segment);

  std::string dir_;
  std::vector<Segment> segments_;  // in order
  std::int64_t changed_ns_ = 0;    // when the directory was changed, as of the last look at it
  bool may_have_changed_ =
      true;  // it was changed so shortly before that another change may have the same time
  Lineage lineage_;
  std::unique_ptr<SegmentFile> files_[2];  // the one in use, and the one before
};

}  // namespace ringside
