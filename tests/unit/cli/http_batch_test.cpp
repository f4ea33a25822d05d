// Batches of lines, and the answers to them.
#include "cli/http_batch.hpp"

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;
using namespace ringside::cli;
using Verdict = HttpAnswer::Verdict;

RS_TEST(lines_keep_their_numbers_over_batches_and_blank_ones) {
  HttpBatch batch;
  for (const std::string_view line : {"{}", "", "  ", "{\"a\":1}\r"}) {
    batch.add(line);
  }
  RS_EXPECT_EQ(batch.n_events(), 2u);
  RS_EXPECT_EQ(batch.body(), "{}\n{\"a\":1}\r\n");
  RS_EXPECT_EQ(batch.line_of(0), 1u);
  RS_EXPECT_EQ(batch.line_of(1), 4u);
  batch.clear();
  RS_EXPECT(batch.empty());
  batch.add("{}");
  RS_EXPECT_EQ(batch.line_of(0), 5u);
  RS_EXPECT_EQ(batch.line_of(7), 0u);
}

RS_TEST(a_batch_is_full_by_number_or_by_size) {
  HttpBatch many;
  for (std::size_t i = 0; i < HttpBatch::kMaxEvents; ++i) {
    RS_EXPECT(!many.is_full());
    many.add("{}");
  }
  RS_EXPECT(many.is_full());
  HttpBatch large;
  large.add(std::string(HttpBatch::kMaxBytes, 'x'));
  RS_EXPECT(large.is_full());
}

RS_TEST(an_answer_counts_and_lists) {
  const HttpAnswer answer = parse_http_answer(
      200, R"({"accepted":7,"rejected":[{"index":3,"message":"why"}],"rejected_total":9})");
  RS_EXPECT(answer.verdict == Verdict::kDone);
  RS_EXPECT_EQ(answer.n_accepted, 7u);
  RS_EXPECT_EQ(answer.n_rejected, 9u);
  RS_EXPECT_EQ(answer.rejected.at(0).index, 3u);
}

RS_TEST(events_that_were_all_rejected_are_done_with) {
  const HttpAnswer answer = parse_http_answer(
      400,
      R"({"error":"invalid_events","message":"m","accepted":0,"rejected":[{"index":0,"message":"why"}]})");
  RS_EXPECT(answer.verdict == Verdict::kDone);
  RS_EXPECT_EQ(answer.n_rejected, 1u);
}

RS_TEST(an_answer_that_says_later_is_tried_again) {
  for (const long status : {408L, 409L, 429L, 502L, 503L, 504L}) {
    RS_EXPECT(parse_http_answer(status, "<html>").verdict == Verdict::kTryAgain);
  }
  for (const long status : {400L, 401L, 403L, 404L, 413L, 422L, 301L}) {
    const HttpAnswer answer = parse_http_answer(status, R"({"error":"e","message":"m"})");
    RS_EXPECT(answer.verdict == Verdict::kFailed);
    RS_EXPECT_CONTAINS(answer.message, "m (");
  }
}

RS_TEST(an_answer_of_something_else_is_a_failure_and_no_success) {
  for (const std::string_view body : {"", "OK", "{}", "[]", "<html>"}) {
    RS_EXPECT(parse_http_answer(200, body).verdict == Verdict::kFailed);
  }
}

RS_TEST(retry_after_is_seconds_and_bounded) {
  RS_EXPECT(parse_retry_after("5") == 5u);
  RS_EXPECT(parse_retry_after("86400") == 60u);
  RS_EXPECT(!parse_retry_after("Wed, 21 Oct 2026 07:28:00 GMT"));
  RS_EXPECT(!parse_retry_after(""));
}

RS_TEST(a_url_without_a_path_gets_that_of_events) {
  RS_EXPECT(events_url("https://h") == "https://h/events");
  RS_EXPECT(events_url("http://[::1]:9090/") == "http://[::1]:9090/events");
  RS_EXPECT(events_url("https://h/ringside/events") == "https://h/ringside/events");
  for (const std::string_view url : {"h", "ftp://h", "https://", "https:///x", "https://u:p@h",
                                     "https://h/?token=x", "https://h#x"}) {
    RS_EXPECT(!events_url(url));
  }
}

}  // namespace
