#pragma once
// ReplayQuota: one of the replays that a user may have at a time, in all processes together; with it comes the memory and
// the work that a replay takes.  Threads: the lws service thread only.

#include <string>
#include <utility>

#include "module/hub.hpp"

namespace ringside {

class ReplayQuota {
 public:
  // `limit` is the option limit-replays-per-user; 0: none.
  ReplayQuota(Hub& hub, unsigned limit) noexcept : hub_(&hub), limit_(limit) {}
  ~ReplayQuota() { release(); }
  ReplayQuota(ReplayQuota&& other) noexcept
      : hub_(other.hub_),
        limit_(other.limit_),
        held_(std::exchange(other.held_, false)),
        user_(std::move(other.user_)) {}
  ReplayQuota& operator=(ReplayQuota&& other) noexcept {
    release();
    held_ = std::exchange(other.held_, false);
    user_ = std::move(other.user_);
    return *this;
  }
  ReplayQuota(const ReplayQuota&) = delete;
  ReplayQuota& operator=(const ReplayQuota&) = delete;

  // Whether it is held now. False: the user's other replays come first; ask again later.
  [[nodiscard]] bool acquire(const std::string& user) {
    if (held_) {
      return true;
    }
    ControlSegment* const control = hub_->control();
    if (limit_ != 0 && control != nullptr &&
        !control->try_acquire(ControlSegment::Quota::kReplays, user, limit_)) {
      return false;
    }
    held_ = true;
    user_ = user;
    hub_->count(Counter::kReplays);
    hub_->count(Counter::kReplaysStarted);
    return true;
  }

  void release() noexcept {
    if (!std::exchange(held_, false)) {
      return;
    }
    hub_->uncount(Counter::kReplays);
    if (hub_->control() != nullptr && limit_ != 0) {
      hub_->control()->release(ControlSegment::Quota::kReplays, user_);
    }
    user_ = std::string();  // a connection may be idle for days
  }

 private:
  Hub* hub_;
  unsigned limit_;
  bool held_ = false;
  std::string user_;
};

}  // namespace ringside
