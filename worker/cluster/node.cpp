// The order of things after each connection: is the last message that this node has still in the log? Then it follows from
// there. Was it removed for its age? Then the ring is replaced. Is it another message? Then the history has changed:
// node_fork.cpp.
#include "worker/cluster/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/log.hpp"
#include "core/shm/hash.hpp"

namespace ringside::cluster {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kMissing{3};           // of the last message that this node has
constexpr milliseconds kSeekPause{250};  // between questions for the newest message
constexpr std::size_t kMaxOwnBatches = 1U << 16U;

}  // namespace

Node::Node(Log& log, LocalRing& ring, PositionStore& positions, Outbox& outbox, NodeOptions options,
           const Clock& clock)
    : log_(log),
      ring_(ring),
      outbox_(outbox),
      options_(std::move(options)),
      clock_(clock),
      follower_(ring, positions, options_.name, options_.incarnation),
      appender_(log, outbox, {options_.name, options_.incarnation, options_.batch_events}, clock,
                options_.seed) {}

void Node::start() {
  changed_ = clock_.wall_now();
  has_position_ = follower_.resume();
  if (has_position_ && follower_.position().incarnation == options_.incarnation) {
    outbox_.confirm(follower_.position().own_n);
  }
  outbox_.set_durable(true);
  log_.start(*this);
}

// --- the connection

void Node::on_up(const LogInfo& info) {
  info_ = info;
  is_up_ = true;
  caught_up_ = was_missing_ = false;
  known_last_ = info.last;
  leader_ = info.leader;
  heard_ = moved_ = clock_.mono_now();
  const Position& position = follower_.position();
  if (diverged_) {
    on_fork(0);
  } else if (!has_position_ || !follower_.has_begun()) {
    start_fresh();
  } else if (position.number == 0 || (info.n_messages == 0 && position.number == info.last)) {
    follow_position();  // the log has nothing that could be compared
  } else if (position.number < info.first && position.number <= info.last) {
    log::warn("the log no longer has what comes after message {}: the ring is replaced",
              position.number);
    start_fresh();
  } else {
    verify();
  }
  update_state();
}

void Node::on_down(std::string_view why) {
  is_up_ = false;
  down_why_ = why;
  if (phase_ != Phase::kStopped) {
    phase_ = Phase::kAway;
  }
  appender_.on_down();
  update_state();
}

void Node::on_refused(std::string_view why) { stop(std::string(why)); }

void Node::stop(std::string why) {
  phase_ = Phase::kStopped;
  down_why_ = std::move(why);
  update_state();
}

void Node::verify() {
  phase_ = Phase::kVerifying;
  missing_since_ = {};
  next_seek_ = clock_.mono_now() + kSeekPause;
  log_.find(follower_.position().held);
}

void Node::follow_position() {
  phase_ = Phase::kFollowing;
  moved_ = clock_.mono_now();
  follower_.look_again();
  log_.follow(follower_.position().number);
}

// --- a new ring

void Node::start_fresh() {
  own_.clear();
  caught_up_ = was_missing_ = false;
  if (info_.n_messages != 0 || known_last_ != info_.last) {
    seek_newest();
    return;
  }
  const std::uint64_t words[] = {info_.identity, info_.last};
  const Epoch epoch{
      std::max<std::uint32_t>(1, static_cast<std::uint32_t>(hash64(words, sizeof words)))};
  if (auto begun = follower_.begin_empty(epoch, info_.last); !begun) {
    stop(begun.error().message);
    return;
  }
  has_position_ = true;
  follow_position();
}

void Node::seek_newest() {
  phase_ = Phase::kSeeking;
  next_seek_ = clock_.mono_now() + kSeekPause;
  seeking_ = known_last_;
  log_.find(seeking_);
}

std::uint64_t Node::first_for_ring(std::uint64_t newest) const noexcept {
  const std::uint64_t mean =
      std::max<std::uint64_t>(1, info_.n_bytes / std::max<std::uint64_t>(1, info_.n_messages));
  const std::uint64_t wanted = options_.ring_bytes / mean + 1;
  return std::max({newest > wanted ? newest - wanted : 1, info_.first, std::uint64_t{1}});
}

