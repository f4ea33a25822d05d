#pragma once
// The control segment as a file: found, or made by whoever comes first.

#include <string>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/base/unique_fd.hpp"
#include "core/control/control_layout.hpp"
#include "core/control/control_segment.hpp"
#include "core/shm/mapping.hpp"

namespace ringside::control {

struct SegmentFile {
  UniqueFd fd;  // for the lock
  Mapping mapping;
  [[nodiscard]] Segment& segment() const noexcept {
    return *reinterpret_cast<Segment*>(mapping.data());
  }
};

// Errors: cannot be made or mapped; not a control segment, or of another version, and not to be
// replaced: the message says what to do.
[[nodiscard]] Result<SegmentFile> open_segment_file(
    const std::string& path, const Clock& clock,
    UnusableSegment unusable = UnusableSegment::kRefuse);

// Whether another file is at `path` now. Cost: two system calls.
[[nodiscard]] bool is_replaced(const SegmentFile& file, const std::string& path) noexcept;

}  // namespace ringside::control
