#include "module/work_budget.hpp"

#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(reads_the_clock_only_after_so_many_units) {
  ManualClock clock;
  clock.cpu_per_reading = std::chrono::milliseconds(1);
  WorkBudget budget(clock, std::chrono::milliseconds(3));
  unsigned n_spent = 0;
  while (budget.spend()) {
    ++n_spent;
  }
  RS_EXPECT_EQ(n_spent, 3 * WorkBudget::kUnitsPerReading - 1);
  RS_EXPECT(budget.exhausted());
  RS_EXPECT(!budget.spend());
}

RS_TEST(costly_work_reads_it_each_time) {
  ManualClock clock;
  clock.cpu_per_reading = std::chrono::milliseconds(1);
  WorkBudget budget(clock, std::chrono::milliseconds(2));
  RS_EXPECT(budget.spend(WorkBudget::kCostly));
  RS_EXPECT(!budget.spend(WorkBudget::kCostly));
}
