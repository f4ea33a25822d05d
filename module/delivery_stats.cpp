// Each observation of the lag is counted in one bucket; the page for Prometheus sums them up.
#include "module/delivery_stats.hpp"

#include <algorithm>
#include <utility>

#include "module/delivery/frame_cache.hpp"

namespace ringside {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

struct LagLimit {
  std::chrono::nanoseconds up_to;
  Counter counter;
};
constexpr std::array<LagLimit, 9> kLagLimits{
    {{1ms, Counter::kLagLe1Ms},
     {5ms, Counter::kLagLe5Ms},
     {10ms, Counter::kLagLe10Ms},
     {50ms, Counter::kLagLe50Ms},
     {100ms, Counter::kLagLe100Ms},
     {500ms, Counter::kLagLe500Ms},
     {1s, Counter::kLagLe1S},
     {10s, Counter::kLagLe10S},
     {std::chrono::nanoseconds::max(), Counter::kLagLeInf}}};

}  // namespace

void DeliveryStats::count_chunk(const Chunk& chunk) noexcept {
  counts_.n_events += chunk.n_events;
  counts_.n_frames += chunk.n_frames;
  counts_.n_bytes += chunk.frames.size();
  ++counts_.n_writes;
}

void DeliveryStats::count_lag(std::chrono::nanoseconds lag, std::uint64_t n_events) noexcept {
  static_assert(kLagLimits.size() == kLagBuckets);
  lag = std::max(lag, std::chrono::nanoseconds(0));
  std::size_t bucket = 0;
  while (lag > kLagLimits[bucket].up_to) {
    ++bucket;
  }
  counts_.n_lag[bucket] += n_events;
  counts_.lag_sum_us += static_cast<std::uint64_t>(lag.count() / 1000) * n_events;
}

void DeliveryStats::flush(ControlSegment* control) noexcept {
  if (control == nullptr || counts_.n_writes == 0) {
    return;
  }
  const Counts counts = std::exchange(counts_, Counts());
  control->add(Counter::kEventsOut, counts.n_events);
  control->add(Counter::kFramesOut, counts.n_frames);
  control->add(Counter::kBytesOut, counts.n_bytes);
  control->add(Counter::kWritesOut, counts.n_writes);
  control->add(Counter::kLagSumUs, counts.lag_sum_us);
  for (std::size_t i = 0; i < kLagBuckets; ++i) {
    if (counts.n_lag[i] != 0) {
      control->add(kLagLimits[i].counter, counts.n_lag[i]);
    }
  }
}

}  // namespace ringside