// The ring is filled with as much of the log as it takes.
void Node::begin_at(const LogMessage& newest) {
  std::uint64_t first = first_for_ring(newest.number);
  if (options_.follow_from != 0) {
    first = std::max({std::min(first, options_.follow_from), info_.first, std::uint64_t{1}});
  }
  own_.clear();
  caught_up_ = was_missing_ = diverged_ = false;
  follower_.begin({newest.epoch, Seq{0}, newest.previous_epoch, newest.valid_through}, first - 1,
                  newest.number);
  has_position_ = true;
  follow_position();
}

// --- messages

void Node::on_message(LogMessage message) {
  heard_ = clock_.mono_now();
  if (phase_ == Phase::kReading || phase_ == Phase::kHealing) {
    on_read(message);
    return;
  }
  if (phase_ != Phase::kFollowing) {
    return;
  }
  if (const auto left_out = left_out_.find(message.number);
      left_out != left_out_.end() && left_out->second == message.chain &&
      message.number == follower_.position().number + 1) {
    follower_.skip(message.number);
    moved_ = heard_;
    return;
  }
  const Follower::Verdict verdict = follower_.take(message);
  switch (verdict) {
    case Follower::Verdict::kKnown:
      break;
    case Follower::Verdict::kMissing:
      on_missing();
      return;
    case Follower::Verdict::kForked:
      on_fork(message.number);
      return;
    case Follower::Verdict::kNoRing:
      stop(follower_.error());
      return;
    case Follower::Verdict::kTaken:
    case Follower::Verdict::kNewEpoch:
      ++counts_.n_followed;
      was_missing_ = false;
      moved_ = heard_;
      known_last_ = std::max(known_last_, message.number);
      take_own(message);
      break;
  }
  if (verdict == Follower::Verdict::kNewEpoch) {
    log::warn("node {} began epoch {}: ids of {} are good up to {}", message.node,
              format_epoch(message.epoch), format_epoch(message.previous_epoch),
              message.valid_through.value);
    begin_at(message);
  } else if (const auto newest = follower_.other_epoch()) {
    begin_at(*newest);
  }
  update_state();
}

void Node::take_own(const LogMessage& message) {
  const bool own = follower_.is_own(message);
  outbox_.note_position(message.number);
  if (own && message.count != 0) {
    const std::uint64_t before = outbox_.confirmed();
    own_.push_back({message.base, message.count, message.first_n, clock_.mono_now()});
    while (own_.size() > kMaxOwnBatches ||
           own_.front().when + options_.keep_own < own_.back().when) {
      own_.pop_front();
    }
    appender_.on_followed(message, true);
    counts_.n_appended += outbox_.confirmed() - before;
  } else {
    appender_.on_followed(message, own);
  }
}

// Once asked again, an engine delivers what it has: if the messages are still missing, they were removed for their age.
void Node::on_missing() {
  if (std::exchange(was_missing_, true)) {
    log::warn("the log has no message {} any more: the ring is replaced",
              follower_.position().number + 1);
    start_fresh();
    return;
  }
  ++counts_.n_resubscribes;
  log_.follow(follower_.position().number);
}

void Node::on_alive(std::uint64_t last, std::uint64_t leader, MonoTime asked) {
  const MonoTime now = clock_.mono_now();
  heard_ = now;
  const bool is_other_leader = leader != 0 && std::exchange(leader_, leader) != leader;
  const std::uint64_t number = follower_.position().number;
  if (last >= known_last_ || asked > moved_) {
    known_last_ = last;
  }
  if (is_other_leader && (phase_ == Phase::kFollowing || phase_ == Phase::kReading)) {
    audit();
  } else if (phase_ == Phase::kReading || phase_ == Phase::kHealing) {
    on_alive_while_reading(last, asked);
  }
  if (phase_ == Phase::kFollowing) {
    if (last < number && asked > moved_) {  // its end is gone
      verify();
    } else if (last <= number) {
      current_ = std::max(current_, asked);
      if (follower_.position().held != 0) {
        log_.find(follower_.position().held);  // is it still the same?
      }
    } else if (now - moved_ > kStall) {
      ++counts_.n_resubscribes;
      moved_ = now;
      log_.follow(number);
    }
  }
  update_state();
}

