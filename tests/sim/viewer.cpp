// The oracle is lenient in one place only: an event that was waiting while the view changed may have been decided on by any
// of the views since it came.
#include "tests/sim/viewer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ringside::sim {
namespace {

// The number after `"n":` in an event's text, its sequence; events are too many to parse.
std::uint64_t sequence_in(std::string_view text, std::size_t from, std::size_t& next) {
  constexpr std::string_view kNumber = "\"n\":";
  const std::size_t at = text.find(kNumber, from);
  if (at == std::string_view::npos) {
    next = at;
    return 0;
  }
  std::uint64_t seq = 0;
  next = at + kNumber.size();
  for (; next < text.size() && text[next] >= '0' && text[next] <= '9'; ++next) {
    seq = seq * 10 + static_cast<std::uint64_t>(text[next] - '0');
  }
  return seq;
}

std::uint64_t number_of(const Json& message, std::string_view member) {
  return static_cast<std::uint64_t>(message[member].as_integer().value_or(-1));
}

}  // namespace

void Viewer::fail(std::string what) {
  if (violation_.empty()) {
    violation_ = fmt::format("{} ({}, {}): {} [live {} of {}{}{}]", user_, wish().role,
                             name_of(arrival.wire), what, live_, log_.head(),
                             replay_ ? ", replaying" : "", paused_ ? ", paused" : "");
  }
}

void Viewer::remember(std::string_view direction, std::string_view message) {
  constexpr std::size_t kMaxLines = 16;
  constexpr std::size_t kMaxLine = 160;
  story_.push_back(fmt::format("    at {:6} after {:4} events {} {}", log_.head(),
                               n_received_ - n_told_, direction, message.substr(0, kMaxLine)));
  n_told_ = n_received_;
  if (story_.size() > kMaxLines) {
    story_.pop_front();
  }
}

std::string Viewer::story() const {
  std::string out;
  for (const std::string& line : story_) {
    out += line + "\n";
  }
  return out + fmt::format("    then {} events\n", n_received_ - n_told_);
}

// --- what it is sent

void Viewer::take(std::string_view text) {
  if (text.starts_with(R"({"event_type")") || text.starts_with(R"({"type":"batch")")) {
    std::size_t next = 0;
    for (std::uint64_t seq = sequence_in(text, 0, next); seq != 0;
         seq = sequence_in(text, next, next)) {
      ++n_received_;
      if (wish().is_limited() && !is_renewed &&
          text.substr(next, text.find('{', next) - next).find(fmt::format(":{}\"}}", seq)) !=
              std::string_view::npos) {
        return fail(fmt::format("event {} came with its sequence", seq));
      }
      if (replay_) {
        take_replayed(seq);
      } else {
        take_event(seq);
      }
    }
    return;
  }
  take_message(text);
}

void Viewer::take_event(std::uint64_t seq) {
  if (!welcomed_) {
    return fail(fmt::format("event {} before the welcome", seq));
  }
  if (seq < live_ || seq > log().head()) {
    return fail(fmt::format("event {} is a double or does not exist", seq));
  }
  if (!wish().gets(log().at(seq))) {
    return fail(fmt::format("event {} is not for it", seq));
  }
  ++n_step_;
  account_until(seq, log());
  live_ = seq + 1;
  forget_old_wishes();
}

void Viewer::take_replayed(std::uint64_t seq) {
  if (seq < replay_->next || seq > log().head()) {
    return fail(fmt::format("replayed event {} is a double or does not exist", seq));
  }
  if (!wish().gets(log().at(seq))) {
    return fail(fmt::format("replayed event {} is not for it", seq));
  }
  if (!replay_->tail || replay_->n_delivered > 0) {
    replay_->n_skipped += log().n_gotten(wish(), replay_->next, seq);
  }
  ++replay_->n_delivered;
  replay_->next = seq + 1;
}

