#pragma once
// The ring as a file: made, found, locked, replaced. Everything here happens at the start of a writer and never again.
//   Source: docs/ring-format.md, "The file's life".

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/base/unique_fd.hpp"
#include "core/ring/geometry.hpp"
#include "core/ring/recovery.hpp"
#include "core/ring/writer.hpp"
#include "core/shm/mapping.hpp"

namespace ringside {

struct RingFile {
  UniqueFd fd;  // its lock means that the ring has a living writer
  Mapping mapping;
  Geometry geometry;
  std::int64_t last_received_ns = 0;  // of its newest record; 0 when there is none
  RingOrigin origin = RingOrigin::kNew;
};

// Finds the ring at `options.path` and takes it over, or makes one there. See RingWriter::open for
// the rules.
[[nodiscard]] Result<RingFile> open_ring_file(const RingOptions& options, const Clock& clock);

}  // namespace ringside
