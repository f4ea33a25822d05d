#pragma once
// The ring file, byte for byte: docs/ring-format.md in C++. Every word that processes share is declared here and nowhere
// else. Change both in one commit and raise kRingLayoutVersion.
//
//        0  RingHeader (one page)
//     4096  IndexEntry[4096]: the sparse time index
//   135168  the data area, a power of two

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ringside {

inline constexpr std::uint64_t kRingMagic = 0x45444953474e4952;  // "RINGSIDE", little-endian
inline constexpr std::uint64_t kRingLayoutVersion = 2;
// Version 1 is the same without a lineage: those words are zero. A writer continues such a ring in a new file.
inline constexpr std::uint64_t kOldestReadableRingLayout = 1;

inline constexpr std::size_t kRingHeaderBytes = 4096;
inline constexpr std::size_t kIndexEntries = 4096;
inline constexpr std::size_t kIndexEntryBytes = 32;
inline constexpr std::size_t kDataOffset = kRingHeaderBytes + kIndexEntries * kIndexEntryBytes;
// An index entry for each 2,048th part of the data area: the events of the ring then never need more
// than half the entries.
inline constexpr std::uint64_t kIndexStrideDivisor = 2048;

inline constexpr std::uint64_t kMinCapacityBytes = std::uint64_t{64} << 10U;
inline constexpr std::uint64_t kMaxCapacityBytes = std::uint64_t{64} << 30U;
// Records carry their length in 32 bits; a gigabyte is far beyond any event.
inline constexpr std::uint64_t kMaxRecordBytes = std::uint64_t{1} << 30U;
// No ring gets there by writing; a header that claims more is not a ring. Keeps `seq + 1` and
// `position + length` from wrapping.
inline constexpr std::uint64_t kMaxPlausible = std::uint64_t{1} << 62U;

using SharedU64 = std::atomic<std::uint64_t>;
using SharedU32 = std::atomic<std::uint32_t>;
static_assert(SharedU64::is_always_lock_free && sizeof(SharedU64) == 8);
static_assert(SharedU32::is_always_lock_free && sizeof(SharedU32) == 4);

inline constexpr std::size_t kMarkSlots = 7;

// A sequence and the byte position that goes with it, published by one store: core/ring/mark.hpp.
// One cache line.
struct alignas(64) Mark {
  SharedU64 seq;
  SharedU64 position[kMarkSlots];  // of `seq` at [seq % kMarkSlots]
};
static_assert(sizeof(Mark) == 64);

// An epoch before the ring's own, and the last sequence of it that is valid: core/event/lineage.hpp.
struct LineageEntry {
  SharedU64 epoch;
  SharedU64 valid_through;
};

inline constexpr std::size_t kLineageEntries = 15;

struct IndexEntry {
  SharedU64 position;
  SharedU64 seq;
  SharedU64 received_ns;
  SharedU64 reserved;
};
static_assert(sizeof(IndexEntry) == kIndexEntryBytes);

struct RingHeader {
  // Set once before the file gets its name. `magic` to `file_bytes`, `superseded` and `wake` keep
  // their places in every version.
  SharedU64 magic;
  SharedU64 layout_version;
  SharedU64 file_bytes;
  SharedU64 data_offset;
  SharedU64 capacity_bytes;
  SharedU64 index_entries;
  SharedU64 epoch;
  SharedU64 created_ns;

  alignas(64) SharedU32 superseded;  // 1: this file has been replaced, attach again
  SharedU32 wake;                    // the futex
  SharedU64 writer_pid;              // 0: closed in good order
  SharedU64 heartbeat_ns;            // wall clock, for people
  SharedU64
      heartbeat_mono_ns;  // the machine's monotonic clock, which nobody sets; 0: an older writer

  Mark head;  // the last record committed, and where it ends
  Mark tail;  // the oldest record that may be read, and where it begins

  alignas(64) SharedU64 index_first;  // ordinal of the oldest entry
  SharedU64 index_count;              // ordinal after the newest entry

  // Set once, as the words of the beginning.
  alignas(64) SharedU64 lineage_count;
  LineageEntry lineage[kLineageEntries];  // newest first
};
static_assert(offsetof(RingHeader, magic) == 0);
static_assert(offsetof(RingHeader, layout_version) == 8);
static_assert(offsetof(RingHeader, file_bytes) == 16);
static_assert(offsetof(RingHeader, data_offset) == 24);
static_assert(offsetof(RingHeader, capacity_bytes) == 32);
static_assert(offsetof(RingHeader, index_entries) == 40);
static_assert(offsetof(RingHeader, epoch) == 48);
static_assert(offsetof(RingHeader, created_ns) == 56);
static_assert(offsetof(RingHeader, superseded) == 64);
static_assert(offsetof(RingHeader, wake) == 68);
static_assert(offsetof(RingHeader, writer_pid) == 72);
static_assert(offsetof(RingHeader, heartbeat_ns) == 80);
static_assert(offsetof(RingHeader, heartbeat_mono_ns) == 88);
static_assert(offsetof(RingHeader, head) == 128);
static_assert(offsetof(RingHeader, tail) == 192);
static_assert(offsetof(RingHeader, index_first) == 256);
static_assert(offsetof(RingHeader, index_count) == 264);
static_assert(offsetof(RingHeader, lineage_count) == 320);
static_assert(offsetof(RingHeader, lineage) == 328);
static_assert(sizeof(RingHeader) <= kRingHeaderBytes);
static_assert(kDataOffset == 135168);

// The whole file's size for a data area of `capacity` bytes.
[[nodiscard]] constexpr std::uint64_t ring_file_bytes(std::uint64_t capacity) noexcept {
  return kDataOffset + capacity;
}

[[nodiscard]] inline RingHeader& ring_header(std::byte* file) noexcept {
  return *reinterpret_cast<RingHeader*>(file);
}
[[nodiscard]] inline const RingHeader& ring_header(const std::byte* file) noexcept {
  return *reinterpret_cast<const RingHeader*>(file);
}
[[nodiscard]] inline IndexEntry* ring_index(std::byte* file) noexcept {
  return reinterpret_cast<IndexEntry*>(file + kRingHeaderBytes);
}
[[nodiscard]] inline const IndexEntry* ring_index(const std::byte* file) noexcept {
  return reinterpret_cast<const IndexEntry*>(file + kRingHeaderBytes);
}

}  // namespace ringside
