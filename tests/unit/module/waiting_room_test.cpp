#include "module/waiting_room.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(a_place_is_free_again_when_its_holder_is_gone) {
  WaitingRoom room(2, 1);
  auto first = room.try_enter("a");
  RS_EXPECT(first != nullptr);
  RS_EXPECT(room.try_enter("a") == nullptr);
  auto second = room.try_enter("b");
  RS_EXPECT(second != nullptr);
  RS_EXPECT(room.try_enter("c") == nullptr);
  first.reset();
  RS_EXPECT_EQ(room.size(), 1U);
  RS_EXPECT(room.try_enter("a") != nullptr);
}

RS_TEST(a_limit_of_zero_admits_nobody) {
  WaitingRoom room(0, 1);
  RS_EXPECT(room.try_enter("a") == nullptr);
  WaitingRoom none_per_address(1, 0);
  RS_EXPECT(none_per_address.try_enter("a") == nullptr);
}
