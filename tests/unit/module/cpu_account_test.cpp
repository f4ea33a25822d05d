#include "module/cpu_account.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace std::chrono_literals;

namespace {

constexpr CpuAccount::Terms kTerms{0.1, 100ms};

}  // namespace

RS_TEST(a_burst_is_free_and_the_share_is_earned_with_time) {
  const MonoTime start{1h};
  CpuAccount account(kTerms, start);
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
  CpuAccount account(kTerms, start);
  RS_EXPECT(!account.overdrawn(start + 24h));
  account.charge(101ms);
  RS_EXPECT(account.overdrawn(start + 24h));
}

RS_TEST(it_is_full_when_all_that_was_charged_is_earned_again) {
  const MonoTime start{1h};
  CpuAccount account(kTerms, start);
  RS_EXPECT(account.full(start));
  account.charge(10ms);
  RS_EXPECT(!account.full(start + 99ms));
  RS_EXPECT(account.full(start + 100ms));
}
