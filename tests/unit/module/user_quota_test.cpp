#include "module/user_quota.hpp"

#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {
constexpr auto kReplays = UserQuota::Kind::kReplays;
constexpr auto kConnections = UserQuota::Kind::kConnections;
}  // namespace

RS_TEST(a_quota_is_held_once_until_it_is_released) {
  ModuleFixture fixture;
  fixture.hub->on_tick();
  UserQuota one(*fixture.hub, kReplays, 1);
  RS_EXPECT(one.acquire("alice") && one.acquire("alice"));
  {
    UserQuota two(*fixture.hub, kReplays, 1);
    RS_EXPECT(!two.acquire("alice"));
    RS_EXPECT(two.acquire("bob"));
  }
  UserQuota three(*fixture.hub, kReplays, 1);
  RS_EXPECT(three.acquire("bob"));
  one.release();
  RS_EXPECT(!UserQuota(*fixture.hub, kReplays, 1).acquire("bob"));
  RS_EXPECT(UserQuota(*fixture.hub, kReplays, 1).acquire("alice"));
}

RS_TEST(a_quota_that_moves_is_held_by_one) {
  ModuleFixture fixture;
  fixture.hub->on_tick();
  UserQuota one(*fixture.hub, kReplays, 1);
  RS_EXPECT(one.acquire("alice"));
  UserQuota two = std::move(one);
  RS_EXPECT(!UserQuota(*fixture.hub, kReplays, 1).acquire("alice"));
  one = std::move(two);
  RS_EXPECT(!UserQuota(*fixture.hub, kReplays, 1).acquire("alice"));
  one.release();
  RS_EXPECT(UserQuota(*fixture.hub, kReplays, 1).acquire("alice"));
}

RS_TEST(no_limit_is_always_free) {
  ModuleFixture fixture;
  UserQuota one(*fixture.hub, kReplays, 0);
  UserQuota two(*fixture.hub, kReplays, 0);
  RS_EXPECT(one.acquire("alice") && two.acquire("alice"));
}

RS_TEST(kinds_are_counted_apart) {
  ModuleFixture fixture;
  fixture.hub->on_tick();
  UserQuota replay(*fixture.hub, kReplays, 1);
  UserQuota connection(*fixture.hub, kConnections, 1);
  RS_EXPECT(replay.acquire("alice") && connection.acquire("alice"));
  RS_EXPECT(!UserQuota(*fixture.hub, kConnections, 1).acquire("alice"));
  fixture.hub->flush_counters();
  RS_EXPECT_EQ(fixture.hub->control()->total(Counter::kReplays), 1U);
}