void Viewer::take_message(std::string_view text) {
  remember("<-", text);
  const auto message = Json::parse(text);
  if (!message) {
    return fail("not JSON: " + std::string(text));
  }
  check_tells_nothing(*message);
  const auto type = (*message)["type"].as_string().value_or("");
  if (type == "welcome") {
    const bool first = !welcomed_;
    welcomed_ = true;
    epoch_ = (*message)["epoch"].as_string().value_or("");
    if (first) {
      live_ = seq_of(*message, "head") + 1;
    }
  } else if (type == "gap") {
    take_gap(*message);
  } else if (type == "replay_end") {
    take_replay_end(*message);
  } else if (type == "debug") {
    take_debug(*message);
  } else if (type == "close") {
    told_code_ = number_of(*message, "code");
  } else if (type == "batch" || type == "error") {
    fail("a message that it should not get: " + std::string(text));
  }
}

std::uint64_t Viewer::seq_of(const Json& message, std::string_view member) {
  const std::string id(message[member].as_string().value_or(""));
  const auto parsed = parse_event_id(id);
  if (!parsed) {
    // A stream without events has the head 0, which is no event's id.
    return 0;
  }
  return HiddenIds::is_hidden(parsed->seq) ? ids_.reveal(parsed->seq).value : parsed->seq.value;
}

void Viewer::take_place(std::string_view id) {
  remember("<-", id);
  const auto place = parse_event_id(std::string(id));
  if (!place || HiddenIds::is_hidden(place->seq) != wish().is_limited()) {
    return fail(fmt::format("the place {} is not one for it", id));
  }
  const std::uint64_t seq =
      HiddenIds::is_hidden(place->seq) ? ids_.reveal(place->seq).value : place->seq.value;
  if (!welcomed_ || replay_ || seq > log().head()) {
    return fail(fmt::format("the place {} ({}) is not where it is", id, seq));
  }
  account_until(seq + 1, log());
  live_ = std::max(live_, seq + 1);
}

void Viewer::check_end() {
  if (told_code_ != socket.close_code) {
    fail(fmt::format("it was closed with {} and told {}", socket.close_code, told_code_));
  }
}

void Viewer::check_tells_nothing(const Json& message) {
  if (!wish().is_limited() || is_renewed || message["reason"].as_string() == "rate") {
    return;
  }
  for (const char* name : {"missed", "behind", "denied", "headroom_bytes"}) {
    if (message[name].as_integer().value_or(0) != 0) {
      return fail(fmt::format("it was told {}", name));
    }
  }
  for (const char* name : {"head", "cursor", "from", "to"}) {
    const auto id = parse_event_id(message[name].as_string().value_or(""));
    if (id && !HiddenIds::is_hidden(id->seq)) {
      return fail(fmt::format("it was told the true {}", name));
    }
  }
}

void Viewer::take_gap(const Json& message) {
  const auto reason = message["reason"].as_string().value_or("");
  const std::uint64_t from = seq_of(message, "from");
  const std::uint64_t to = seq_of(message, "to");
  std::uint64_t missed = number_of(message, "missed");
  if (message["missed"].kind() == JsonKind::kNull) {
    if (!wish().is_limited() && !is_renewed) {
      return fail("it was not told how many events it missed");
    }
    missed = reason == "epoch" && old_log_ != nullptr ? old_log_->head() + 1 - from : to - from + 1;
  }
  if (reason == "lapped") {
    if (missed != to - from + 1 || from < live_ || to > log().head()) {
      return fail(fmt::format("lapped {} to {} with missed {}", from, to, missed));
    }
    account_until(from, log());
    live_ = to + 1;
  } else if (reason == "rate") {
    if (!rate_limited || from < live_ || missed != log().n_gotten(wish(), live_, to + 1)) {
      return fail(fmt::format("rate {} to {} with missed {}, not {}", from, to, missed,
                              log().n_gotten(wish(), live_, to + 1)));
    }
    live_ = to + 1;
  } else if (reason == "epoch") {
    if (old_log_ == nullptr) {
      return fail("a new epoch that nobody made");
    }
    const std::uint64_t end = old_log_->head() + 1;
    if (missed > end - live_) {
      return fail(fmt::format("epoch with missed {} of {}", missed, end - live_));
    }
    if (!replay_) {
      account_until(end - missed, *old_log_);
    }
    old_log_ = nullptr;
    wishes_ = {{0, wish()}};
    excused_until_ = 0;
    replay_.reset();
    paused_ = false;
    live_ = to;
    n_answers_due_ = 0;
  } else {
    fail("a gap for an unknown reason: " + std::string(reason));
  }
}

