#pragma once
// Checks the whole ring of a dead writer before a new writer continues with it.
//   Source: docs/ring-format.md, "Taking over".

#include <cstddef>
#include <cstdint>

#include "core/base/result.hpp"
#include "core/ring/mark.hpp"

namespace ringside {

struct Recovered {
  MarkValue head;
  MarkValue tail;
  std::int64_t last_received_ns = 0;  // of the newest record; 0 when there is none
};

// Walks all records from tail to head: lengths, dense sequences, checksums. Receive times may go back, after a clock that
// was ahead. Rewrites the index where it disagrees with the records.
//   Errors:  the first thing that is wrong, and where; nothing has been changed then.
//   Threads: the caller holds the file's lock, so there is no other writer. Readers may be at work.
//   Cost:    reads the whole data area once, about 10 ms for 64 MiB.
[[nodiscard]] Result<Recovered> recover_ring(std::byte* file, std::uint64_t capacity_bytes);

}  // namespace ringside
