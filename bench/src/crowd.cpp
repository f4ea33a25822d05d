// Connections are opened with a bounded number of handshakes under way, so that what is measured
// afterwards did not begin with a full accept queue; the storm workload asks for all at once.
#include "bench/src/crowd.hpp"

#include <algorithm>
#include <stdexcept>

namespace ringside::bench {

Crowd::Crowd(Loop& loop, const CrowdOptions& options,
             const std::function<Dialect(std::size_t)>& dialect_of)
    : loop_(loop), options_(options) {
  subscribers_.reserve(options.n_subscribers);
  for (std::size_t i = 0; i < options.n_subscribers; ++i) {
    subscribers_.push_back(std::make_unique<Subscriber>(loop, tally_, dialect_of(i), options.port));
  }
}

void Crowd::connect_all(double timeout_s) {
  const std::uint64_t deadline = now_ns() + static_cast<std::uint64_t>(timeout_s * 1e9);
  std::size_t n_started = 0;
  while (tally_.n_ready < subscribers_.size()) {
    while (n_started < subscribers_.size() && n_started - tally_.n_ready < options_.n_connecting) {
      subscribers_[n_started++]->start();
    }
    loop_.turn(100);
    if (tally_.n_lost != 0) {
      throw std::runtime_error("a subscriber was not served: " + tally_.first_error);
    }
    if (now_ns() > deadline) {
      throw std::runtime_error("only " + std::to_string(tally_.n_ready) + " of " +
                               std::to_string(subscribers_.size()) + " subscribers are served");
    }
  }
}

void Crowd::abandon_all() noexcept {
  for (const auto& subscriber : subscribers_) {
    subscriber->abandon();
  }
}

std::uint64_t Crowd::least_received(std::size_t except) const noexcept {
  std::uint64_t least = UINT64_MAX;
  for (std::size_t i = 0; i < subscribers_.size(); ++i) {
    if (i != except) {
      least = std::min(least, subscribers_[i]->received());
    }
  }
  return least;
}

void Crowd::forget_order() noexcept {
  for (const auto& subscriber : subscribers_) {
    subscriber->forget_order();
  }
}

}  // namespace ringside::bench
