// A log that has lost or changed messages that this node had. First it finds the last message that both have, by bisection
// over the chains that it remembers. Its own events after that are put back into the outbox, from the ring. Then it ends the
// epoch at the common event, for all nodes, by a message in the log: ids after it are no longer good anywhere, so nobody can
// take one history for the other.
//
// Several nodes may have had what was lost. The first one's epoch is enough for the others when it ends no later than what
// they have in common with the log.
#include <fmt/format.h>

#include <algorithm>

#include "core/base/log.hpp"
#include "core/shm/hash.hpp"
#include "worker/cluster/node.hpp"

namespace ringside::cluster {
namespace {

constexpr std::size_t kOneByOne = 256;

}  // namespace

// `odd`: the message that does not continue what this node has; 0: it is the log's copy of this node's last one.
void Node::on_fork(std::uint64_t odd) {
  log::error("the log contradicts what this node has up to message {}: comparing the histories",
             follower_.position().number);
  phase_ = Phase::kComparing;
  appender_.on_down();
  diverged_epoch_ = follower_.position().epoch;
  comparison_ = {odd, 1, false, 0, follower_.trail().size(), 0};
  compare_next();
  update_state();
}

// First it looks whether anything is different at all, from the end; then for the first difference. From the end one by one:
// what this node has appended to a history that was lost is in the log as it was sent, and only what came before it differs.
void Node::compare_next() {
  const std::size_t n_trail = follower_.trail().size();
  if (!comparison_.differs && comparison_.distance <= n_trail) {
    comparison_.asked = n_trail - comparison_.distance;
    comparison_.distance += comparison_.distance < kOneByOne ? 1 : comparison_.distance;
  } else if (comparison_.differs && comparison_.same < comparison_.different) {
    comparison_.asked = comparison_.same + (comparison_.different - comparison_.same) / 2;
  } else {
    finish_comparison();
    return;
  }
  log_.find(follower_.trail()[comparison_.asked].held);
}

void Node::on_compared(std::uint64_t number, const std::optional<LogMessage>& message) {
  const Position& here = follower_.trail()[comparison_.asked];
  if (number != here.held) {
    return;
  }
  // A message that is not there was lost if it was at the end, and removed for its age if it was not.
  const bool same = message ? message->chain == here.chain : number <= known_last_;
  if (!same) {
    comparison_.differs = true;
    comparison_.different = comparison_.asked;
  } else if (comparison_.differs) {
    comparison_.same = comparison_.asked + 1;
  }
  compare_next();
}

void Node::finish_comparison() {
  if (!comparison_.differs && comparison_.odd != 0) {
    // Appended by a node that has another history, before it noticed: nobody takes it.
    ++counts_.n_void;
    log::error("message {} of the log continues another history and is left out", comparison_.odd);
    follower_.skip(comparison_.odd);
    follow_position();
    return;
  }
  if (!comparison_.differs) {  // what it was asked for has been removed for its age
    follow_position();
    return;
  }
  ++counts_.n_forks;
  const Position common =
      comparison_.same > 0 ? follower_.trail()[comparison_.same - 1] : Position{diverged_epoch_};
  common_end_ = common.end;
  log::error("the log has lost events: the histories have those up to {} in common", common_end_);
  restore_own_events(common_end_);
  phase_ = Phase::kHealing;
  follower_.begin_muted(common);
  log_.follow(common.held);
}

void Node::restore_own_events(std::uint64_t common_end) {
  const auto lost = std::ranges::find_if(
      own_, [common_end](const OwnBatch& batch) { return batch.base >= common_end; });
  if (lost == own_.end()) {
    return;
  }
  std::vector<std::string> texts;
  std::uint64_t first_n = lost->first_n;
  for (auto batch = lost; batch != own_.end(); ++batch) {
    for (std::uint64_t i = 1; i <= batch->count; ++i) {
      std::optional<std::string> text = ring_.text_of(Seq{batch->base + i});
      const std::size_t id = text ? text->rfind(R"(,"id":")") : std::string::npos;
      if (id ==
          std::string::npos) {  // overwritten: what came before it cannot be told to be in order
        first_n = batch->first_n + i;
        texts.clear();
        continue;
      }
      texts.push_back(text->substr(0, id) + '}');
    }
  }
  counts_.n_restored += texts.size();
  log::warn("{} events of this node are appended again", texts.size());
  outbox_.restore(first_n, std::move(texts));
  own_.clear();
}

// With all of the log's history followed.
void Node::heal() {
  const Epoch wanted = epoch_after_fork();
  const bool is_enough = follower_.previous_epoch() == diverged_epoch_ &&
                         follower_.valid_through().value <= common_end_;
  if (follower_.log_epoch() == wanted || is_enough) {
    healed_ = log_end();
    start_fresh();
    return;
  }
  LogMessage control;
  control.epoch = wanted;
  control.previous_epoch = follower_.log_epoch();
  control.valid_through =
      Seq{follower_.log_epoch() == diverged_epoch_ ? common_end_ : follower_.position().end};
  appender_.send_control(std::move(control), log_end());
}

// The same for each attempt, so that the one that got in is recognised.
Epoch Node::epoch_after_fork() const {
  const std::uint64_t words[] = {diverged_epoch_.value, common_end_, options_.incarnation,
                                 hash64(options_.name)};
  Epoch epoch{static_cast<std::uint32_t>(hash64(words, sizeof words))};
  while (epoch == Epoch{} || epoch == diverged_epoch_) {
    ++epoch.value;
  }
  return epoch;
}

}  // namespace ringside::cluster
