// A request whose body is not taken to its end in one turn continues in the next: kNextTurn is long enough for every other
// socket to be served between the two.
#include "worker/ingest/ingest_listener.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/log.hpp"

namespace ringside {

IngestListener::IngestListener(uv_loop_t& loop, UnixSocket socket, Pipeline& pipeline,
                               ControlSegment& control, const Clock& clock)
    : loop_(loop),
      pipeline_(pipeline),
      control_(control),
      shared_{.loop = &loop},
      keys_(clock),
      buffer_(IngestConnection::kReadBytes),
      turns_(&loop, [this] { on_turn(); }),
      server_(loop, std::move(socket), [this](UniqueFd fd) { admit(std::move(fd)); }) {}

IngestListener::~IngestListener() { control_.sub(Counter::kIdempotencyKeys, n_keys_counted_); }

Status IngestListener::start() {
  auto started = server_.start();
  return started ? std::move(started) : Status(fail_from(started.error(), kIngestSocket));
}

void IngestListener::set_limits(const IngestLimits& limits) {
  limits_ = limits;
  keys_.set_room(limits.key_bytes);
  shared_.max_otlp_bytes = limits.max_otlp_bytes;
}

void IngestListener::admit(UniqueFd fd) {
  const int number = fd.get();
  auto connection = std::make_unique<IngestConnection>(std::move(fd), pipeline_, keys_, shared_,
                                                       [this, number] { turn(number); });
  if (connections_.size() >= limits_.max_requests) {
    control_.add(Counter::kProducersRefused);
    connection->refuse(HttpError::kOverloaded,
                       fmt::format("{} requests with events are being taken already "
                                   "(http.max_requests); try again",
                                   connections_.size()));
    return;
  }
  auto watch = FdWatch::make(loop_, number, [this, number](FdEvents events) {
    const auto found = connections_.find(number);
    if (found != connections_.end()) {
      settle(number, found->second->on_ready(events, buffer_));
    }
  });
  if (!watch) {
    log::error("{}", watch.error().message);
    return;
  }
  connection->set_watch(std::move(*watch));
  connections_.emplace(number, std::move(connection));
}

void IngestListener::settle(int fd, IngestConnection::State state) {
  const auto found = connections_.find(fd);
  if (state == IngestConnection::State::kDone) {
    std::erase(busy_, fd);
    connections_.erase(found);
    count_keys();
    return;
  }
  waits_for_storage_ = waits_for_storage_ || found->second->waits_for_storage();
  const bool is_listed = std::ranges::find(busy_, fd) != busy_.end();
  if (state == IngestConnection::State::kBusy && !is_listed) {
    busy_.push_back(fd);
  } else if (state == IngestConnection::State::kOpen && is_listed) {
    std::erase(busy_, fd);
  }
  if (!busy_.empty() && !turns_.is_running()) {
    turns_.start(kNextTurn);
  }
}

void IngestListener::turn(int fd) {
  if (const auto found = connections_.find(fd); found != connections_.end()) {
    settle(fd, found->second->on_turn());
  }
}

void IngestListener::on_turn() {
  const std::vector<int> busy = busy_;
  for (const int fd : busy) {
    turn(fd);
  }
  if (!busy_.empty()) {
    turns_.start(kNextTurn);
  }
}

void IngestListener::on_stored() {
  if (!std::exchange(waits_for_storage_, false)) {
    return;
  }
  std::vector<int> waiting;
  for (const auto& [fd, connection] : connections_) {
    if (connection->waits_for_storage()) {
      waiting.push_back(fd);
    }
  }
  for (const int fd : waiting) {
    settle(fd, connections_.at(fd)->on_stored());
  }
}

void IngestListener::count_keys() {
  const std::uint64_t n_keys = keys_.n_keys();
  if (n_keys > n_keys_counted_) {
    control_.add(Counter::kIdempotencyKeys, n_keys - n_keys_counted_);
  } else {
    control_.sub(Counter::kIdempotencyKeys, n_keys_counted_ - n_keys);
  }
  n_keys_counted_ = n_keys;
  control_.add(Counter::kIdempotencyKeysEvicted, keys_.n_evicted() - n_evicted_counted_);
  n_evicted_counted_ = keys_.n_evicted();
}

void IngestListener::retry_accepting() { server_.retry_accepting(); }

void IngestListener::stop() {
  server_.stop();
  turns_.stop();
  busy_.clear();
  connections_.clear();
}

}  // namespace ringside
