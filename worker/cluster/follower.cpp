// Nothing is taken on trust: base and chain of each message say whether it is the continuation of what is in the ring. An
// engine that lost or rewrote messages cannot produce one that fits.
//
// The position is stored after the events of a message are in the ring. A node that dies in between finds a ring that is
// ahead of its position by a part of one message, and skips that part when the message comes again.
#include "worker/cluster/follower.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/json_escape.hpp"
#include "core/base/text.hpp"
#include "core/event/type.hpp"

namespace ringside::cluster {
namespace {

// More than any message has; a ring that is further ahead of its position is not this node's.
constexpr std::uint64_t kMaxAhead = 1U << 16U;
constexpr std::size_t kMaxDepth =
    2048;  // the node that took an event has applied the limit of its configuration
constexpr const char* kUnreadableType = "RingsideUnreadable";
constexpr std::string_view kUnreadableBegin =
    R"({"event_type":"RingsideUnreadable","data":{"message":"an event of the log could not be read","node":)";

}  // namespace

std::string unreadable_event(std::string_view node) {
  std::string text(kUnreadableBegin);
  append_json_string(text, to_valid_utf8(node));
  return text + "}}";
}

bool is_unreadable_event(std::string_view text) noexcept {
  return text.starts_with(kUnreadableBegin);
}

bool Follower::resume() {
  const std::optional<Position> stored = positions_.load();
  if (!ring_.is_open() || !stored || stored->epoch != ring_.epoch() ||
      ring_.head().value < stored->end || ring_.head().value > stored->end + kMaxAhead) {
    return false;
  }
  position_ = *stored;
  log_epoch_ = position_.epoch;
  trail_.assign(1, position_);
  return true;
}

void Follower::begin(const RingStart& start, std::uint64_t after, std::uint64_t until) {
  awaited_ = start;
  position_ = {start.epoch, after, after, 0, 0, until, 0, incarnation_};
  n_taken_ = 0;
  history_.reset();
  rival_ = {};
  log_epoch_ = start.epoch;
  previous_epoch_ = start.previous_epoch;
  valid_through_ = start.valid_through;
  trail_.clear();
}

Status Follower::begin_empty(Epoch epoch, std::uint64_t last) {
  begin({epoch, Seq{1}, {}, {}}, last, last);
  awaited_.reset();
  trail_.assign(1, position_);
  positions_.save({});
  if (auto started = ring_.start({epoch, Seq{1}, {}, {}}); !started) {
    return started;
  }
  positions_.save(position_);
  return {};
}

void Follower::adopt_lineage(const LogMessage& last) noexcept {
  previous_epoch_ = last.previous_epoch;
  valid_through_ = last.valid_through;
}

bool Follower::continues(const LogMessage& message) const noexcept {
  return message.base == position_.end && chain_of(position_.chain, message) == message.chain;
}

void Follower::skip(std::uint64_t number) noexcept {
  position_.number = std::max(position_.number, number);
  if (!awaited_) {
    positions_.save(position_);
  }
}

void Follower::look_again() noexcept {
  if (!awaited_ && position_.held != 0) {
    position_.number = position_.held;
  }
}

Follower::Verdict Follower::take(const LogMessage& message) {
  if (message.number <= position_.number) {
    return Verdict::kKnown;
  }
  if (!awaited_ && message.number != position_.number + 1) {
    return Verdict::kMissing;
  }
  if (!message.is_of_a_node()) {
    ++n_unreadable_;
    skip(message.number);
    return Verdict::kKnown;
  }
  if (awaited_ && !start_ring(message)) {
    return Verdict::kNoRing;
  }
  if (!was_started_now(message) && !continues(message)) {
    return take_odd(message);
  }
  const bool is_history = message.number <= position_.history_until;
  const bool begins_epoch = message.epoch != log_epoch_ && !is_history;
  if (begins_epoch && message.count != 0) {
    return Verdict::kNewEpoch;  // it has begun before: this message is taken by the next ring
  }
  if (!begins_epoch && !append_events(message)) {
    return Verdict::kForked;
  }
  if (is_history) {
    history_ = {message.number, 0, 0, message.epoch, message.previous_epoch, message.valid_through};
  } else {
    history_.reset();
    log_epoch_ = message.epoch;
    adopt_lineage(message);
  }
  move_to(message);
  return begins_epoch ? Verdict::kNewEpoch : Verdict::kTaken;
}

// A message that does not continue what is known. In a history that is read for the first time, what more messages continue
// is the history: see Reading.
Follower::Verdict Follower::take_odd(const LogMessage& message) {
  if (message.number > position_.history_until || n_taken_ == 0) {
    return Verdict::kForked;
  }
  rival_.take(message);
  if (rival_.n_messages() <= n_taken_) {
    skip(message.number);
    return Verdict::kKnown;
  }
  const std::uint64_t until = position_.history_until;
  const std::uint64_t before = rival_.first() - 1;
  begin({position_.epoch, {}, previous_epoch_, valid_through_}, before, until);
  return Verdict::kMissing;
}

std::optional<LogMessage> Follower::other_epoch() const {
  if (!history_ || position_.number < position_.history_until || history_->epoch == log_epoch_) {
    return std::nullopt;
  }
  LogMessage newest;
  newest.number = position_.history_until;
  newest.epoch = history_->epoch;
  newest.previous_epoch = history_->previous_epoch;
  newest.valid_through = history_->valid_through;
  return newest;
}

void Follower::move_to(const LogMessage& message) {
  position_.number = position_.held = message.number;
  position_.end = message.base + message.count;
  position_.chain = message.chain;
  if (is_own(message) && message.count != 0) {
    position_.own_n = message.first_n + message.count - 1;
    position_.incarnation = incarnation_;
  }
  ++n_taken_;
  trail_.push_back(position_);
  if (trail_.size() > kMaxTrail) {
    trail_.pop_front();
  }
  if (position_.epoch == log_epoch_) {
    positions_.save(position_);
  }
}

// What came before the first message is not known here; a later node that compares chains with this one finds the same.
bool Follower::start_ring(const LogMessage& first) {
  RingStart start = *awaited_;
  positions_.save({});  // of the ring before
  start.first = Seq{first.base + 1};
  if (auto started = ring_.start(start); !started) {
    error_ = started.error().message;
    return false;
  }
  awaited_.reset();
  position_.end = first.base;
  first_number_ = first.number;
  return true;
}

bool Follower::append_events(const LogMessage& message) {
  std::string_view left = message.body;
  id_start_ = fmt::format(R"(,"id":"{}:)", format_epoch(ring_.epoch()));
  for (std::uint64_t i = 0; i < message.count; ++i) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    std::string_view line = left.substr(0, end);
    left.remove_prefix(std::min(left.size(), end + 1));
    std::string instead;
    std::optional<std::string> type = type_of(line);
    if (!type) {
      ++n_unreadable_;
      instead = unreadable_event(message.node);
      line = instead;
      type = kUnreadableType;
    }
    line.remove_suffix(1);  // the brace
    const Seq seq{message.base + 1 + i};
    if (seq > ring_.head()) {
      append_event(*type, line, seq, message.time);
    } else if (const auto held = ring_.text_of(seq); held && !held->starts_with(line)) {
      return false;  // a part of the message was taken before this process began, and it was another message
    }
  }
  return true;
}