void Viewer::take_replay_end(const Json& message) {
  if (!replay_) {
    return fail("replay_end without a replay");
  }
  const Replay replay = *replay_;
  replay_.reset();
  // How many events came after an id of another ring is not known.
  const bool is_known = message["missed"].kind() != JsonKind::kNull;
  const bool may_be_hidden = wish().is_limited() || is_renewed;
  if (is_known ? !replay.same_epoch : replay.same_epoch && !may_be_hidden) {
    return fail("missed is null, or is not, against the epoch that was asked for");
  }
  const std::uint64_t missed = is_known ? number_of(message, "missed") : ~std::uint64_t{0};
  if (replay.tail) {
    if (replay.n_delivered > *replay.tail || replay.n_skipped > missed) {
      fail(fmt::format("tail of {}: {} delivered, {} skipped", *replay.tail, replay.n_delivered,
                       replay.n_skipped));
    }
  } else {
    const std::uint64_t n_skipped =
        replay.n_skipped + (replay.next < live_ ? log().n_gotten(wish(), replay.next, live_) : 0);
    if (n_skipped > missed) {
      fail(fmt::format("replay with missed {}: {} skipped", missed, n_skipped));
    }
    if (message["recovered"].as_bool().value_or(false) != (missed == 0 && replay.same_epoch)) {
      fail("recovered does not fit");
    }
  }
  if (replay.n_delivered > 0) {
    live_ = std::max(live_, replay.next);
  }
  if (missed > 0) {
    excused_until_ = replay.limit_at_most;
  }
}

void Viewer::take_debug(const Json& message) {
  const auto action = message["action"].as_string().value_or("");
  const bool ok = message["ok"].as_bool().value_or(false);
  const std::uint64_t cursor = seq_of(message, "cursor");
  if (n_answers_due_ == 0) {
    return fail("an answer to nothing");
  }
  --n_answers_due_;
  if (action == "step") {
    if (number_of(message, "delivered") != n_step_ || n_step_ > step_limit_) {
      return fail(
          fmt::format("a step of {} that says {}", n_step_, number_of(message, "delivered")));
    }
    account_until(cursor, log());
    live_ = std::max(live_, cursor);
  } else if (action == "seek" && ok) {
    live_ = cursor;
  } else if (action == "detach") {
    live_ = cursor;
    replay_.reset();
  } else if (!replay_) {
    account_until(cursor, log());
    live_ = std::max(live_, cursor);
  }
}

// --- the oracle

bool Viewer::was_due(std::uint64_t seq, const Event& event) const {
  for (std::size_t i = wishes_.size(); i-- > 0;) {
    if (!wishes_[i].wish.gets(event)) {
      return false;
    }
    if (wishes_[i].head < seq) {
      break;  // the view when the event came
    }
  }
  return true;
}

void Viewer::account_until(std::uint64_t end, const Log& log) {
  for (std::uint64_t seq = std::max(live_, excused_until_); seq < end; ++seq) {
    if (was_due(seq, log.at(seq))) {
      return fail(fmt::format("event {} is missing (before {})", seq, end));
    }
  }
}

void Viewer::forget_old_wishes() {
  while (wishes_.size() > 1 && wishes_[1].head < live_) {
    wishes_.erase(wishes_.begin());
  }
}

void Viewer::check_caught_up() {
  if (!welcomed_ || paused_ || replay_ || rate_limited) {
    return;
  }
  account_until(log_.head() + 1, log_);
  live_ = std::max(live_, log_.head() + 1);
  forget_old_wishes();
}

void Viewer::on_new_epoch(const Log& old) { old_log_ = &old; }

}  // namespace ringside::sim
