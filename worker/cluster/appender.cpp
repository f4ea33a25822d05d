// Why nothing is decided after a lost answer: the batch is sent again with the same condition. If the first attempt got in,
// the second cannot, and the first one comes back through the follower. A batch with another condition is only made after
// the follower has moved, and then it is known what got in.
#include "worker/cluster/appender.hpp"

#include <algorithm>
#include <utility>

namespace ringside::cluster {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAnswerTime{2000};   // then it is sent again
constexpr milliseconds kUnknownPause{250};  // a log without a leader answers at once: do not hammer
constexpr milliseconds kConflictPause{100};  // at most, for a follower that gets nothing
constexpr milliseconds kOthersAreActive{200};
constexpr milliseconds kMaxHold{20};

}  // namespace

Appender::Appender(Log& log, Outbox& outbox, AppenderOptions options, const Clock& clock,
                   std::uint64_t seed)
    : log_(log), outbox_(outbox), options_(std::move(options)), clock_(clock), random_(seed | 1U) {}

std::chrono::nanoseconds Appender::dice(std::chrono::nanoseconds most) {
  random_ ^= random_ << 13U;
  random_ ^= random_ >> 7U;
  random_ ^= random_ << 17U;
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(random_ % static_cast<std::uint64_t>(most.count() + 1)));
}

void Appender::run(const LogEnd& end) {
  const MonoTime now = clock_.mono_now();
  if (sent_ && now - sent_->when < kAnswerTime) {
    return;
  }
  if (sent_) {
    ++counts_.n_unknown;
    sent_.reset();
  }
  if (now < hold_until_ && !(retry_at_number_ != 0 && end.number >= retry_at_number_)) {
    return;
  }
  Outbox::Batch batch = outbox_.next_batch(options_.batch_events, log_.max_body_bytes());
  if (batch.count == 0) {
    return;
  }
  LogMessage message;
  message.count = batch.count;
  message.first_n = batch.first_n;
  message.body = std::move(batch.body);
  send(std::move(message), end);
}

void Appender::send_control(LogMessage message, const LogEnd& end) {
  const MonoTime now = clock_.mono_now();
  if ((sent_ && now - sent_->when < kAnswerTime) || now < hold_until_) {
    return;
  }
  send(std::move(message), end);
}

void Appender::send(LogMessage message, const LogEnd& end) {
  if (message.epoch == Epoch{}) {
    message.epoch = end.epoch;
    message.previous_epoch = end.previous_epoch;
    message.valid_through = end.valid_through;
  }
  message.base = end.base;
  message.node = options_.node;
  message.incarnation = options_.incarnation;
  message.chain = chain_of(end.chain, message);
  sent_ = {end.number, ++n_attempts_, clock_.mono_now()};
  if (message.count != 0) {
    first_sent_ = first_sent_.value_or(sent_->when);
  }
  retry_at_number_ = 0;
  ++counts_.n_batches;
  log_.append(message, end.number, sent_->attempt);
}

void Appender::on_followed(const LogMessage& message, bool own) {
  const MonoTime now = clock_.mono_now();
  if (!own) {
    last_of_others_ = now;
  } else if (message.count != 0) {
    outbox_.confirm(message.first_n + message.count - 1);
    first_sent_.reset();
  }
  if (!sent_ || message.number <= sent_->expected) {
    return;
  }
  // The log has grown after the place that the batch was for: either this is the batch, or it cannot get in any more.
  if (own) {
    round_trip_ = now - sent_->when;
    first_sent_.reset();
    if (last_of_others_ != MonoTime{} && now - last_of_others_ < kOthersAreActive) {
      hold_until_ = now + std::min<std::chrono::nanoseconds>(round_trip_, kMaxHold);
    }
  }
  sent_.reset();
}

void Appender::on_outcome(std::uint64_t attempt, AppendOutcome outcome) {
  if (outcome == AppendOutcome::kConflict) {
    ++counts_.n_conflicts;
  } else if (outcome == AppendOutcome::kUnknown) {
    ++counts_.n_unknown;
  }
  if (!sent_ || sent_->attempt != attempt || outcome == AppendOutcome::kTaken) {
    return;
  }
  const MonoTime now = clock_.mono_now();
  if (outcome == AppendOutcome::kConflict) {
    retry_at_number_ = sent_->expected + 1;
    hold_until_ = now + dice(kConflictPause);
  } else {
    hold_until_ = now + kUnknownPause;
  }
  sent_.reset();
}

void Appender::on_down() {
  if (sent_) {
    ++counts_.n_unknown;
    sent_.reset();
  }
}

std::optional<std::chrono::nanoseconds> Appender::waiting_for() const {
  return first_sent_ ? std::optional(clock_.mono_now() - *first_sent_) : std::nullopt;
}

MonoTime Appender::next_run() const noexcept {
  if (sent_) {
    return sent_->when + kAnswerTime;
  }
  return outbox_.n_waiting() != 0 ? hold_until_ : MonoTime::max();
}

}  // namespace ringside::cluster
