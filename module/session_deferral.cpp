// Connections of a user whose filters cost more than the share are served last, as background work.
#include <chrono>

#include "module/session.hpp"

namespace ringside {
namespace {

// How long a costly filter may be served last before the client is told.
constexpr std::chrono::seconds kDeferredNotice{10};

}  // namespace

bool Session::defer_if_overdrawn(MonoTime now) {
  if (!account_->filters.overdrawn(now)) {
    deferred_since_ = MonoTime{};
    cost_announced_ = false;
    return false;
  }
  deferred_ = true;
  if (deferred_since_ == MonoTime{}) {
    deferred_since_ = now;
  }
  hub_.count(Counter::kDeferrals);
  hub_.register_background(*this);
  return true;
}

// The part of run_background() for a connection that was deferred: until it has caught up.
Attendee::Background Session::run_deferred(WorkBudget& budget) {
  if (connection_.busy()) {
    connection_.request_writable();
    return Background::kWaiting;
  }
  const MonoTime now = hub_.clock().mono_now();
  if (!cost_announced_ && now - deferred_since_ > kDeferredNotice) {
    cost_announced_ = true;
    send_error("filter_too_costly",
               "the filters of this user use more than their share of processor time; this "
               "connection is served last and may miss events",
               "subscribe");
  }
  const Seq before = position_.live();
  deliver_live(budget);
  if (closing() || position_.live() > hub_.head()) {
    deferred_ = false;
    return Background::kDone;
  }
  return position_.live() > before && !connection_.busy() ? Background::kMore
                                                          : Background::kWaiting;
}

}  // namespace ringside
