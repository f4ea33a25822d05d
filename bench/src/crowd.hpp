// All subscribers of a run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/src/subscriber.hpp"

namespace ringside::bench {

struct CrowdOptions {
  std::uint16_t port = 0;
  std::size_t n_subscribers = 0;
  std::size_t n_connecting = 128;  // handshakes under way at the same time
};

class Crowd {
 public:
  // `dialect_of` gives the dialect of the subscriber with that index.
  Crowd(Loop& loop, const CrowdOptions& options,
        const std::function<Dialect(std::size_t)>& dialect_of);

  // Connects all and waits until every one is served.
  //   Throws std::runtime_error when one is refused or `timeout_s` has ended.
  void connect_all(double timeout_s);

  // Drops every connection at the same moment.
  void abandon_all() noexcept;

  // Fewest events that any subscriber has had, the one at `except` left out.
  [[nodiscard]] std::uint64_t least_received(std::size_t except = SIZE_MAX) const noexcept;

  void forget_order() noexcept;

  [[nodiscard]] Tally& tally() noexcept { return tally_; }
  [[nodiscard]] std::size_t size() const noexcept { return subscribers_.size(); }
  [[nodiscard]] Subscriber& at(std::size_t index) noexcept { return *subscribers_[index]; }

 private:
  Loop& loop_;
  CrowdOptions options_;
  Tally tally_;
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
};

}  // namespace ringside::bench
