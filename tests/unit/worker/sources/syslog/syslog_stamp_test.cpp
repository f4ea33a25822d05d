// Timestamps without a year or a zone.
#include "worker/sources/syslog/syslog_stamp.hpp"

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

std::string at(std::string_view text, std::string_view received) {
  const auto stamp = take_bsd_stamp(text);
  const auto time = stamp ? time_of(*stamp, *parse_rfc3339(received)) : std::nullopt;
  return time ? format_rfc3339(*time) : "none";
}

RS_TEST(the_year_is_the_one_that_fits) {
  RS_EXPECT_EQ(at("Dec 31 23:59:59 x", "2026-01-01T00:00:05Z"), "2025-12-31T23:59:59.000000Z");
  RS_EXPECT_EQ(at("Jan  1 00:00:01 x", "2025-12-31T23:59:59Z"), "2026-01-01T00:00:01.000000Z");
  RS_EXPECT_EQ(at("Nov 26 2024 06:56:32.25 x", "2026-11-26T00:00:00Z"),
               "2024-11-26T06:56:32.250000Z");
}

RS_TEST(a_leap_day_is_in_a_leap_year_or_nowhere) {
  RS_EXPECT_EQ(at("Feb 29 00:00:00 x", "2024-03-01T00:00:00Z"), "2024-02-29T00:00:00.000000Z");
  RS_EXPECT_EQ(at("Feb 29 00:00:00 x", "2025-03-01T00:00:00Z"), "2024-02-29T00:00:00.000000Z");
  RS_EXPECT_EQ(at("Feb 29 00:00:00 x", "2026-11-26T00:00:00Z"), "none");
  RS_EXPECT_EQ(at("Feb 29 2023 00:00:00 x", "2026-11-26T00:00:00Z"), "none");
}

RS_TEST(a_year_that_no_clock_has_is_no_time) {
  RS_EXPECT_EQ(at("Feb  2 0702 03:04:05 x", "2026-11-26T00:00:00Z"), "none");
  RS_EXPECT_EQ(at("Feb  2 9999 03:04:05 x", "2026-11-26T00:00:00Z"), "none");
}

RS_TEST(what_is_no_stamp_is_left) {
  for (const char* text :
       {"Nov 26", "Nov 26 6:5", "Foo 26 06:56:32 x", "Nov 32 06:56:32 x", "Nov 26 06:56:32", ""}) {
    std::string_view rest = text;
    RS_EXPECT(!take_bsd_stamp(rest));
    RS_EXPECT_EQ(rest, text);
  }
}

RS_TEST(another_time_zone_is_no_other_time) {
  const WallTime now = *parse_rfc3339("2026-11-26T10:00:00Z");
  for (const char* text : {"2026-11-26T10:00:01Z", "2026-11-26T12:00:00Z", "2026-11-26T04:29:59Z",
                           "2026-11-26T00:14:59Z"}) {
    RS_EXPECT(is_of_now(*parse_rfc3339(text), now));
  }
  for (const char* text :
       {"2026-11-26T10:05:00Z", "2026-11-25T10:00:00Z", "2026-11-26T09:50:00Z"}) {
    RS_EXPECT(!is_of_now(*parse_rfc3339(text), now));
  }
}

}  // namespace