// The type of an event as nodes append them; nothing for what is none.
std::optional<std::string> Follower::type_of(std::string_view line) {
  constexpr std::size_t kRoom = 128;  // for the name and the id
  if (line.size() + kRoom > ring_.max_record_bytes()) {
    return std::nullopt;
  }
  std::string type;
  if (skim_.read(line, {kMaxDepth})) {
    const JsonSkim::Node* const member = skim_.member(&skim_.root(), "event_type");
    if (member != nullptr && member->kind == JsonKind::kString && !member->escaped &&
        skim_.member(&skim_.root(), "id") == nullptr) {
      type = skim_.text_of(*member);
    }
  } else if (const auto parsed = Json::parse(line, {kMaxDepth});
             parsed && line.ends_with('}') && !(*parsed)["id"].present()) {
    type = (*parsed)["event_type"].as_string().value_or("");
  }
  return is_valid_event_name(type) ? std::optional(std::move(type)) : std::nullopt;
}

void Follower::append_event(std::string_view type, std::string_view object, Seq seq,
                            WallTime time) {
  const fmt::format_int number(seq.value);
  rest_ = id_start_;
  rest_.append(number.data(), number.size()).append("\"}");
  ring_.append(type, object, rest_, time);
}

}  // namespace ringside::cluster
