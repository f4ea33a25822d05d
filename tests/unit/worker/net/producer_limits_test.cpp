#include "worker/net/producer_limits.hpp"

#include "tests/support/rs_test.hpp"

namespace ringside::test {

RS_TEST(one_user_cannot_take_the_places_of_others) {
  ProducerLimits limits;
  limits.set(10, 3);
  for (int i = 0; i < 3; ++i) {
    RS_EXPECT(!limits.objection(1000).has_value());
    limits.add(1000);
  }
  RS_EXPECT_CONTAINS(limits.objection(1000).value_or(""),
                     "3 producers of uid 1000 are connected already "
                     "(events.max_producers_per_uid)");
  RS_EXPECT(!limits.objection(1001).has_value());
  limits.remove(1000);
  RS_EXPECT(!limits.objection(1000).has_value());
  RS_EXPECT_EQ(limits.n_producers(), 2U);
}

RS_TEST(all_users_together_hold_the_total) {
  ProducerLimits limits;
  limits.set(4, 3);
  for (const uid_t uid : {1U, 2U, 3U, 4U}) {
    RS_EXPECT(!limits.objection(uid).has_value());
    limits.add(uid);
  }
  RS_EXPECT_CONTAINS(limits.objection(5).value_or(""), "4 producers are connected already");
  RS_EXPECT_CONTAINS(limits.objection(1).value_or(""), "(events.max_producers)");
  limits.remove(2);
  RS_EXPECT(!limits.objection(5).has_value());
}

RS_TEST(lower_limits_hold_for_those_who_come_later) {
  ProducerLimits limits;
  limits.set(10, 5);
  for (int i = 0; i < 4; ++i) {
    limits.add(1000);
  }
  limits.set(10, 2);
  RS_EXPECT_EQ(limits.n_producers(), 4U);
  limits.remove(1000);
  limits.remove(1000);
  RS_EXPECT(limits.objection(1000).has_value());
  limits.remove(1000);
  RS_EXPECT(!limits.objection(1000).has_value());
}

}  // namespace ringside::test
