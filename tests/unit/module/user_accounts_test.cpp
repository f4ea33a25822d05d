#include "module/user_accounts.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace std::chrono_literals;

namespace {

constexpr MonoTime kStart{1h};

}  // namespace

RS_TEST(connections_of_a_user_share_an_account_and_other_users_have_their_own) {
  UserAccounts accounts;
  accounts.of("ann", kStart)->messages.charge(60ms);
  RS_EXPECT(accounts.of("ann", kStart)->messages.overdrawn(kStart));
  RS_EXPECT(!accounts.of("ann", kStart)->filters.overdrawn(kStart));
  RS_EXPECT(!accounts.of("bob", kStart)->messages.overdrawn(kStart));
}

RS_TEST(a_debt_outlives_the_connections_until_it_is_settled) {
  UserAccounts accounts;
  accounts.of("ann", kStart)->messages.charge(60ms);
  accounts.of("bob", kStart)->filters.charge(60ms);
  accounts.forget_full(kStart);
  RS_EXPECT_EQ(accounts.size(), 2U);
  RS_EXPECT(accounts.of("ann", kStart)->messages.overdrawn(kStart));
  accounts.forget_full(kStart + 700ms);  // 60 ms at a tenth of the time
  RS_EXPECT_EQ(accounts.size(), 1U);
  accounts.forget_full(kStart + 5900ms);
  RS_EXPECT_EQ(accounts.size(), 1U);
  accounts.forget_full(kStart + 6100ms);  // 60 ms at a hundredth
  RS_EXPECT_EQ(accounts.size(), 0U);
}

RS_TEST(the_account_of_a_connection_stays) {
  UserAccounts accounts;
  const auto held = accounts.of("ann", kStart);
  accounts.forget_full(kStart + 1h);
  RS_EXPECT(accounts.of("ann", kStart + 1h) == held);
}
