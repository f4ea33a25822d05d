#pragma once
// The sparse index over the ring's records: where some of them are, with their sequences and receive times, so that a
// replay begins after a binary search and a short walk.
//   Source: docs/ring-format.md, "The index".

#include <cstdint>
#include <optional>

#include "core/ring/layout.hpp"
#include "core/ring/types.hpp"

namespace ringside {

struct IndexPoint {
  std::uint64_t position = 0;
  std::uint64_t seq = 0;
  std::int64_t received_ns = 0;
};

// Adds entries. Threads: the writer's only.
class IndexWriter {
 public:
  explicit IndexWriter(std::byte* file) noexcept;

  // Call for every record once it is committed; makes an entry when the last one is a stride away.
  void note(const IndexPoint& record) noexcept;
  // Forgets all entries, so that noting the records again rebuilds the index. Readers that search
  // meanwhile find nothing.
  void clear() noexcept;

 private:
  std::byte* file_;
  std::uint64_t stride_;
  std::uint64_t next_position_ = 0;  // a record at or after this gets an entry
};

// Entry number `ordinal`, counted from the ring's first; nothing when it is not there or was
// overwritten meanwhile.
[[nodiscard]] std::optional<IndexPoint> read_index_entry(const std::byte* file,
                                                         std::uint64_t ordinal) noexcept;
// The ordinals that may be there: [first, second).
struct IndexRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};
[[nodiscard]] IndexRange index_range(const std::byte* file) noexcept;

// The newest entry with a sequence at most `seq`. It may be older than the ring's tail.
//   Threads: any. Cost: at most 13 entries read.
[[nodiscard]] std::optional<IndexPoint> find_in_index_by_seq(const std::byte* file,
                                                             std::uint64_t seq) noexcept;

// Where a search for the first record at or after a time has to look. Times go back when a clock is
// set, so the search begins at the newest entry before the time, and records up to the second entry
// after that can still be older; so can those after the newest entry, when a clock was ahead until then.
struct IndexWindow {
  std::optional<IndexPoint> begin;  // nothing: at the tail
  std::optional<IndexPoint> end;    // nothing: at the head
  std::optional<IndexPoint> newest;
};
//   Threads: any. Cost: at most kIndexEntries entries read.
[[nodiscard]] IndexWindow find_in_index_before_time(const std::byte* file,
                                                    std::int64_t time_ns) noexcept;

}  // namespace ringside
