// Each kind of answer, and what is none.
#include "cli/worker_answer.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;
using cli::parse_worker_answer;

namespace {

cli::WorkerAnswer unwrapped(std::optional<cli::WorkerAnswer> answer) {
  RS_EXPECT(answer.has_value());
  return *answer;
}

}  // namespace

RS_TEST(an_acknowledgement_counts_events) {
  const auto answer = unwrapped(parse_worker_answer(R"({"ack":12})"));
  RS_EXPECT_EQ(*answer.n_acknowledged, 12U);
  RS_EXPECT(!answer.error);
  RS_EXPECT_EQ(answer.n_rejected, 0U);
}

RS_TEST(a_rejection_has_the_line_of_the_input) {
  const auto answer = unwrapped(
      parse_worker_answer(R"({"error":"invalid_event","line":4,"message":"data is missing"})"));
  RS_EXPECT_EQ(*answer.line, 3U);
  RS_EXPECT_EQ(*answer.error, "data is missing");
  RS_EXPECT_EQ(answer.n_rejected, 1U);
  RS_EXPECT(!answer.n_acknowledged);
}

RS_TEST(rejections_that_were_summed_up_all_count) {
  const auto answer = unwrapped(
      parse_worker_answer(R"({"error":"answers_suppressed","count":70,"message":"70 answers"})"));
  RS_EXPECT_EQ(answer.n_rejected, 70U);
  RS_EXPECT(!answer.line);
}

RS_TEST(a_refused_connection_counts_no_event) {
  const auto answer = unwrapped(parse_worker_answer(R"({"error":"refused"})"));
  RS_EXPECT_EQ(answer.n_rejected, 0U);
  RS_EXPECT_EQ(*answer.error, "rejected");
}

RS_TEST(what_is_no_answer_is_none) {
  for (const char* line : {"", "[]", "{", "7"}) {
    RS_EXPECT(!parse_worker_answer(line));
  }
  const auto odd = unwrapped(parse_worker_answer(R"({"ack":-5,"error":1,"line":0,"count":-3})"));
  RS_EXPECT_EQ(*odd.n_acknowledged, 0U);
  RS_EXPECT_EQ(*odd.line, 0U);
}
