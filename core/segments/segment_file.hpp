#pragma once
// SegmentFile: one segment, open for reading: its index, and the place of a record in it.
//
// Threads: one at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "core/segments/file_window.hpp"
#include "core/segments/segment_list.hpp"

namespace ringside {

class SegmentFile {
 public:
  [[nodiscard]] static Result<std::unique_ptr<SegmentFile>> open(const std::string& path);

  [[nodiscard]] Seq first() const noexcept { return head_.identity.first; }
  [[nodiscard]] const SegmentHead& head() const noexcept { return head_; }
  // Reads the head again: the segment may have been sealed.
  void refresh_head();

  // The record, checked; nothing when it is not there whole. `position` 0: looks for it.
  [[nodiscard]] std::optional<StoredRecord> record(Seq seq, std::uint64_t position);
  // The position of `seq`; nothing when the way to it is damaged, or it is not written yet.
  [[nodiscard]] std::optional<std::uint64_t> find(Seq seq);
  // The first sequence after `seq` that the index names and that is there: where to go on after a damaged record.
  [[nodiscard]] std::optional<Seq> next_indexed(Seq seq);

  // Looks for the last record that is older than `time_ns - slack_ns`; `place` is the first after it that is not older than
  // `time_ns`. Nothing when no record is older, as far as index and walk say.
  struct TimeSearch {
    Seq place;
    bool is_found = false;  // false: all records are older; `place` is after the last
  };
  [[nodiscard]] std::optional<TimeSearch> find_time(std::int64_t time_ns, std::int64_t slack_ns);
  // The first record that is not older; nothing when there is none.  Cost: a walk from the first record on.
  [[nodiscard]] std::optional<Seq> first_at(std::int64_t time_ns);

 private:
  SegmentFile(UniqueFd fd, SegmentHead head);
  void load_index(Seq wanted);

  UniqueFd fd_;
  SegmentHead head_;
  FileWindow window_;
  std::vector<SegmentIndexEntry> index_;
  bool index_is_complete_ = false;
};

}  // namespace ringside
