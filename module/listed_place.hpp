#pragma once
// ListedPlace: a connection's place in the list of connections; given back when this ends. Where the list has no place, it is
// counted.  Threads: the lws service thread only.

#include <optional>
#include <utility>

#include "module/hub.hpp"

namespace ringside {

class ListedPlace {
 public:
  explicit ListedPlace(Hub& hub) noexcept : hub_(hub) {}
  ~ListedPlace() { leave(); }
  ListedPlace(const ListedPlace&) = delete;
  ListedPlace& operator=(const ListedPlace&) = delete;

  // Once.
  void enter(const ConnectionInfo& info) {
    entered_ = hub_.control() != nullptr;
    if (entered_) {
      place_ = hub_.control()->list_connection(info);
      if (!place_) {
        hub_.count(Counter::kConnectionsUnlisted);
      }
    }
  }
  void refresh(const ConnectionNumbers& numbers) noexcept {
    if (place_) {
      hub_.control()->update_connection(*place_, numbers);
    }
  }

 private:
  void leave() noexcept {
    if (place_) {
      hub_.control()->unlist_connection(*place_);
    } else if (entered_) {
      hub_.uncount(Counter::kConnectionsUnlisted);
    }
  }

  Hub& hub_;
  bool entered_ = false;
  std::optional<std::uint32_t> place_;
};

}  // namespace ringside
