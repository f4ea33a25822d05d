// A message that does not continue what this node has: either the log has lost messages that this node had, or another node
// had such, and wrote before it noticed. Both look alike to both. What decides is the log by itself: it is read once more, from
// a message that this node has in common with it, and every node that reads it comes to the same history (Reading).
//
// If what this node has is part of that history, the other messages are left out, and a message is appended after them, with
// which the other node notices. If it is not, this node's own events that the log does not have are put back into the outbox,
// from the ring. Then it ends the epoch at the last common event, for all nodes, by a message in the log: ids after it are no
// longer good anywhere, so nobody can take one history for the other.
//
// Several nodes may have had what was lost. The first one's epoch is enough for the others when it ends no later than what
// they have in common with the log.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/log.hpp"
#include "core/shm/hash.hpp"
#include "worker/cluster/node.hpp"

namespace ringside::cluster {
namespace {

// Two messages that do not fit within so many others: the message that both readings began with may itself be one that
// continues what was lost.
constexpr std::uint64_t kOddAgain = 1024;
constexpr std::size_t kMaxLeftOut = 1U << 16U;
constexpr std::chrono::milliseconds kAskAgain{250};

}  // namespace

// `odd`: the message that does not continue what this node has; 0: it is the log's copy of this node's last one.
void Node::on_fork(std::uint64_t odd) {
  log::error("the log contradicts what this node has up to message {}: the log is read again",
             follower_.position().number);
  appender_.on_down();
  comparison_ = {};
  comparison_.is_whole = odd != 0 && last_odd_ != 0 && odd < last_odd_ + kOddAgain;
  last_odd_ = std::max(last_odd_, odd);
  known_last_ = std::max(known_last_, odd);
  read_again();
  update_state();
}

// What was followed is compared with the log: messages can have been lost and replaced without a trace, and then all that
// comes fits.
void Node::audit() {
  if (!follower_.has_begun()) {
    follow_position();
    return;
  }
  const bool is_audit = phase_ != Phase::kReading || comparison_.is_audit;
  comparison_ = {};
  comparison_.is_audit = is_audit;
  read_again();
}

void Node::read_again() {
  phase_ = Phase::kReading;
  moved_ = clock_.mono_now();
  next_seek_ = moved_ + kAskAgain;
  const bool is_whole =
      comparison_.is_whole || follower_.trail().empty() || follower_.trail().front().held == 0;
  const bool is_audit = comparison_.is_audit;
  comparison_ = {};
  comparison_.is_whole = is_whole;
  comparison_.is_audit = is_audit;
  if (is_whole) {
    reading_.begin_after(first_for_ring(std::max(known_last_, follower_.position().held)) - 1);
    log_.follow(reading_.number());
  } else {
    comparison_.asked = follower_.trail().front().held;
    log_.find(comparison_.asked);
  }
}

void Node::read_whole() {
  comparison_.is_whole = true;
  comparison_.is_audit = false;
  phase_ = Phase::kReading;
  read_again();
}

void Node::on_found_to_compare(std::uint64_t number, const std::optional<LogMessage>& message) {
  if (number != comparison_.asked) {
    return;
  }
  if (!comparison_.is_read) {
    begin_reading(number, message);
  } else if (message && message->chain == comparison_.chain) {
    comparison_.asked = 0;
    finish_reading();
  } else {
    read_whole();  // it was lost while it was read
  }
}

void Node::begin_reading(std::uint64_t number, const std::optional<LogMessage>& message) {
  const Position& here = follower_.trail().front();
  if (!message || message->chain != here.chain) {
    read_whole();
    return;
  }
  comparison_.asked = 0;
  comparison_.common_end = here.end;
  comparison_.holds_own = here.held == follower_.position().held;
  reading_.begin_at(*message);
  log_.follow(number);
}

void Node::on_alive_while_reading(std::uint64_t last, MonoTime asked) {
  const MonoTime now = clock_.mono_now();
  if (comparison_.asked != 0) {
    return;
  }
  if (last < reading_.number() && asked > moved_) {
    read_whole();  // what was read has been lost
  } else if (last > reading_.number() && now - moved_ > kStall) {
    moved_ = now;
    log_.follow(reading_.number());
  }
}

void Node::on_read(const LogMessage& message) {
  if (comparison_.asked != 0 && !comparison_.is_read) {
    return;
  }
  switch (reading_.take(message)) {
    case Reading::Verdict::kPart:
      compare(message);
      break;
    case Reading::Verdict::kVoid:
      if (phase_ == Phase::kHealing) {  // or what was read is no longer there
        read_whole();
        return;
      }
      break;
    case Reading::Verdict::kKnown:
      return;
    case Reading::Verdict::kMissing:
      if (std::exchange(comparison_.missed, true)) {
        read_whole();  // they were removed for their age meanwhile
      } else {
        log_.follow(reading_.number());
      }
      return;
    case Reading::Verdict::kAgain:
      comparison_ = {};
      comparison_.is_whole = true;
      moved_ = heard_;
      log_.follow(reading_.number());
      return;
  }
  comparison_.missed = false;
  moved_ = heard_;
  known_last_ = std::max(known_last_, message.number);
}

// How far the ring has the same.
void Node::compare(const LogMessage& message) {
  const Position& own = follower_.position();
  const bool continues = message.base == own.end && message.chain == chain_of(own.chain, message);
  comparison_.holds_own = comparison_.holds_own || continues ||
                          (message.number == own.held && message.chain == own.chain);
  const bool is_same = is_in_ring(message.body, Seq{message.base + 1}, message.count);
  comparison_.differs = comparison_.differs || !is_same;
  if (!comparison_.differs && message.base + message.count <= ring_.head().value) {
    comparison_.common_end = message.base + message.count;
  }
}

// What the ring does not have counts as the same, and so does what stands for an event that could not be read.
bool Node::is_in_ring(std::string_view body, Seq first, std::uint32_t count) const {
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    const std::optional<std::string> held = ring_.text_of(Seq{first.value + i});
    if (held && !held->starts_with(body.substr(0, std::max<std::size_t>(end, 1) - 1)) &&
        !is_unreadable_event(*held)) {
      return false;
    }
    body.remove_prefix(std::min(body.size(), end + 1));
  }
  return true;
}

