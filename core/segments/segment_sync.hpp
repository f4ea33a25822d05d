#pragma once
// SegmentSync: what has to reach the disk, taken from a SegmentStore on its thread and run on another, since a sync can
// take a second.
//
// Threads: run() on any; everything else on the store's.

#include <memory>
#include <optional>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "core/segments/segment_format.hpp"

namespace ringside {

class SegmentSync {
 public:
  // Everything before `end` is on the disk when run() has succeeded. `directory`: null when no file was made.
  SegmentSync(Seq end, std::shared_ptr<const UniqueFd> directory)
      : end_(end), directory_(std::move(directory)) {}
  // `seal`: the file is complete, and gets it when its records are on the disk.
  void add(std::shared_ptr<const UniqueFd> file, std::optional<SegmentSummary> seal) {
    files_.push_back({std::move(file), seal});
  }

  [[nodiscard]] Seq end() const noexcept { return end_; }
  // Errors: the disk could not write. What it then has is not known.
  //   Cost: a sync for each file, milliseconds to seconds.
  [[nodiscard]] Status run() const;

 private:
  struct File {
    std::shared_ptr<const UniqueFd> fd;
    std::optional<SegmentSummary> seal;
  };
  Seq end_;
  std::shared_ptr<const UniqueFd> directory_;
  std::vector<File> files_;
};

}  // namespace ringside
