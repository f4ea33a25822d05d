// Entries are spaced by bytes, not by records or by time: then a fixed number of entries covers any
// ring, and the walk after the search is bounded by bytes (a stride is 32 KiB of a 64 MiB ring).
//
// An entry is written after its record is committed, so an index never names a record that was not;
// a writer killed in between leaves one entry too few, which only makes one walk longer. Entry k
// shares its slot with entry k + 4096, which is stored after the count said k + 4096; whoever read
// a part of the newer one sees that count and drops what it read.
#include "core/ring/time_index.hpp"

#include <algorithm>

namespace ringside {
namespace {

template <class Before>
[[nodiscard]] std::optional<IndexPoint> find_last(const std::byte* file, Before before) noexcept {
  auto [low, high] = index_range(file);
  std::optional<IndexPoint> best;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const std::optional<IndexPoint> entry = read_index_entry(file, middle);
    if (!entry || before(*entry)) {  // one that was overwritten is older than all that are left
      if (entry) {
        best = entry;
      }
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return best;
}

}  // namespace

IndexWriter::IndexWriter(std::byte* file) noexcept
    : file_(file),
      stride_(ring_header(file).capacity_bytes.load(std::memory_order_relaxed) /
              kIndexStrideDivisor) {
  const IndexRange range = index_range(file_);
  if (range.begin < range.end) {
    const std::optional<IndexPoint> last = read_index_entry(file_, range.end - 1);
    next_position_ = last ? last->position + stride_ : 0;
  }
}

void IndexWriter::note(const IndexPoint& record) noexcept {
  if (record.position < next_position_) {
    return;
  }
  RingHeader& header = ring_header(file_);
  const std::uint64_t ordinal = header.index_count.load(std::memory_order_relaxed);
  IndexEntry& entry = ring_index(file_)[ordinal % kIndexEntries];
  entry.position.store(record.position, std::memory_order_release);  // SYNC(index_entry): store
  entry.seq.store(record.seq, std::memory_order_release);
  entry.received_ns.store(static_cast<std::uint64_t>(record.received_ns),
                          std::memory_order_release);
  header.index_count.store(ordinal + 1, std::memory_order_release);  // SYNC(index_count): store
  next_position_ = record.position + stride_;
}

void IndexWriter::clear() noexcept {
  RingHeader& header = ring_header(file_);
  // Past every slot's next use, so that a reader in the middle of a search drops what it reads from
  // here on.
  const std::uint64_t begin = header.index_count.load(std::memory_order_relaxed) + kIndexEntries;
  header.index_first.store(begin, std::memory_order_release);  // SYNC(index_first): store
  header.index_count.store(begin, std::memory_order_release);  // SYNC(index_count): store
  next_position_ = 0;
}

IndexRange index_range(const std::byte* file) noexcept {
  const RingHeader& header = ring_header(file);
  const std::uint64_t end =
      header.index_count.load(std::memory_order_acquire);  // SYNC(index_count): load
  const std::uint64_t first =
      header.index_first.load(std::memory_order_acquire);  // SYNC(index_first): load
  if (end >= kMaxPlausible || first >= end) {
    return {};
  }
  // The slot after the newest entry may be half written; its old entry is not counted.
  const std::uint64_t oldest = end >= kIndexEntries ? end - kIndexEntries + 1 : 0;
  return {std::max(first, oldest), end};
}

std::optional<IndexPoint> read_index_entry(const std::byte* file, std::uint64_t ordinal) noexcept {
  const IndexEntry& entry = ring_index(file)[ordinal % kIndexEntries];
  const IndexPoint point{
      entry.position.load(std::memory_order_acquire),  // SYNC(index_entry): load
      entry.seq.load(std::memory_order_acquire),
      static_cast<std::int64_t>(entry.received_ns.load(std::memory_order_acquire)),
  };
  const std::uint64_t count =
      ring_header(file).index_count.load(std::memory_order_acquire);  // SYNC(index_count): load
  if (ordinal >= count || count - ordinal >= kIndexEntries) {
    return std::nullopt;
  }
  return point;
}

std::optional<IndexPoint> find_in_index_by_seq(const std::byte* file, std::uint64_t seq) noexcept {
  return find_last(file, [seq](const IndexPoint& entry) { return entry.seq <= seq; });
}

// From the newest, since times may go back; the entries fit a few pages.
IndexWindow find_in_index_before_time(const std::byte* file, std::int64_t time_ns) noexcept {
  const IndexRange range = index_range(file);
  IndexWindow window;
  std::optional<IndexPoint> next;
  for (std::uint64_t ordinal = range.end; ordinal > range.begin; --ordinal) {
    const std::optional<IndexPoint> entry = read_index_entry(file, ordinal - 1);
    if (ordinal == range.end) {
      window.newest = entry;
    }
    if (!entry || entry->received_ns < time_ns) {
      window.begin = entry;
      return window;
    }
    window.end = next;
    next = entry;
  }
  return window;
}

}  // namespace ringside
