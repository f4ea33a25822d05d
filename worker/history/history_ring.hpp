#pragma once
// The ring at a worker's start, together with the history on disk: which of them continues the other.
//
//   a ring is there (the worker was restarted)      the ring continues; the disk gets what it lacks
//   none, and the last worker stopped in good order  a new ring continues the history on disk, with the same epoch
//   none, and it did not                             the same with a new epoch: the newest events may be missing
//   both, of different histories                     the ring continues; what is on disk is set aside
//
// Threads: the loop's, before it runs.
//   Source: docs/history-on-disk.md.

#include <memory>

#include "core/base/result.hpp"
#include "core/ring/reader.hpp"
#include "core/ring/writer.hpp"
#include "core/segments/segment_store.hpp"

namespace ringside {

struct HistoryRing {
  std::unique_ptr<RingWriter> ring;
  // Events that are neither on disk nor in the ring any more, since the disk could not take them.
  std::uint64_t n_lost = 0;
};

// `options`: path, capacity and mode. `dir`: the store's. The store then has all that the ring has, but what is left out
// where the disk is full: then `store.next()` is not the ring's.
//   Errors: the ring cannot be opened; segments cannot be read or moved.
//   Cost: reads the newest segments, as much as the ring holds, when the ring is new.
[[nodiscard]] Result<HistoryRing> open_history_ring(RingOptions options, SegmentStore& store,
                                                    const std::string& dir, const Clock& clock);

// Copies records from the ring to the store, at most `max_bytes`, and flushes. `at` is where to begin in the ring, and
// then where to go on. Returns how many events the ring had lost before they could be copied.
//   Errors: the disk does not take them; `at` is at the first that it does not have.
struct CatchUp {
  bool done = false;  // the store has all that the ring has
  std::uint64_t n_lost = 0;
};
[[nodiscard]] Result<CatchUp> catch_up(const RingReader& ring, SegmentStore& store,
                                       std::size_t max_bytes);

}  // namespace ringside
