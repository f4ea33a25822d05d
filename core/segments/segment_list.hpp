#pragma once
// The segments of a directory, and what the beginning of each says.  Threads: any.

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/segments/segment_format.hpp"

namespace ringside {

// The first sequences of the segments in a directory, in order. Other files are passed over.
//   Errors: the directory cannot be read.
[[nodiscard]] Result<std::vector<Seq>> list_segments(const std::string& dir);

struct SegmentHead {
  SegmentIdentity identity;
  std::optional<SegmentSummary>
      seal;  // nothing while the segment is written, or when its writer was killed
};
// Errors: not a segment; see decode_identity().  Cost: a system call.
[[nodiscard]] Result<SegmentHead> read_segment_head(int fd);

// Takes the seal off, so that records can be added.
[[nodiscard]] Status unseal_segment(int fd);

}  // namespace ringside
