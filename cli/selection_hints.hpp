#pragma once
// Whether a selection names types, members or values that no event has: a mistyped one selects nothing, and is valid, because
// applications have types and members of their own. Threads: one.

#include <string>
#include <vector>

#include "cli/selection.hpp"
#include "core/ring/reader.hpp"

namespace ringside::cli {

// Compares the selection with the newest events of the ring, and with the types and members that Ringside defines.
//   Returns: a sentence for each doubt: "--events tsk: none of the last 412 events has this type; did you mean \"task\"?".
//   Cost: at most kMaxLooked records are read and parsed; nothing without --events and --filter.
inline constexpr std::size_t kMaxLooked = 2000;
[[nodiscard]] std::vector<std::string> selection_hints(const RingReader& ring,
                                                       const Selection& selection);

}  // namespace ringside::cli
