#pragma once
// The metrics page in Prometheus' text format (0.0.4): the counters table and the
// state of ring and processes.

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/heartbeat.hpp"
#include "core/base/time.hpp"
#include "core/control/control_segment.hpp"

namespace ringside {

// Numbers from the ring's header: the control layer does not include the ring.
struct RingGauges {
  std::uint64_t head_seq = 0;
  std::uint64_t tail_seq = 0;
  std::uint64_t capacity_bytes = 0;
  std::uint64_t held_bytes = 0;               // head position minus tail position
  std::optional<WallTime> oldest_received;    // of the record at the tail, where it could be read
  std::chrono::nanoseconds heartbeat_age{0};  // of the worker
  std::chrono::milliseconds worker_timeout = kWorkerTimeout;  // an older heartbeat: it is down
};

// The whole page. `ring` is null where no ring can be attached; then the worker is down and the
// ring's gauges are left out. In histograms of the counters table each observation is counted in
// exactly one bucket; they are summed up here.
[[nodiscard]] std::string prometheus_text(const ControlSegment& control, const RingGauges* ring,
                                          WallTime now);

}  // namespace ringside
