#pragma once
// The worker's heartbeat: how often it is written, and how old it may be. All processes use these
// constants; the plugin's option worker-timeout replaces kWorkerTimeout there.

#include <chrono>

namespace ringside {

// ringsided writes the time into the headers of its files this often.
inline constexpr std::chrono::milliseconds kHeartbeatInterval{500};

// From this age on, readers look whether another file has taken the ring's name. They continue reading.
inline constexpr std::chrono::seconds kHeartbeatStale{3};

// From this age on, the worker is reported as down: default of worker-timeout, `ringside status`.
inline constexpr std::chrono::seconds kWorkerTimeout{5};

}  // namespace ringside
