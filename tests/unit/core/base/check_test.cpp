#include "core/base/check.hpp"

#include "tests/support/rs_test.hpp"

RS_TEST(a_condition_that_holds_costs_nothing_and_one_that_does_not_aborts) {
  RS_CHECK(1 + 1 == 2);
  RS_EXPECT_ABORTS(RS_CHECK(1 + 1 == 3));
}
