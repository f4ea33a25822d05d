#pragma once
// A ring that was replaced keeps its memory as "<path>.old" for as long as somebody reads it.
//   Source: docs/ring-format.md, "The file's life".

#include <string>

namespace ringside {

// Says that a reader uses the ring that `fd` has open (for reading is enough), until all copies of
// the descriptor are closed.
void mark_ring_as_read(int fd) noexcept;

enum class RetiredRing {
  kNone,     // there is none, or it was removed now
  kIsRead,   // readers have not attached to the new one yet: ask again
  kForeign,  // a file that never was a ring, or that cannot be looked at: it stays
};

// Removes `ring_path`.old when it is a ring that was replaced and nobody reads it.
//   Threads: the writer's. Cost: four system calls.
[[nodiscard]] RetiredRing remove_retired_ring(const std::string& ring_path);

}  // namespace ringside
