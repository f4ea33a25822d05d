#pragma once
// Positions in a ring. Epochs, sequences and ids: core/event/event_id.hpp.

#include <cstdint>

#include "core/event/event_id.hpp"

namespace ringside {

// A reader's position: the record with sequence `seq` is the next one to read, and is (or will be) at
// byte `position`. Positions count all bytes ever written and never wrap; the offset in the data area
// is position modulo capacity.
struct Cursor {
  std::uint64_t position = 0;
  Seq seq;
};

}  // namespace ringside
