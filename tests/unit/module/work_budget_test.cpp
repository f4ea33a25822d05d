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

RS_TEST(makes_way_when_it_is_asked_to_and_not_before_a_least_time) {
  ManualClock clock;
  clock.cpu_per_reading = WorkBudget::kBetweenLooks / 2;
  int n_asked = 0;
  const std::function<bool()> has_events = [&n_asked] { return ++n_asked == 3; };
  WorkBudget budget(clock, std::chrono::milliseconds(100), &has_events);
  int n_readings = 0;
  while (budget.spend(WorkBudget::kCostly)) {
    ++n_readings;
  }
  RS_EXPECT_EQ(n_asked, 3);
  RS_EXPECT_EQ(n_readings, 5);  // every second reading asks, and the sixth ends it
  RS_EXPECT(!budget.spend());
  const std::function<bool()> empty;
  WorkBudget other(clock, std::chrono::milliseconds(1), &empty);
  while (other.spend(WorkBudget::kCostly)) {
  }
  RS_EXPECT_GE(other.used().count(),
               std::chrono::nanoseconds(std::chrono::milliseconds(1)).count());
}
