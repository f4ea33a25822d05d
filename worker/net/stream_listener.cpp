// Each turn of the loop reads at most 256 KiB from each producer: all that its socket can buffer, about
// eight hundred events, in less than a millisecond. Larger reads gain nothing measurable, and with
// eight busy producers each waits for the other seven.
#include "worker/net/stream_listener.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/base/log.hpp"
#include "worker/answers.hpp"

namespace ringside {
namespace {

constexpr std::size_t kReadBytes = 256U << 10U;

}  // namespace

StreamListener::StreamListener(uv_loop_t& loop, UnixSocket socket, Pipeline& pipeline,
                               ControlSegment& control)
    : loop_(loop),
      pipeline_(pipeline),
      control_(control),
      buffer_(kReadBytes),
      server_(loop, std::move(socket), [this](UniqueFd fd) { admit(std::move(fd)); }) {}

StreamListener::~StreamListener() { control_.sub(Counter::kProducers, producers_.size()); }

Status StreamListener::start() {
  auto started = server_.start();
  return started ? std::move(started) : Status(fail_from(started.error(), "events.sock"));
}

void StreamListener::set_rules(PeerRules rules, unsigned max_producers,
                               unsigned max_producers_per_uid) {
  rules_ = std::move(rules);
  limits_.set(max_producers, max_producers_per_uid);
  std::vector<int> refused;
  for (const auto& [fd, producer] : producers_) {
    producer->set_max_line_bytes(pipeline_.limits().max_event_bytes);
    if (!rules_.allows(producer->peer())) {
      refused.push_back(fd);
    }
  }
  for (const int fd : refused) {
    close(fd);
  }
}

void StreamListener::admit(UniqueFd fd) {
  const std::optional<Peer> peer = peer_of(fd.get());
  if (!peer) {
    return;
  }
  if (const auto objection = limits_.objection(peer->uid)) {
    refuse(std::move(fd), *objection);
    return;
  }
  if (!rules_.allows(*peer)) {
    log::warn(
        "refused process {} of uid {}, gid {}: neither is on events.allow_users or "
        "events.allow_groups",
        peer->pid, peer->uid, peer->gid);
    refuse(std::move(fd),
           fmt::format(
               "uid {} is not allowed to send events (events.allow_users, events.allow_groups)",
               peer->uid));
    return;
  }
  const int number = fd.get();
  auto producer = std::make_unique<Producer>(std::move(fd), *peer, pipeline_);
  auto watch = FdWatch::make(loop_, number, [this, number](FdEvents events) {
    const auto found = producers_.find(number);
    if (found != producers_.end() &&
        found->second->on_ready(events, buffer_) == Producer::State::kDone) {
      close(number);
    } else if (found != producers_.end()) {
      waits_for_storage_ = waits_for_storage_ || found->second->waits_for_storage();
    }
  });
  if (!watch) {
    log::error("{}", watch.error().message);
    return;
  }
  producer->set_watch(std::move(*watch));
  limits_.add(peer->uid);
  producers_.emplace(number, std::move(producer));
  control_.add(Counter::kProducers);
}

void StreamListener::on_stored() {
  if (!std::exchange(waits_for_storage_, false)) {
    return;
  }
  std::vector<int> done;
  for (const auto& [fd, producer] : producers_) {
    if (producer->waits_for_storage() && producer->on_stored() == Producer::State::kDone) {
      done.push_back(fd);
    } else {
      waits_for_storage_ = waits_for_storage_ || producer->waits_for_storage();
    }
  }
  for (const int fd : done) {
    close(fd);
  }
}

void StreamListener::refuse(UniqueFd fd, std::string_view reason) {
  control_.add(Counter::kProducersRefused);
  Answers answers;
  answers.refuse(reason);
  answers.flush(fd.get());
}

void StreamListener::close(int fd) {
  const auto found = producers_.find(fd);
  if (found == producers_.end()) {
    return;
  }
  limits_.remove(found->second->peer().uid);
  producers_.erase(found);
  control_.sub(Counter::kProducers);
}

void StreamListener::take_rest() {
  if (std::exchange(took_rest_, true)) {
    return;
  }
  server_.stop();
  for (const auto& [fd, producer] : producers_) {
    producer->drain(buffer_);
  }
}

void StreamListener::stop() {
  take_rest();
  while (!producers_.empty()) {
    close(producers_.begin()->first);
  }
}

}  // namespace ringside
