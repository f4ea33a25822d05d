// What the workloads have in common.
#pragma once

#include <cstdint>
#include <memory>

#include "bench/src/args.hpp"
#include "bench/src/crowd.hpp"
#include "bench/src/feed.hpp"

namespace ringside::bench {

[[nodiscard]] ProducerOptions producer_options(const Args& args);
[[nodiscard]] std::unique_ptr<Feed> make_feed(Loop& loop, const Args& args);
[[nodiscard]] std::unique_ptr<Crowd> make_crowd(Loop& loop, const Args& args);

// One stretch of events, from the first to its last delivery.
struct Stretch {
  std::uint64_t published = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t n_reads = 0;
  std::uint64_t n_messages = 0;
  double seconds = 0;
};

// The subscriber that gets its bytes slowly on purpose.
struct SlowReader {
  std::size_t index = SIZE_MAX;
  std::size_t bytes_per_turn = 0;
};

// Sends events for `seconds`, at `rate` or, when it is 0, so fast that `args.window` are always
// under way, and waits until everyone but the slow reader has them all.
//   Throws std::runtime_error when deliveries stop coming.
[[nodiscard]] Stretch run_stretch(Loop& loop, Crowd& crowd, Feed& feed, const Args& args,
                                  double seconds, double rate, SlowReader slow = {});

// The workloads. Each prints one line of JSON.
void run_fanout(const Args& args);
void run_latency(const Args& args);
void run_idle(const Args& args);
void run_ingest(const Args& args);
void run_replay(const Args& args);
void run_slow(const Args& args);
void run_storm(const Args& args);

}  // namespace ringside::bench
