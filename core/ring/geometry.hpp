#pragma once
// The geometry of a ring from its header, checked against the file's real size. Read once at
// attach and never again, so a file that changes them later has no effect.

#include <cstddef>
#include <cstdint>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/event/lineage.hpp"
#include "core/ring/types.hpp"

namespace ringside {

struct Geometry {
  std::uint64_t capacity_bytes = 0;
  Lineage lineage;  // its epoch and those before
  WallTime created;

  [[nodiscard]] Epoch epoch() const noexcept { return lineage.current(); }
};

enum class RingLayouts { kCurrent, kAlsoOlder };

// Errors: not a ring, another version, or numbers that contradict each other or `n_bytes`, the size
// of the mapped file.
[[nodiscard]] Result<Geometry> read_geometry(const std::byte* file, std::size_t n_bytes,
                                             RingLayouts accepted = RingLayouts::kCurrent);

// Whether a ring may have this capacity: a power of two, 64 KiB to 64 GiB.
[[nodiscard]] bool is_valid_capacity(std::uint64_t capacity_bytes) noexcept;

}  // namespace ringside
