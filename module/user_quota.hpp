#pragma once
// UserQuota: one of the things of a kind that a user may have at a time, in all processes together: a connection, or a replay
// with the memory and the work that it takes.  Threads: the lws service thread only.

#include <string>
#include <utility>

#include "module/hub.hpp"

namespace ringside {

class UserQuota {
 public:
  using Kind = ControlSegment::Quota;

  // `limit` is the vhost's option for the kind; 0: none.
  UserQuota(Hub& hub, Kind kind, unsigned limit) noexcept
      : hub_(&hub), kind_(kind), limit_(limit) {}
  ~UserQuota() { release(); }
  UserQuota(UserQuota&& other) noexcept
      : hub_(other.hub_),
        kind_(other.kind_),
        limit_(other.limit_),
        held_(std::exchange(other.held_, false)),
        user_(std::move(other.user_)) {}
  UserQuota& operator=(UserQuota&& other) noexcept {
    release();
    held_ = std::exchange(other.held_, false);
    user_ = std::move(other.user_);
    return *this;
  }
  UserQuota(const UserQuota&) = delete;
  UserQuota& operator=(const UserQuota&) = delete;

  // Whether it is held now. False: the user's others come first; ask again later.
  [[nodiscard]] bool acquire(const std::string& user) {
    if (held_) {
      return true;
    }
    ControlSegment* const control = hub_->control();
    if (limit_ != 0 && control != nullptr && !control->try_acquire(kind_, user, limit_)) {
      return false;
    }
    held_ = true;
    user_ = user;
    if (kind_ == Kind::kReplays) {
      hub_->count(Counter::kReplays);
      hub_->count(Counter::kReplaysStarted);
    }
    return true;
  }

  void release() noexcept {
    if (!std::exchange(held_, false)) {
      return;
    }
    if (kind_ == Kind::kReplays) {
      hub_->uncount(Counter::kReplays);
    }
    if (hub_->control() != nullptr && limit_ != 0) {
      hub_->control()->release(kind_, user_);
    }
    user_ = std::string();  // a connection may be idle for days
  }

 private:
  Hub* hub_;
  Kind kind_;
  unsigned limit_;
  bool held_ = false;
  std::string user_;
};

}  // namespace ringside
