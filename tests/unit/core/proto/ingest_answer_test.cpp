// The answers to requests with events, in our form and in OTLP's.
#include "core/proto/ingest_answer.hpp"

#include "core/base/json.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

IngestReport report_of(std::uint64_t n_accepted, std::uint64_t n_rejected) {
  IngestReport report;
  report.n_accepted = n_accepted;
  for (std::uint64_t i = 0; i < n_rejected; ++i) {
    report.reject(i + 3, "data is missing");
  }
  return report;
}

RS_TEST(events_are_answered_with_what_became_of_them) {
  const auto answer = answer_of(IngestKind::kEvents, BodyForm::kLines, report_of(2, 1));
  RS_EXPECT_EQ(answer.status, 200u);
  RS_EXPECT_EQ(answer.content_type, "application/json");
  RS_EXPECT_EQ(answer.body,
               R"({"accepted":2,"rejected":[{"index":3,"message":"data is missing"}]})");
}

RS_TEST(a_body_without_events_is_no_error) {
  RS_EXPECT_EQ(answer_of(IngestKind::kEvents, BodyForm::kJson, report_of(0, 0)).body,
               R"({"accepted":0,"rejected":[]})");
}

RS_TEST(events_of_which_none_was_accepted_are_an_error) {
  const auto answer = answer_of(IngestKind::kEvents, BodyForm::kJson, report_of(0, 2));
  RS_EXPECT_EQ(answer.status, 400u);
  RS_EXPECT_CONTAINS(answer.body, R"("error":"invalid_events")");
  RS_EXPECT_CONTAINS(answer.body, R"("index":4)");
}

RS_TEST(a_list_that_is_cut_says_how_many_there_were) {
  const auto answer = answer_of(IngestKind::kEvents, BodyForm::kJson, report_of(1, 500));
  RS_EXPECT_CONTAINS(answer.body, R"("rejected_total":500)");
}

RS_TEST(a_broken_body_says_what_was_taken_before) {
  IngestReport report = report_of(7, 0);
  report.error = HttpError::kBadBody;
  report.message = "the gzip data ends too early";
  const auto answer = answer_of(IngestKind::kEvents, BodyForm::kJson, report);
  RS_EXPECT_EQ(answer.status, 400u);
  RS_EXPECT_CONTAINS(answer.body, R"("error":"bad_body")");
  RS_EXPECT_CONTAINS(answer.body, R"("accepted":7)");
}

RS_TEST(success_of_otlp_is_an_empty_message) {
  RS_EXPECT_EQ(answer_of(IngestKind::kOtlpLogs, BodyForm::kJson, report_of(5, 0)).body, "{}");
  const auto binary = answer_of(IngestKind::kOtlpLogs, BodyForm::kProtobuf, report_of(5, 0));
  RS_EXPECT_EQ(binary.status, 200u);
  RS_EXPECT_EQ(binary.content_type, "application/x-protobuf");
  RS_EXPECT_EQ(binary.body, "");
}

RS_TEST(partial_success_of_otlp_counts_the_rejected_in_a_string) {
  const auto logs = answer_of(IngestKind::kOtlpLogs, BodyForm::kJson, report_of(5, 2));
  RS_EXPECT_EQ(logs.status, 200u);
  RS_EXPECT_CONTAINS(logs.body, R"("rejectedLogRecords":"2")");
  const auto metrics = answer_of(IngestKind::kOtlpMetrics, BodyForm::kJson, report_of(0, 1));
  RS_EXPECT_EQ(metrics.status, 200u);
  RS_EXPECT_CONTAINS(metrics.body, R"("rejectedDataPoints":"1")");
}

// ExportLogsServiceResponse { partial_success = 1 { rejected_log_records = 1, error_message = 2 } }
RS_TEST(partial_success_of_otlp_in_protobuf) {
  const auto answer = answer_of(IngestKind::kOtlpLogs, BodyForm::kProtobuf, report_of(0, 300));
  const std::string_view message = "300 were rejected; the first, number 3: data is missing";
  std::string wanted("\x0a", 1);
  wanted += static_cast<char>(3 + 2 + message.size());
  wanted += "\x08\xac\x02\x12";
  wanted += static_cast<char>(message.size());
  wanted += message;
  RS_EXPECT_EQ(answer.body, wanted);
}

// google.rpc.Status { code = 1, message = 2 }
RS_TEST(errors_of_otlp_are_a_status_in_the_encoding_of_the_request) {
  const Refusal refusal{HttpError::kUnauthenticated, "no", {}};
  const auto binary = answer_of(IngestKind::kOtlpLogs, BodyForm::kProtobuf, refusal);
  RS_EXPECT_EQ(binary.status, 401u);
  RS_EXPECT_EQ(binary.body, std::string_view("\x08\x10\x12\x02no", 6));
  const auto text = answer_of(IngestKind::kOtlpLogs, BodyForm::kJson, refusal);
  RS_EXPECT_EQ(text.body, R"({"code":16,"message":"no"})");
}

RS_TEST(a_refusal_of_events_is_like_every_other) {
  const Refusal refusal{HttpError::kForbidden, "no", {}};
  const auto answer = answer_of(IngestKind::kEvents, BodyForm::kJson, refusal);
  RS_EXPECT_EQ(answer.body, refusal.body());
  RS_EXPECT(answer.error == HttpError::kForbidden);
}

}  // namespace
