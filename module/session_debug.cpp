// Debug sessions: the same cursor and the same view machinery as live delivery, moved by hand.
// Nothing is copied or kept; to pause is to leave the cursor where it is, to seek is to put it
// elsewhere, and to play at a speed is to let it go only as far as the receive times, divided by
// the speed, have come.
#include "module/session_debug.hpp"

#include <algorithm>
#include <limits>

#include "core/event/since.hpp"
#include "core/proto/server_message.hpp"
#include "module/session.hpp"

namespace ringside {
namespace {

constexpr std::chrono::milliseconds kPlaybackStep{20};

}  // namespace

bool Session::paused() const noexcept { return debug_ != nullptr && debug_->paused; }

void Session::handle(const DebugMessage& message) {
  if (step_) {  // a message takes effect when the one before it has: the step ends with what it has delivered
    finish_step();
  }
  if (debug_ == nullptr) {
    debug_ = std::make_unique<DebugState>();
    debug_->before = subscription();
  }
  switch (message.action) {
    case DebugMessage::Action::kAttach:
      debug_attach(message);
      break;
    case DebugMessage::Action::kPause:
      debug_->paused = true;
      send_control(debug_message(message.action_name, true, cursor_json()));
      break;
    case DebugMessage::Action::kStep:
      debug_step(message);
      break;
    case DebugMessage::Action::kSeek:
      debug_seek(message);
      break;
    case DebugMessage::Action::kResume:
      debug_resume(message);
      break;
    case DebugMessage::Action::kInspect:
      debug_inspect(message);
      break;
    case DebugMessage::Action::kDetach:
      debug_detach(message);
      break;
  }
}

// Where the connection is: the next event it wants, and how far that is from the head.
Json Session::cursor_json() {
  Json out = Json::object();
  out.set("cursor", place_id(position_.at())).set("head", place_id(hub_.head()));
  set_told(out, "behind", position_.behind(hub_.head()));
  out.set("paused", paused());
  return out;
}

void Session::debug_attach(const DebugMessage& message) {
  Json wanted = message.filters.present() ? message.filters.deep_copy() : Json::object();
  const auto add = [&](const char* member, const std::optional<std::string>& value) {
    if (value) {
      wanted.set(member, *value);
    }
  };
  add("task_id", message.task_id);
  add("workflow_id", message.workflow_id);
  add("batch_id", message.batch_id);
  auto filter = Filter::compile(wanted.ref(), filter_limits_of(vhost_.options()));
  if (!filter) {
    send_error("bad_filter", filter.error().key + ": " + filter.error().message, "debug");
    return;
  }
  if (!debug_->attached) {
    debug_->before = subscription();
  }
  debug_->attached = true;
  debug_->paused = false;
  debug_->speed.reset();
  stop_history();
  announce_rate_gap();
  position_.set_live(hub_.head().next());
  set_view(role(), Subscription::everything(std::move(*filter)));  // compiling has held its limit
  send_control(debug_message(message.action_name, true, cursor_json()));
  start_history(hub_.history().oldest(), subscription(), 0);
}

// That many events of the view, from the cursor on; fewer when the head is reached. The answer follows when they are sent.
void Session::debug_step(const DebugMessage& message) {
  replay_quota_.release();
  tail_.reset();
  announce_rate_gap();
  position_.join();
  debug_->paused = true;
  step_ = Step{std::string(message.action_name), static_cast<std::uint32_t>(message.count), 0};
  hub_.register_background(*this);
}

void Session::debug_seek(const DebugMessage& message) {
  stop_history();
  announce_rate_gap();
  History& history = hub_.history();
  History::Place place;
  if (const auto id = hub_.read_place(role(), message.to)) {
    if (id->epoch != hub_.epoch()) {
      Json extra = cursor_json();
      extra.set("message", "the id is of another epoch, whose events are gone");
      send_control(debug_message(message.action_name, false, extra));
      return;
    }
    place = history.seek_seq(id->seq);
  } else if (const auto time = time_of_since(message.to, hub_.clock().wall_now())) {
    place = history.seek_time(*time);
  }
  position_.set_live(std::min(place.cursor.seq, hub_.head().next()));
  debug_->speed.reset();
  Json extra = cursor_json();
  set_told(extra, "missed", place.missed);
  send_control(debug_message(message.action_name, true, extra));
  hub_.want_turn();
}

void Session::debug_resume(const DebugMessage& message) {
  debug_->paused = false;
  debug_->speed = message.speed;
  if (message.speed) {
    const Seq at = position_.at();
    debug_->mono_start = hub_.clock().mono_now();
    debug_->wall_start = hub_.clock().wall_now();
    if (at <= hub_.head()) {
      const RecordCache::WithDisk with_disk(hub_.records());
      const RecordCache::Lookup found = hub_.records().find(at);
      if (found.record != nullptr) {
        debug_->wall_start = found.record->record.received;
      }
    }
  }
  send_control(debug_message(message.action_name, true, cursor_json()));
  hub_.want_turn();
}

// The first sequence that may not be sent yet.
Seq Session::debug_limit() {
  const Seq end = hub_.head().next();
  if (debug_ == nullptr || !debug_->speed) {
    return end;
  }
  const MonoTime now = hub_.clock().mono_now();
  const auto played =
      std::chrono::duration<double, std::nano>(now - debug_->mono_start) * *debug_->speed;
  const WallTime reached =
      debug_->wall_start + std::chrono::duration_cast<std::chrono::nanoseconds>(played);
  if (reached >= hub_.clock().wall_now()) {  // caught up with the present: live from here
    debug_->speed.reset();
    return end;
  }
  hub_.call_at(now + kPlaybackStep);
  return std::min(hub_.history().seek_time(reached + std::chrono::nanoseconds(1)).cursor.seq, end);
}

void Session::debug_inspect(const DebugMessage& message) {
  Json extra = cursor_json();
  const Seq at = position_.at();
  const RingState state = hub_.ring().state();
  const RingReader::Seek seek = hub_.ring().seek_seq(at);
  const auto headroom =
      static_cast<double>(state.capacity_bytes - (state.head_position - seek.cursor.position));
  extra.set("attached", debug_->attached);
  extra.set("replaying", position_.replaying());
  set_told(extra, "headroom_bytes", static_cast<std::uint64_t>(std::max(headroom, 0.0)));
  if (const double rate = hub_.follower().bytes_per_second(); rate > 0) {
    set_told(extra, "overwritten_in_ms",
             static_cast<std::uint64_t>(std::max(headroom, 0.0) / rate * 1000));
  }
  extra.set("delivered", n_sent_);
  extra.set("filtered", n_filtered_);  // of its own rows, see View
  set_told(extra, "denied", n_denied_);
  send_control(debug_message(message.action_name, true, extra));
}

void Session::debug_detach(const DebugMessage& message) {
  stop_history();
  announce_rate_gap();
  set_view(role(), debug_->before);
  debug_.reset();
  position_.set_live(hub_.head().next());
  send_control(debug_message(message.action_name, true, cursor_json()));
}

}  // namespace ringside
