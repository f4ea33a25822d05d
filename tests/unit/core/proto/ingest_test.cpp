// The paths that take events, and the headers that say how.
#include "core/proto/ingest.hpp"

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

RS_TEST(each_path_is_found_and_no_other) {
  for (const IngestPath& row : ingest_paths()) {
    RS_EXPECT(ingest_of_path(row.path) == row.kind);
    RS_EXPECT_EQ(info_of(row.kind).path, row.path);
  }
  for (const std::string_view path : {"/event", "/events/", "/v1/traces", "/EVENTS", ""}) {
    RS_EXPECT(!ingest_of_path(path));
  }
}

RS_TEST(a_content_type_names_the_form_whatever_its_case_and_parameters) {
  RS_EXPECT(body_form_of(IngestKind::kEvents, "Application/JSON; charset=utf-8") ==
            BodyForm::kJson);
  RS_EXPECT(body_form_of(IngestKind::kEvents, "application/x-ndjson") == BodyForm::kLines);
  RS_EXPECT(body_form_of(IngestKind::kEvents, "") == BodyForm::kJson);
  RS_EXPECT(body_form_of(IngestKind::kEvents, "application/x-www-form-urlencoded") ==
            BodyForm::kJson);
  RS_EXPECT(body_form_of(IngestKind::kOtlpLogs, "application/x-protobuf") == BodyForm::kProtobuf);
  RS_EXPECT(body_form_of(IngestKind::kOtlpMetrics, "application/json") == BodyForm::kJson);
}

RS_TEST(a_type_that_the_path_does_not_take_is_none) {
  RS_EXPECT(!body_form_of(IngestKind::kEvents, "application/x-protobuf"));
  RS_EXPECT(!body_form_of(IngestKind::kEvents, "multipart/form-data; boundary=x"));
  RS_EXPECT(!body_form_of(IngestKind::kOtlpLogs, ""));
  RS_EXPECT(!body_form_of(IngestKind::kOtlpLogs, "application/x-ndjson"));
}

RS_TEST(gzip_is_the_one_coding) {
  RS_EXPECT(is_gzip_of("") == false);
  RS_EXPECT(is_gzip_of("identity") == false);
  RS_EXPECT(is_gzip_of(" GZIP ") == true);
  for (const std::string_view coding : {"br", "deflate", "gzip, gzip", "gzip, identity"}) {
    RS_EXPECT(!is_gzip_of(coding));
  }
}

RS_TEST(a_key_is_visible_ascii_with_or_without_quotes) {
  RS_EXPECT(idempotency_key_of("8e03978e-40d5") == "8e03978e-40d5");
  RS_EXPECT(idempotency_key_of("\"8e03978e-40d5\"") == "8e03978e-40d5");
  RS_EXPECT(idempotency_key_of(std::string(255, 'k')).has_value());
  RS_EXPECT(!idempotency_key_of(std::string(256, 'k')));
  for (const std::string_view key : {"", "\"\"", "two words", "k\xc3\xbc", "a\"b"}) {
    RS_EXPECT(!idempotency_key_of(key));
  }
}

}  // namespace
