// `since` texts: a time, or exactly what is an event id.
#include "core/event/since.hpp"

#include <string>
#include <vector>

#include "core/event/event_id.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(ids_are_accepted_in_their_one_spelling) {
  const std::vector<std::string> texts = {"5f3a9c1e:184467",
                                          "00000000:0",
                                          "ffffffff:18446744073709551615",
                                          "ffffffff:18446744073709551616",
                                          "5f3a9c1e:0184467",
                                          "5f3a9c1e:00",
                                          "5F3A9C1E:1",
                                          "5f3a9c1e:",
                                          "5f3a9c1:1",
                                          "5f3a9c1e1:1",
                                          "5f3a9c1e:-1",
                                          "5f3a9c1e:+1",
                                          "5f3a9c1e: 1",
                                          "5f3a9c1e:1 ",
                                          "5f3a9c1g:1",
                                          ":1",
                                          "",
                                          std::string("5f3a9c1e:1\0", 11)};
  int n_good = 0;
  for (const std::string& text : texts) {
    RS_EXPECT_EQ(is_valid_since(text), parse_event_id(text).has_value());
    n_good += is_valid_since(text) ? 1 : 0;
  }
  RS_EXPECT_EQ(n_good, 3);
}

RS_TEST(since_is_a_time_or_an_id) {
  RS_EXPECT(is_valid_since("2025-09-26T10:00:00Z"));
  RS_EXPECT(is_valid_since("2025-09-26T10:00:00.5+02:00"));
  RS_EXPECT(is_valid_since("5f3a9c1e:1"));
  RS_EXPECT(!is_valid_since("2025-02-30T10:00:00Z"));
  RS_EXPECT(!is_valid_since("yesterday"));
  RS_EXPECT(!is_valid_since("10"));
  RS_EXPECT(!is_valid_since(""));
}

RS_TEST(a_time_ago_is_before_now_and_strict) {
  const WallTime now = *parse_rfc3339("2026-11-26T12:00:00Z");
  const auto seconds_before_now = [&](std::string_view text) {
    const auto time = time_of_since(text, now);
    RS_EXPECT(time.has_value());
    return std::chrono::duration_cast<std::chrono::seconds>(now - *time).count();
  };
  RS_EXPECT_EQ(seconds_before_now("-90s"), 90);
  RS_EXPECT_EQ(seconds_before_now("-5m"), 300);
  RS_EXPECT_EQ(seconds_before_now("-12h"), 43'200);
  RS_EXPECT_EQ(seconds_before_now("-7d"), 604'800);
  RS_EXPECT_EQ(seconds_before_now("-0s"), 0);
  RS_EXPECT_EQ(seconds_before_now("-999999999d"), seconds_before_now("-999999998d"));
  RS_EXPECT(time_of_since("2026-11-26T11:00:00Z", now) == now - std::chrono::hours(1));
  for (const char* text : {"1h", "+1h", "-h", "-", "--1h", "-1", "-1w", "-1hr", "-1 h", "- 1h",
                           "-1.5h", "-1h30m", "-1000000000s", "5f3a9c1e:1"}) {
    RS_EXPECT(!time_of_since(text, now));
  }
}
