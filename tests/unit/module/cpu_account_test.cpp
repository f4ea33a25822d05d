#include "module/cpu_account.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace std::chrono_literals;

RS_TEST(a_burst_is_free_and_the_share_is_a_tenth) {
  const MonoTime start{1h};
  CpuAccount account(start);
  account.charge(100ms);
  RS_EXPECT(!account.overdrawn(start));
  account.charge(20ms);
  RS_EXPECT(account.overdrawn(start));
  RS_EXPECT_EQ(account.until_positive(start).count(), std::chrono::nanoseconds(200ms).count());
  RS_EXPECT(account.overdrawn(start + 199ms));
  RS_EXPECT(!account.overdrawn(start + 201ms));
}

RS_TEST(it_does_not_save_more_than_a_burst) {
  const MonoTime start{1h};
  CpuAccount account(start);
  RS_EXPECT(!account.overdrawn(start + 24h));
  account.charge(101ms);
  RS_EXPECT(account.overdrawn(start + 24h));
}
