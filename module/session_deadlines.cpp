// What a connection owes at a time: pings, the end of its token, the deadline of its first message, and the requests of
// administrators to end it. on_due() does what is due and says when to come again.
#include <algorithm>
#include <chrono>

#include "core/proto/server_message.hpp"
#include "module/session.hpp"

namespace ringside {

void Session::on_pong() { liveness_.on_received(); }

void Session::ping_if_due(MonoTime now) {
  const auto interval = vhost_.options().ping_interval;
  if (interval.count() == 0 || now < next_ping_) {
    return;
  }
  next_ping_ = now + interval;
  if (!liveness_.is_alive(now, connection_.progress(), 2 * interval)) {
    phase_ = Phase::kClosing;
    connection_.cut_off();
    return;
  }
  if (connection_.busy() || liveness_.awaits_pong()) {
    return;
  }
  FrameBuffer frame;
  add_position(frame);
  encoding_.add_ping(frame);
  send_now(frame);
  if (encoding_.is_answered()) {
    liveness_.on_ping(now);
  }
}

// Where the client is, if it has been sent everything up to there.
void Session::add_position(FrameBuffer& out) {
  if (phase_ == Phase::kOpen && hub_.attached() && !has_history() && !snapshot_ && !rate_gap_ &&
      position_.live() > hub_.head()) {
    encoding_.add_position(out, hub_.place_for(role(), Seq{position_.live().value - 1}));
  }
}

void Session::check_token_deadline() {
  if (!ends_at_) {
    return;
  }
  const WallTime now = hub_.clock().wall_now();
  if (now >= *ends_at_) {
    close(CloseCode::kTokenExpired);
  } else if (!expiry_announced_ && now >= *ends_at_ - vhost_.options().auth_expiring_notice) {
    expiry_announced_ = true;
    send_control(auth_expiring_message(std::chrono::ceil<std::chrono::seconds>(*ends_at_ - now)));
  }
}

// The connection stays, and so does the history; what is new comes when the node is live again, or from another one.
void Session::tell_cluster_state() {
  if (told_cut_ == hub_.is_cut_off()) {
    return;
  }
  told_cut_ = !told_cut_;
  send_control(told_cut_
                   ? notice_message("cluster_cut",
                                    "this node is cut off from the log of the cluster: it serves "
                                    "history, and nothing new until it is back")
                   : notice_message("cluster_live", "this node has all of the log again"));
}

MonoTime Session::on_due(MonoTime now) {
  if (closing()) {
    return MonoTime::max();
  }
  if (hub_.is_cut(id_, user_key_)) {
    hub_.count(Counter::kConnectionsCut);
    close(CloseCode::kPolicyViolation, "an administrator has ended this connection");
  } else if (close_at_ && now >= close_at_->first) {
    close(close_at_->second);
  } else if (phase_ == Phase::kAwaitingAuth) {
    if (now >= auth_deadline_) {
      close(CloseCode::kAuthTimeout);
    }
  } else {
    read_on_in_time();
    check_token_deadline();
    if (!closing()) {
      leave_ahead_if_unknown();
      tell_cluster_state();
      ping_if_due(now);
    }
  }
  return next_due();
}

// A token ends at a wall time, and someone may set that clock: so it is read every few seconds, and in time for the end.
MonoTime Session::next_due() const noexcept {
  constexpr std::chrono::seconds kWallClockLook{5};
  constexpr std::chrono::seconds kAheadLook{1};
  if (closing()) {
    return MonoTime::max();
  }
  MonoTime due = MonoTime::max();
  if (close_at_) {
    due = close_at_->first;
  }
  if (phase_ == Phase::kAwaitingAuth) {
    return std::min(due, auth_deadline_);
  }
  if (vhost_.options().ping_interval.count() != 0) {
    due = std::min(due, next_ping_);
  }
  if (unread_until_) {
    due = std::min(due, *unread_until_);
  }
  if (ahead_since_ != MonoTime{}) {
    due = std::min(due, hub_.clock().mono_now() + kAheadLook);
  }
  if (ends_at_) {
    const WallTime next =
        expiry_announced_ ? *ends_at_ : *ends_at_ - vhost_.options().auth_expiring_notice;
    const auto left = next - hub_.clock().wall_now();
    due = std::min(
        due, hub_.clock().mono_now() + std::clamp<std::chrono::nanoseconds>(
                                           left, std::chrono::nanoseconds(0), kWallClockLook));
  }
  return due;
}

void Session::on_revocations() {
  if (!closing() && identity_ &&
      hub_.control()->is_revoked(identity_->user, identity_->token_id, identity_->issued)) {
    close(CloseCode::kPolicyViolation, "the token was revoked");
  }
}

}  // namespace ringside