void Node::on_append(std::uint64_t attempt, AppendOutcome outcome) {
  appender_.on_outcome(attempt, outcome);
}

void Node::on_found(std::uint64_t number, std::optional<LogMessage> message) {
  const Position& position = follower_.position();
  switch (phase_) {
    case Phase::kVerifying:
      if (number != position.held) {
        return;
      }
      if (message && message->chain == position.chain) {
        follower_.adopt_lineage(*message);
        audit();
      } else if (message || is_missing_for_long()) {
        on_fork(0);
      }
      break;
    case Phase::kSeeking:
      if (message && number == seeking_ && message->is_of_a_node()) {
        begin_at(*message);
      } else if (message && number == seeking_ && number > 1) {
        log_.find(--seeking_);
      }
      break;
    case Phase::kReading:
      on_found_to_compare(number, message);
      break;
    case Phase::kFollowing:  // asked by on_alive()
      if (number == position.held && message && message->chain != position.chain) {
        on_fork(0);
      }
      break;
    case Phase::kHealing:
    case Phase::kAway:
    case Phase::kStopped:
      break;
  }
  update_state();
}

// A server that has just become the leader may not have all of the log for a moment: that a message is not there counts when
// it stays so.
bool Node::is_missing_for_long() {
  const MonoTime now = clock_.mono_now();
  if (missing_since_ == MonoTime{}) {
    missing_since_ = now;
  }
  return now - missing_since_ > kMissing;
}

void Node::on_shared(std::string_view key, std::string_view value) {
  if (shared_) {
    shared_(key, value);
  }
}

// --- time

bool Node::has_all() const noexcept {
  return phase_ == Phase::kFollowing && follower_.position().number >= known_last_;
}

LogEnd Node::log_end() const noexcept {
  const Position& position = follower_.position();
  return {position.number,
          position.end,
          position.chain,
          follower_.log_epoch(),
          follower_.previous_epoch(),
          follower_.valid_through()};
}

// An answer that was lost is asked for again.
void Node::ask_again(MonoTime now) {
  next_seek_ = now + kSeekPause;
  if (phase_ == Phase::kSeeking) {
    seek_newest();
  } else if (phase_ == Phase::kVerifying) {
    log_.find(follower_.position().held);
  } else if (phase_ == Phase::kReading && comparison_.asked != 0) {
    log_.find(comparison_.asked);
  }
}

MonoTime Node::run() {
  const MonoTime now = clock_.mono_now();
  if (is_up_ && now >= next_seek_) {
    ask_again(now);
  }
  if (is_up_ && phase_ == Phase::kReading && comparison_.asked == 0 &&
      reading_.number() >= known_last_) {
    finish_reading();
  }
  if (is_up_ && phase_ == Phase::kHealing && reading_.number() >= known_last_) {
    heal();
  }
  if (is_up_ && caught_up_ && has_all()) {
    appender_.run(log_end());
    answer_left_out();
    keep_log_from_running_empty();
  }
  update_state();
  constexpr milliseconds kLook{100};
  return std::min(now + kLook, std::max(appender_.next_run(), now));
}

// A log without messages has no end that a condition could name, and nobody could tell how many events it had.
void Node::keep_log_from_running_empty() {
  constexpr int kParts = 4;
  if (options_.max_age.count() == 0 || outbox_.n_waiting() != 0 ||
      clock_.mono_now() - moved_ < options_.max_age / kParts) {
    return;
  }
  appender_.send_control(LogMessage{}, log_end());
}

}  // namespace ringside::cluster
