#include "module/replay_quota.hpp"

#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(a_quota_is_held_once_until_it_is_released) {
  ModuleFixture fixture;
  fixture.hub->on_tick();
  ReplayQuota one(*fixture.hub, 1);
  RS_EXPECT(one.acquire("alice") && one.acquire("alice"));
  {
    ReplayQuota two(*fixture.hub, 1);
    RS_EXPECT(!two.acquire("alice"));
    RS_EXPECT(two.acquire("bob"));
  }
  ReplayQuota three(*fixture.hub, 1);
  RS_EXPECT(three.acquire("bob"));
  one.release();
  RS_EXPECT(!ReplayQuota(*fixture.hub, 1).acquire("bob"));
  RS_EXPECT(ReplayQuota(*fixture.hub, 1).acquire("alice"));
}

RS_TEST(a_quota_that_moves_is_held_by_one) {
  ModuleFixture fixture;
  fixture.hub->on_tick();
  ReplayQuota one(*fixture.hub, 1);
  RS_EXPECT(one.acquire("alice"));
  ReplayQuota two = std::move(one);
  RS_EXPECT(!ReplayQuota(*fixture.hub, 1).acquire("alice"));
  one = std::move(two);
  RS_EXPECT(!ReplayQuota(*fixture.hub, 1).acquire("alice"));
  one.release();
  RS_EXPECT(ReplayQuota(*fixture.hub, 1).acquire("alice"));
}

RS_TEST(no_limit_is_always_free) {
  ModuleFixture fixture;
  ReplayQuota one(*fixture.hub, 0);
  ReplayQuota two(*fixture.hub, 0);
  RS_EXPECT(one.acquire("alice") && two.acquire("alice"));
}
