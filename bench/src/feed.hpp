// Where the events of a run come from: producers in this process, or the floor, which makes its
// own and is only told how many it may send.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/src/producer.hpp"

namespace ringside::bench {

class Feed {
 public:
  virtual ~Feed() = default;

  // Begins a stretch of events. `rate` events a second at even distances, or as fast as allow()
  // lets them go when it is 0.
  virtual void begin(double rate) = 0;

  // Lets events go until `total` have been sent since begin().
  virtual void allow(std::uint64_t total) = 0;

  // Ends the stretch.
  //   Returns: how many events were sent in it.
  virtual std::uint64_t finish() = 0;

  [[nodiscard]] virtual std::string error() const { return {}; }
};

struct FloorOptions {
  std::uint16_t port = 0;
  unsigned frames_per_send = 1;
  unsigned flush_ms = 0;
};

[[nodiscard]] std::unique_ptr<Feed> make_floor_feed(const FloorOptions& options);

// Publishes with one producer.
[[nodiscard]] std::unique_ptr<Feed> make_producer_feed(Loop& loop, const ProducerOptions& options);

}  // namespace ringside::bench
