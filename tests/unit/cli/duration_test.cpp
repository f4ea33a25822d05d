// What people type for a time, and what they read.
#include "cli/duration.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace ringside::cli;
using std::chrono::milliseconds;

RS_TEST(times_are_read_as_people_type_them) {
  RS_EXPECT_EQ(parse_duration("250ms").value(), milliseconds(250));
  RS_EXPECT_EQ(parse_duration("90s").value(), milliseconds(90'000));
  RS_EXPECT_EQ(parse_duration("10m").value(), milliseconds(600'000));
  RS_EXPECT_EQ(parse_duration("10min").value(), milliseconds(600'000));
  RS_EXPECT_EQ(parse_duration("12h").value(), milliseconds(43'200'000));
  RS_EXPECT_EQ(parse_duration("7d").value(), milliseconds(604'800'000));
  RS_EXPECT_EQ(parse_duration("0s").value(), milliseconds(0));
}

RS_TEST(what_is_no_time_is_refused) {
  for (const char* text :
       {"", "m", "s", "ten", "-1s", "5 apples", "1e30d", "2025-09-26T10:00:00Z", "5f3a9c1e:7"}) {
    RS_EXPECT(!parse_duration(text));
  }
}

RS_TEST(spans_are_rounded_for_reading) {
  RS_EXPECT_EQ(describe_duration(milliseconds(412)), "412 ms");
  RS_EXPECT_EQ(describe_duration(milliseconds(3200)), "3.2 s");
  RS_EXPECT_EQ(describe_duration(milliseconds(4 * 60'000 + 5000)), "4 min");
  RS_EXPECT_EQ(describe_duration(milliseconds(125 * 60'000)), "2 h 5 min");
  RS_EXPECT_EQ(describe_duration(milliseconds(3 * 86'400'000)), "3 days");
}

RS_TEST(sizes_and_counts_are_readable) {
  RS_EXPECT_EQ(describe_bytes(412), "412 B");
  RS_EXPECT_EQ(describe_bytes(3174), "3.1 KiB");
  RS_EXPECT_EQ(describe_bytes(64U << 20U), "64.0 MiB");
  RS_EXPECT_EQ(describe_count(0), "0");
  RS_EXPECT_EQ(describe_count(999), "999");
  RS_EXPECT_EQ(describe_count(1000), "1,000");
  RS_EXPECT_EQ(describe_count(1'234'567), "1,234,567");
}
