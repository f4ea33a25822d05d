// One function for the reader and for the writer that takes over, so that both refuse the same
// files. Magic first, then version, then sizes: each message is about the first thing that is
// wrong.
#include "core/ring/geometry.hpp"

#include <fmt/format.h>

#include <bit>

#include "core/ring/layout.hpp"

namespace ringside {

bool is_valid_capacity(std::uint64_t capacity_bytes) noexcept {
  return std::has_single_bit(capacity_bytes) && capacity_bytes >= kMinCapacityBytes &&
         capacity_bytes <= kMaxCapacityBytes;
}

Result<Geometry> read_geometry(const std::byte* file, std::size_t n_bytes) {
  if (n_bytes < kDataOffset) {
    return fail(fmt::format("not a ring: {} bytes are too few", n_bytes));
  }
  const RingHeader& header = ring_header(file);
  if (header.magic.load(std::memory_order_acquire) != kRingMagic) {
    return fail("not a ring: it does not begin with the ring's magic number");
  }
  const std::uint64_t version = header.layout_version.load(std::memory_order_acquire);
  if (version != kRingLayoutVersion) {
    return fail(
        fmt::format("ring of layout version {}, this program supports {}: run one version of "
                    "Ringside everywhere",
                    version, kRingLayoutVersion));
  }
  Geometry geometry;
  geometry.capacity_bytes = header.capacity_bytes.load(std::memory_order_acquire);
  geometry.epoch = Epoch{static_cast<std::uint32_t>(header.epoch.load(std::memory_order_acquire))};
  geometry.created =
      wall_from_ns(static_cast<std::int64_t>(header.created_ns.load(std::memory_order_acquire)));
  if (!is_valid_capacity(geometry.capacity_bytes) ||
      header.data_offset.load(std::memory_order_acquire) != kDataOffset ||
      header.index_entries.load(std::memory_order_acquire) != kIndexEntries ||
      geometry.epoch.value == 0) {
    return fail("damaged ring: its header has impossible values");
  }
  if (n_bytes != ring_file_bytes(geometry.capacity_bytes) ||
      header.file_bytes.load(std::memory_order_acquire) != n_bytes) {
    return fail(fmt::format("damaged ring: its header speaks of {} bytes, the file has {}",
                            ring_file_bytes(geometry.capacity_bytes), n_bytes));
  }
  return geometry;
}

}  // namespace ringside
