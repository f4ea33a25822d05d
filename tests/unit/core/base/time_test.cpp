#include "core/base/time.hpp"

#include <limits>

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

std::int64_t ns_of(const char* text) {
  const auto parsed = parse_rfc3339(text);
  return parsed ? to_ns(*parsed) : -1;
}

}  // namespace

RS_TEST(times_are_read_with_fractions_and_offsets) {
  RS_EXPECT_EQ(ns_of("1970-01-01T00:00:01Z"), 1'000'000'000);
  RS_EXPECT_EQ(ns_of("1970-01-01T00:00:01.5Z"), 1'500'000'000);
  RS_EXPECT_EQ(ns_of("1970-01-01t00:00:00.123456789123z"), 123'456'789);
  RS_EXPECT_EQ(ns_of("1970-01-01T02:00:01+02:00"), 1'000'000'000);
  RS_EXPECT_EQ(ns_of("1969-12-31 23:30:01-00:30"), 1'000'000'000);
  RS_EXPECT_EQ(ns_of("1970-01-01T00:00:60Z"), 59'000'000'000);
}

RS_TEST(what_does_not_exist_is_refused) {
  for (const char* bad :
       {"", "2025-02-30T00:00:00Z", "2025-13-01T00:00:00Z", "2025-01-01T24:00:00Z",
        "2025-01-01T00:60:00Z", "2025-01-01T00:00:00", "2025-01-01", "2025-01-01T00:00:00.Z",
        "2025-01-01T00:00:00Zx", "2025-01-01T00:00:00+2:00", "1200-01-01T00:00:00Z", "now"}) {
    RS_EXPECT(!parse_rfc3339(bad).has_value());
  }
}

RS_TEST(seconds_that_nanoseconds_cannot_hold_are_refused) {
  RS_EXPECT_EQ(to_ns(*wall_from_seconds(1, 500)), 1'000'000'500);
  RS_EXPECT_EQ(to_ns(*wall_from_seconds(-1, 0)), -1'000'000'000);
  RS_EXPECT_EQ(format_rfc3339(*wall_from_seconds(9'214'646'399, 999'999'999)),
               "2261-12-31T23:59:59.999999Z");
  for (const std::int64_t bad :
       {std::int64_t{9'214'646'400}, std::int64_t{-9'214'646'401}, std::int64_t{-40'000'000'000},
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    RS_EXPECT(!wall_from_seconds(bad, 0).has_value());
  }
}

RS_TEST(what_is_written_reads_back) {
  const WallTime t = wall_from_ns(1'758'880'800'123'456'000);
  RS_EXPECT_EQ(format_rfc3339(t), "2025-09-26T10:00:00.123456Z");
  RS_EXPECT_EQ(to_ns(parse_rfc3339(format_rfc3339(t)).value()), to_ns(t));
}

RS_TEST(the_machines_clocks_move_forward) {
  const MonoTime before = system_clock().mono_now();
  RS_EXPECT(ringside::test::eventually([&] { return system_clock().mono_now() > before; }));
  RS_EXPECT_GT(to_ns(system_clock().wall_now()), ns_of("2025-01-01T00:00:00Z"));
}
