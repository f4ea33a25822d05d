#pragma once
// SegmentStore: a directory of segments, written by one process: events that outlive the machine's memory. Used for the
// history of a worker, and for a queue on disk.
//
//   add() ... flush()      once for each turn of a loop: one write
//   take_sync() ... run()  on another thread: what was written reaches the disk
//   retain()               now and then: the oldest segments go
//
// Threads: one; SegmentSync::run() on any.
//   Source: docs/segment-format.md.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/base/unique_fd.hpp"
#include "core/event/lineage.hpp"
#include "core/ring/record_format.hpp"
#include "core/segments/segment_recovery.hpp"
#include "core/segments/segment_sync.hpp"

namespace ringside {

struct SegmentOptions {
  std::string dir;  // made when it is not there; its parent must be
  // A segment is complete when its records take this much, or span this time.
  std::uint64_t segment_bytes = std::uint64_t{64} << 20U;
  std::chrono::nanoseconds segment_age = std::chrono::hours(24 * 365);
};

class SegmentStore {
 public:
  // Opens the directory, and completes what a stopped process left: of a segment that was not sealed, the longest valid
  // prefix stays. A file that is no segment is renamed to NAME.bad.
  //   Errors: another process has it open (flock on the directory); it cannot be made, read or written.
  //   Cost: reads the segments that were not sealed, two as a rule, whole.
  [[nodiscard]] static Result<std::unique_ptr<SegmentStore>> open(const SegmentOptions& options,
                                                                  const Clock& clock);
  ~SegmentStore();
  SegmentStore(const SegmentStore&) = delete;
  SegmentStore& operator=(const SegmentStore&) = delete;

  // --- what there is
  [[nodiscard]] bool empty() const noexcept { return files_.empty(); }
  [[nodiscard]] Seq oldest() const noexcept;  // the first sequence; next() when empty
  // After the last record that was added. After open(): after the last that is whole.
  [[nodiscard]] Seq next() const noexcept { return next_; }
  // Of the newest segment; no epoch when empty.
  [[nodiscard]] const Lineage& lineage() const noexcept { return lineage_; }
  // Whether the last process that wrote here ended with stop(): nothing is missing after next().
  [[nodiscard]] bool was_stopped() const noexcept { return was_stopped_; }
  [[nodiscard]] std::uint64_t n_bytes() const noexcept;  // of records
  // The first sequence of the segment from which on there are at least `n_bytes` of records, or of the oldest.
  [[nodiscard]] Seq seq_before_newest(std::uint64_t n_bytes) const noexcept;
  [[nodiscard]] std::size_t n_segments() const noexcept { return files_.size(); }

  // --- writing
  // The next record has this sequence and epoch. Needed once before the first add(), and where they change: with another
  // lineage, or after a hole. `first` is not before next().
  void continue_with(const Lineage& lineage, Seq first);
  // Begins the file now, so that its lineage is on the disk before the first record: a new epoch must be known after a
  // stop that leaves no record of it.  Cost: two syncs.
  [[nodiscard]] Status write_lineage();
  // Adds the record next(), as RingWriter::last_record() has it.  Cost: a copy into memory.
  void add(const std::array<std::uint64_t, 5>& header, std::span<const std::byte> payload);
  // The same for a record that is in no ring.
  void add(std::uint8_t type_code, std::string_view name, std::string_view text, WallTime received);
  [[nodiscard]] std::size_t n_buffered() const noexcept { return buffer_.size(); }
  // Writes what was added, after which readers see it.
  //   Errors: what was added since the last flush is dropped, and next() is again what it was then.
  //   Cost: one system call; two every 64 KiB.
  [[nodiscard]] Status flush();

  // --- to the disk
  // What was written and not synced; nothing while a sync is out, or when there is nothing.
  [[nodiscard]] std::optional<SegmentSync> take_sync();
  // After run(). With an error, the file is not continued, and what it has on disk is not known.
  void on_synced(const SegmentSync& sync, const Status& result);
  [[nodiscard]] Seq synced() const noexcept { return synced_; }  // everything before it is on disk
  // Writes and syncs everything, and leaves the mark of a clean stop. No sync is out.
  [[nodiscard]] Status stop();

  // --- removing
  struct Retention {
    std::uint64_t n_bytes = 0;
    std::chrono::nanoseconds age{};
  };
  // Removes the oldest segments that are too many or too old, `most` at a time. The one that is written stays, unless all of
  // it is too old. Returns how many events went.
  [[nodiscard]] std::uint64_t retain(const Retention& retention, WallTime now, unsigned most = 4);
  // Removes segments whose records are all at or before `seq`.
  void remove_through(Seq seq);
  // Moves all segments into a directory of their own, named after the epoch: they are of another history.
  //   Returns the directory.
  [[nodiscard]] Result<std::string> set_aside();

 private:
  struct File {
    Seq first;
    SegmentSummary summary;
  };

  SegmentStore(const SegmentOptions& options, const Clock& clock, UniqueFd directory);
  [[nodiscard]] std::string path_of(Seq first) const;
  [[nodiscard]] Status load();
  [[nodiscard]] Status load_file(Seq first, bool is_last);
  void set_bad_file_aside(Seq first, const Error& why) const;
  void read_mark();
  [[nodiscard]] Status remove_mark();
  [[nodiscard]] Status write_mark() const;
  [[nodiscard]] bool must_begin_file() const noexcept;
  [[nodiscard]] Status begin_file();
  void end_file();
  void remove_oldest();

  SegmentOptions options_;
  const Clock& clock_;
  std::shared_ptr<const UniqueFd> directory_;
  std::deque<File> files_;  // oldest first; the last one is written when `fd_` is set
  std::shared_ptr<const UniqueFd> fd_;
  SegmentTally tally_{Seq{1}};  // of the file that is written
  Lineage lineage_;
  Lineage wanted_;  // of the next file; differs from `lineage_` when a new one must begin
  Seq next_{1};
  Seq written_{1};  // next() as of the last flush
  bool has_mark_ = false;
  bool was_stopped_ = false;

  std::vector<std::byte> buffer_;
  bool sync_is_out_ = false;
  bool directory_changed_ = false;
  Seq synced_{1};
  struct Ended {
    std::shared_ptr<const UniqueFd> fd;
    SegmentSummary summary;
  };
  std::vector<Ended> ended_;  // complete, and not synced
};

}  // namespace ringside