// With all of the log read.
void Node::finish_reading() {
  if (!std::exchange(comparison_.is_read, true) && reading_.last_part() != 0) {
    comparison_.asked = reading_.last_part();
    comparison_.chain = reading_.end().chain;
    next_seek_ = clock_.mono_now() + kAskAgain;
    log_.find(comparison_.asked);
    return;
  }
  const Position& own = follower_.position();
  const bool is_there = reading_.last_part() == 0
                            ? known_last_ >= own.number  // or removed for its age
                            : comparison_.holds_own;
  if (is_there && !comparison_.differs && !diverged_) {
    leave_out();
    return;
  }
  if (own.held < reading_.first() && !comparison_.differs && !diverged_) {
    log::warn("the log no longer has what comes after message {}: the ring is replaced", own.held);
    begin_at(newest_read());
    return;
  }
  if (!diverged_) {
    diverged_ = true;
    ++counts_.n_forks;
    log::error("the log has lost events: the histories have those up to {} in common",
               comparison_.common_end);
    restore_own_events(comparison_.common_end);
  }
  phase_ = Phase::kHealing;
}

// What this node has is the log's history; others have written into it what is not.
void Node::leave_out() {
  const auto before = std::exchange(left_out_, reading_.left_out());
  for (const auto& [number, chain] : left_out_) {
    if (number > follower_.position().held && !before.contains(number)) {
      ++counts_.n_void;
      log::error("message {} of the log continues another history and is left out", number);
    }
  }
  while (left_out_.size() > kMaxLeftOut) {
    left_out_.erase(left_out_.begin());
  }
  if (reading_.number() > reading_.last_part()) {
    unanswered_ = reading_.number();
  }
  follow_position();
}

// For the node that wrote it, its message fits. It notices with the first one that does not, and in a quiet log nobody else
// would send one.
void Node::answer_left_out() {
  if (follower_.position().held > unanswered_) {
    unanswered_ = 0;
  }
  if (unanswered_ != 0 && outbox_.n_waiting() == 0) {
    appender_.send_control(LogMessage{}, log_end());
  }
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

LogMessage Node::newest_read() const {
  const LogEnd end = reading_.end();
  LogMessage newest;
  newest.number = reading_.number();
  newest.epoch = end.epoch;
  newest.previous_epoch = end.previous_epoch;
  newest.valid_through = end.valid_through;
  return newest;
}

// With all of the log's history read.
void Node::heal() {
  const Epoch wanted = epoch_after_fork();
  const Epoch here = follower_.position().epoch;
  const LogEnd end = reading_.end();
  const bool is_ended =
      end.epoch != Epoch{} && end.epoch != here &&
      (end.previous_epoch != here || end.valid_through.value <= comparison_.common_end);
  if (is_ended || end.epoch == wanted) {
    left_out_ = reading_.left_out();
    begin_at(newest_read());
    return;
  }
  LogMessage control;
  control.epoch = wanted;
  control.previous_epoch = end.epoch;
  control.valid_through = Seq{end.epoch == here ? comparison_.common_end : end.base};
  appender_.send_control(std::move(control), end);
}

// The same for each attempt, so that the one that got in is recognised.
Epoch Node::epoch_after_fork() const {
  const std::uint64_t words[] = {follower_.position().epoch.value, follower_.position().chain,
                                 options_.incarnation, hash64(options_.name)};
  Epoch epoch{static_cast<std::uint32_t>(hash64(words, sizeof words))};
  while (epoch == Epoch{} || epoch == follower_.position().epoch) {
    ++epoch.value;
  }
  return epoch;
}

}  // namespace ringside::cluster
