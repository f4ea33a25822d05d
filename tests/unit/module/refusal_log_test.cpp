#include "module/refusal_log.hpp"

#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

const Refusal kExpired{HttpError::kUnauthenticated, "the token has expired", {}};

}  // namespace

RS_TEST(line_says_who_where_and_why) {
  const ManualClock clock;
  RefusalLog log(clock);
  RS_EXPECT_EQ(log.line("203.0.113.7", "/ws", kExpired),
               "refused 203.0.113.7 on /ws: 401 unauthenticated: the token has expired");
  RS_EXPECT_EQ(
      log.line("203.0.113.7", "/ws", Refusal(kExpired).of("alice")),
      "refused 203.0.113.7 on /ws: 401 unauthenticated: the token has expired (user alice)");
}

RS_TEST(more_refusals_than_a_log_can_bear_are_counted_in_the_next_line) {
  ManualClock clock;
  RefusalLog log(clock);
  for (std::uint32_t i = 0; i < RefusalLog::kLinesPerSecond; ++i) {
    RS_EXPECT(log.admits());
  }
  for (int i = 0; i < 1000; ++i) {
    RS_EXPECT(!log.admits());
  }
  clock.advance(std::chrono::seconds(1));
  RS_EXPECT(log.admits());
  RS_EXPECT_CONTAINS(log.line("::1", "/ws", kExpired),
                     "; 1000 refusals before this one have no line");
  RS_EXPECT_NOT_CONTAINS(log.line("::1", "/ws", kExpired), "no line");
}

RS_TEST(long_paths_and_users_are_cut_and_cannot_break_the_line) {
  const ManualClock clock;
  RefusalLog log(clock);
  const std::string line = log.line("::1", "/" + std::string(20000, 'a'),
                                    Refusal(kExpired).of("a\nrefused 192.0.2.1 on /ws"));
  RS_EXPECT(line.size() < 300);
  RS_EXPECT_NOT_CONTAINS(line, "\n");
  RS_EXPECT(line.starts_with("refused ::1 on /aaa"));
}
