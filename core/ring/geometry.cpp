// One function for the reader and for the writer that takes over, so that both refuse the same
// files. Magic first, then version, then sizes: each message is about the first thing that is
// wrong.
#include "core/ring/geometry.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>

#include "core/ring/layout.hpp"

namespace ringside {

bool is_valid_capacity(std::uint64_t capacity_bytes) noexcept {
  return std::has_single_bit(capacity_bytes) && capacity_bytes >= kMinCapacityBytes &&
         capacity_bytes <= kMaxCapacityBytes;
}

namespace {

static_assert(kLineageEntries == Lineage::kMaxPast);

[[nodiscard]] std::optional<Lineage> read_lineage(const RingHeader& header) {
  std::array<PastEpoch, kLineageEntries> past;
  const std::uint64_t n = header.lineage_count.load(std::memory_order_acquire);
  if (n > past.size()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < n; ++i) {
    past[i] = {
        Epoch{static_cast<std::uint32_t>(header.lineage[i].epoch.load(std::memory_order_acquire))},
        Seq{header.lineage[i].valid_through.load(std::memory_order_acquire)}};
  }
  return Lineage::make(
      Epoch{static_cast<std::uint32_t>(header.epoch.load(std::memory_order_acquire))},
      std::span(past).first(n));
}

}  // namespace

Result<Geometry> read_geometry(const std::byte* file, std::size_t n_bytes, RingLayouts accepted) {
  if (n_bytes < kDataOffset) {
    return fail(fmt::format("not a ring: {} bytes are too few", n_bytes));
  }
  const RingHeader& header = ring_header(file);
  if (header.magic.load(std::memory_order_acquire) != kRingMagic) {
    return fail("not a ring: it does not begin with the ring's magic number");
  }
  const std::uint64_t version = header.layout_version.load(std::memory_order_acquire);
  const std::uint64_t oldest =
      accepted == RingLayouts::kAlsoOlder ? kOldestReadableRingLayout : kRingLayoutVersion;
  if (version > kRingLayoutVersion || version < oldest) {
    return fail(
        fmt::format("ring of layout version {}, this program supports {}: run one version of "
                    "Ringside everywhere",
                    version, kRingLayoutVersion));
  }
  Geometry geometry;
  geometry.capacity_bytes = header.capacity_bytes.load(std::memory_order_acquire);
  const std::optional<Lineage> lineage = read_lineage(header);
  geometry.created =
      wall_from_ns(static_cast<std::int64_t>(header.created_ns.load(std::memory_order_acquire)));
  if (!is_valid_capacity(geometry.capacity_bytes) ||
      header.data_offset.load(std::memory_order_acquire) != kDataOffset ||
      header.index_entries.load(std::memory_order_acquire) != kIndexEntries || !lineage) {
    return fail("damaged ring: its header has impossible values");
  }
  geometry.lineage = *lineage;
  if (n_bytes != ring_file_bytes(geometry.capacity_bytes) ||
      header.file_bytes.load(std::memory_order_acquire) != n_bytes) {
    return fail(fmt::format("damaged ring: its header speaks of {} bytes, the file has {}",
                            ring_file_bytes(geometry.capacity_bytes), n_bytes));
  }
  return geometry;
}

}  // namespace ringside
