#pragma once
// A segment file, byte for byte: docs/segment-format.md in C++. Change both in one commit and raise
// kSegmentVersion.
//
//       0  identity: what the file is, written once
//     512  seal: what it has, written when it is complete
//    4096  SegmentIndexEntry[2048]: where some of its records are
//   53248  records, one after the other, as they are in the ring
//
// Threads: pure.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/event/lineage.hpp"

namespace ringside {

inline constexpr std::uint64_t kSegmentMagic = 0x4d47455347534e52;  // "RNSGSEGM", little-endian
inline constexpr std::uint64_t kSealMagic = 0x4c41455347534e52;     // "RNSGSEAL"
inline constexpr std::uint64_t kSegmentVersion = 1;

inline constexpr std::size_t kIdentityWords = 64;
inline constexpr std::size_t kSealOffset = kIdentityWords * 8;
inline constexpr std::size_t kSealWords = 16;
inline constexpr std::size_t kSegmentIndexOffset = 4096;
inline constexpr std::size_t kSegmentIndexEntries = 2048;
inline constexpr std::size_t kSegmentIndexEntryBytes = 24;
inline constexpr std::uint64_t kSegmentDataOffset =
    kSegmentIndexOffset + kSegmentIndexEntries * kSegmentIndexEntryBytes;
static_assert(kSegmentDataOffset == 53248);
// An entry for the first record that begins so many bytes or more after the last entry's.
inline constexpr std::uint64_t kSegmentIndexStride = std::uint64_t{64} << 10U;

// What a file is. Its records are of the current epoch of `lineage`, which has those before it.
struct SegmentIdentity {
  Lineage lineage;
  Seq first;
  WallTime created;
};

using IdentityWords = std::array<std::uint64_t, kIdentityWords>;
[[nodiscard]] IdentityWords encode_identity(const SegmentIdentity& identity) noexcept;
// Errors: not a segment, another version, a wrong checksum, values that contradict each other.
[[nodiscard]] Result<SegmentIdentity> decode_identity(const IdentityWords& words);

// What a file has: known of each that is complete.
struct SegmentSummary {
  Seq end;                                      // after its last record; its first when it has none
  std::uint64_t data_end = kSegmentDataOffset;  // the position after its last record
  std::int64_t oldest_ns = 0;                   // the least receive time; 0 without a record
  std::int64_t newest_ns = 0;                   // the greatest
  std::uint64_t n_index = 0;                    // entries of its index

  bool operator==(const SegmentSummary&) const = default;
};

using SealWords = std::array<std::uint64_t, kSealWords>;
[[nodiscard]] SealWords encode_seal(const SegmentSummary& summary) noexcept;
// Nothing where no seal was written, or a part of one.
[[nodiscard]] std::optional<SegmentSummary> decode_seal(const SealWords& words) noexcept;

struct SegmentIndexEntry {
  std::uint64_t seq = 0;  // 0: no entry
  std::uint64_t position = 0;
  std::int64_t received_ns = 0;
};
static_assert(sizeof(SegmentIndexEntry) == kSegmentIndexEntryBytes);

// A file's name is the sequence of its first record, 20 digits, so that names sort as the records do.
[[nodiscard]] std::string segment_name(Seq first);
// Nothing for other names.
[[nodiscard]] std::optional<Seq> parse_segment_name(std::string_view name);

}  // namespace ringside
