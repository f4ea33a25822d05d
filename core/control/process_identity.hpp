#pragma once
// Which process a pid means: the pid and when it started, so that a pid that was given to another
// process is noticed.

#include <cstdint>

namespace ringside {

struct ProcessIdentity {
  std::uint32_t pid = 0;
  std::uint64_t start_ticks = 0;  // since boot, /proc/PID/stat field 22; 0 when it cannot be read
};

[[nodiscard]] ProcessIdentity this_process() noexcept;

// Whether that process lives. A zombie does not. When /proc hides it (hidepid, ProtectProc=), its pid alone decides.
//   Cost: two system calls to five.
[[nodiscard]] bool is_alive(ProcessIdentity process) noexcept;

}  // namespace ringside
