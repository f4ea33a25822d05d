#include "worker/cluster/reading.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace ringside::cluster;
using Verdict = Reading::Verdict;

namespace {

// The message `number`, which continues `before`.
LogMessage after(const LogMessage& before, std::uint64_t number, const char* body = "{}\n",
                 std::uint32_t count = 1) {
  LogMessage message;
  message.number = number;
  message.epoch = Epoch{7};
  message.base = before.base + before.count;
  message.count = count;
  message.node = "a";
  message.body = body;
  message.chain = chain_of(before.chain, message);
  return message;
}

}  // namespace

RS_TEST(messages_that_continue_each_other_are_the_history) {
  const LogMessage first = after({}, 5);
  const LogMessage second = after(first, 6);
  Reading reading;
  reading.begin_after(4);
  RS_EXPECT(reading.take(first) == Verdict::kPart);
  RS_EXPECT(reading.take(second) == Verdict::kPart);
  RS_EXPECT(reading.take(first) == Verdict::kKnown);
  RS_EXPECT(reading.take(after(second, 8)) == Verdict::kMissing);
  RS_EXPECT_EQ(reading.first(), 5U);
  RS_EXPECT_EQ(reading.number(), 6U);
  RS_EXPECT_EQ(reading.last_part(), 6U);
  RS_EXPECT_EQ(reading.end().base, 2U);
  RS_EXPECT(reading.left_out().empty());
}

RS_TEST(what_continues_something_else_is_left_out_and_the_history_goes_on_after_it) {
  const LogMessage part = after({}, 10);
  const LogMessage lost = after(part, 11, "{\"lost\":1}\n", 2);
  const LogMessage of_lost = after(lost, 11);
  const LogMessage next = after(part, 12);
  Reading reading;
  reading.begin_at(part);
  RS_EXPECT(reading.take(of_lost) == Verdict::kVoid);
  RS_EXPECT(reading.take(next) == Verdict::kPart);
  RS_EXPECT_EQ(reading.left_out().size(), 1U);
  RS_EXPECT_EQ(reading.left_out().at(11), of_lost.chain);
  RS_EXPECT_EQ(reading.end().chain, next.chain);
}

RS_TEST(where_nothing_is_known_the_longer_history_is_the_one) {
  const LogMessage lost = after({}, 0, "{\"lost\":1}\n");
  const LogMessage of_lost = after(lost, 1);
  const LogMessage part = after({}, 2);
  const LogMessage next = after(part, 3);
  Reading reading;
  reading.begin_after(0);
  RS_EXPECT(reading.take(of_lost) == Verdict::kPart);
  RS_EXPECT(reading.take(part) == Verdict::kVoid);
  RS_EXPECT(reading.take(next) == Verdict::kAgain);
  RS_EXPECT_EQ(reading.number(), 1U);
  RS_EXPECT(reading.take(part) == Verdict::kPart);
  RS_EXPECT(reading.take(next) == Verdict::kPart);
}

RS_TEST(from_a_known_start_a_longer_run_of_others_is_left_out_all_the_same) {
  const LogMessage part = after({}, 1);
  LogMessage other = after(after(part, 0, "{\"lost\":1}\n"), 2);
  Reading reading;
  reading.begin_at(part);
  for (std::uint64_t number = 2; number < 40; ++number) {
    other.number = number;
    RS_EXPECT(reading.take(other) == Verdict::kVoid);
    other = after(other, number + 1);
  }
  RS_EXPECT_EQ(reading.last_part(), 1U);
}

RS_TEST(what_is_not_of_a_node_is_never_the_history) {
  LogMessage foreign;
  foreign.number = 1;
  Reading reading;
  reading.begin_after(0);
  RS_EXPECT(reading.take(foreign) == Verdict::kVoid);
  RS_EXPECT(reading.take(after({}, 2)) == Verdict::kPart);
}
