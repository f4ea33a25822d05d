#pragma once
// UserAccounts: the processor time that each user may use, over all their connections. An account outlives its connections
// until it is full again: to connect again does not settle a debt.
//
// Threads: the lws service thread only.

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>

#include "module/cpu_account.hpp"

namespace ringside {

struct UserAccount {
  // Filters that are costly to evaluate. Live events are delivered last to whoever has overdrawn it.
  static constexpr CpuAccount::Terms kFilters{0.1, std::chrono::milliseconds(100)};
  // Messages to the server, and receiving them. One cannot be interrupted, and takes a millisecond at the most that its size
  // allows, for which everyone else waits: so this share is small. It is hundreds of ordinary messages a second.
  static constexpr CpuAccount::Terms kMessages{0.01, std::chrono::milliseconds(50)};

  explicit UserAccount(MonoTime now) noexcept : filters(kFilters, now), messages(kMessages, now) {}

  CpuAccount filters;
  CpuAccount messages;
};

class UserAccounts {
 public:
  // The account of this user; a new one is full.
  [[nodiscard]] std::shared_ptr<UserAccount> of(const std::string& user, MonoTime now);
  // Forgets accounts that are full and of no connection. To be called every second or so.
  void forget_full(MonoTime now);
  [[nodiscard]] std::size_t size() const noexcept { return accounts_.size(); }

 private:
  std::unordered_map<std::string, std::shared_ptr<UserAccount>> accounts_;
};

}  // namespace ringside
