// An account is forgotten only by forget_full(), so that a user with a debt finds it again.
#include "module/user_accounts.hpp"

namespace ringside {

std::shared_ptr<UserAccount> UserAccounts::of(const std::string& user, MonoTime now) {
  std::shared_ptr<UserAccount>& account = accounts_[user];
  if (account == nullptr) {
    account = std::make_shared<UserAccount>(now);
  }
  return account;
}

void UserAccounts::forget_full(MonoTime now) {
  std::erase_if(accounts_, [&](auto& entry) {
    UserAccount& account = *entry.second;
    return entry.second.use_count() == 1 && account.filters.full(now) && account.messages.full(now);
  });
}

}  // namespace ringside
