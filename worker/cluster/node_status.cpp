// What a node says of itself.
#include <fmt/format.h>

#include <utility>

#include "core/base/log.hpp"
#include "worker/cluster/node.hpp"

namespace ringside::cluster {
namespace {

using std::chrono::seconds;

constexpr seconds kSilence{3};     // of the engine
constexpr seconds kAppendTime{5};  // of a batch on its way

}  // namespace

void Node::update_state() {
  const MonoTime now = clock_.mono_now();
  caught_up_ = caught_up_ || (is_up_ && has_all());
  ClusterState next = ClusterState::kLive;
  std::string why;
  const auto waiting = appender_.waiting_for();
  if (phase_ == Phase::kStopped) {
    next = ClusterState::kFenced;
    why = down_why_;
  } else if ((phase_ == Phase::kReading && !comparison_.is_audit) || phase_ == Phase::kHealing) {
    next = ClusterState::kFenced;
    why = diverged_ ? "the log has lost events that this node had; a new epoch is being begun"
                    : "the log contradicts what this node has; the two are being compared";
  } else if (!is_up_) {
    next = has_position_ || !down_why_.empty() ? ClusterState::kCut : ClusterState::kJoining;
    why = down_why_.empty() ? "not connected yet" : down_why_;
  } else if (now - heard_ > kSilence) {
    next = ClusterState::kCut;
    why = fmt::format("the log has not answered for {} s",
                      std::chrono::duration_cast<seconds>(now - heard_).count());
  } else if (waiting && *waiting > kAppendTime) {
    next = ClusterState::kCut;
    why = fmt::format("the log has not taken events for {} s",
                      std::chrono::duration_cast<seconds>(*waiting).count());
  } else if (!caught_up_) {
    next = ClusterState::kJoining;
  }
  reason_ = std::move(why);
  if (next == state_) {
    return;
  }
  log::info("node {} is {}{}{}", options_.name, name_of(next), reason_.empty() ? "" : ": ",
            reason_);
  state_ = next;
  changed_ = clock_.wall_now();
  outbox_.set_durable(state_ != ClusterState::kLive);
}

ClusterStatus Node::status() const {
  ClusterStatus status;
  status.state = state_;
  status.head = follower_.position().end;
  status.behind =
      known_last_ > follower_.position().number ? known_last_ - follower_.position().number : 0;
  status.current = current_;
  status.changed = changed_;
  status.node = options_.name;
  status.reason = reason_;
  return status;
}

}  // namespace ringside::cluster
