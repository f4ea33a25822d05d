#include "module/refusal_log.hpp"

#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

std::optional<std::string> line_at(RefusalLog& log, const ManualClock& clock,
                                   const RefusalLog::Client& client = {"203.0.113.7", "/ws", {}}) {
  return log.line_for(client, 401, "unauthenticated", "the token has expired", clock.mono_now());
}

}  // namespace

RS_TEST(line_says_who_where_and_why) {
  RefusalLog log;
  const ManualClock clock;
  RS_EXPECT_EQ(line_at(log, clock).value_or(""),
               "refused 203.0.113.7 on /ws: 401 unauthenticated: the token has expired");
  RS_EXPECT_EQ(
      line_at(log, clock, {"203.0.113.7", "/ws", "alice"}).value_or(""),
      "refused 203.0.113.7 on /ws: 401 unauthenticated: the token has expired (user alice)");
}

RS_TEST(more_refusals_than_a_log_can_bear_are_counted_in_the_next_line) {
  RefusalLog log;
  ManualClock clock;
  for (std::uint32_t i = 0; i < RefusalLog::kLinesPerSecond; ++i) {
    RS_EXPECT(line_at(log, clock).has_value());
  }
  for (int i = 0; i < 1000; ++i) {
    RS_EXPECT(!line_at(log, clock).has_value());
  }
  clock.advance(std::chrono::seconds(1));
  RS_EXPECT_CONTAINS(line_at(log, clock).value_or(""),
                     "; 1000 refusals before this one have no line");
  RS_EXPECT(line_at(log, clock).value_or("").find("no line") == std::string::npos);
}

RS_TEST(long_paths_and_users_are_cut_and_cannot_break_the_line) {
  RefusalLog log;
  const ManualClock clock;
  const std::string path = "/" + std::string(20000, 'a');
  const std::string line =
      line_at(log, clock, {"::1", path, "a\nrefused 192.0.2.1 on /ws"}).value_or("");
  RS_EXPECT(line.size() < 300);
  RS_EXPECT(line.find('\n') == std::string::npos);
  RS_EXPECT(line.starts_with("refused ::1 on /aaa"));
}
