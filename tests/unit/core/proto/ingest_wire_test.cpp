// What plugin and worker say to each other about a request with events.
#include "core/proto/ingest_wire.hpp"

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

RS_TEST(a_hello_is_read_as_it_was_written) {
  const IngestHello hello{IngestKind::kOtlpMetrics, BodyForm::kProtobuf, true, "ci \"é\"", "k-1"};
  const std::string line = hello.to_line();
  RS_EXPECT_EQ(line.back(), '\n');
  const IngestHello read = RS_UNWRAP(IngestHello::parse(line));
  RS_EXPECT(read.kind == hello.kind);
  RS_EXPECT(read.form == hello.form);
  RS_EXPECT(read.is_gzip);
  RS_EXPECT_EQ(read.user, hello.user);
  RS_EXPECT_EQ(read.key, hello.key);
}

RS_TEST(a_hello_without_a_user_or_of_another_version_is_refused) {
  for (const std::string_view line :
       {R"({"type":"hello","version":1,"kind":"events","form":"json"})",
        R"({"type":"hello","version":1,"kind":"events","form":"xml","user":"u"})",
        R"({"type":"hello","version":1,"kind":"spans","form":"json","user":"u"})",
        R"({"type":"hello","version":2,"kind":"events","form":"json","user":"u"})",
        R"({"event_type":"LogEntry"})", "", "[]"}) {
    RS_EXPECT(!IngestHello::parse(line));
  }
}

RS_TEST(the_head_of_a_frame_is_its_length_big_endian) {
  const auto head = ingest_frame_head(0x01020304);
  RS_EXPECT_EQ(std::string_view(head.data(), head.size()), "\x01\x02\x03\x04");
}

RS_TEST(a_report_is_read_as_it_was_written) {
  IngestReport report;
  report.n_accepted = 12;
  report.reject(3, "data is missing");
  report.error = HttpError::kBadBody;
  report.message = "the body ends inside the array";
  const IngestReport read = RS_UNWRAP(IngestReport::parse(report.to_line()));
  RS_EXPECT_EQ(read.n_accepted, 12u);
  RS_EXPECT_EQ(read.n_rejected, 1u);
  RS_EXPECT_EQ(read.rejected.at(0).index, 3u);
  RS_EXPECT_EQ(read.rejected.at(0).message, "data is missing");
  RS_EXPECT(read.error == HttpError::kBadBody);
  RS_EXPECT_EQ(read.message, report.message);
}

RS_TEST(the_list_of_rejected_events_is_bounded_and_the_count_is_not) {
  IngestReport report;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    report.reject(i, std::string(5000, '\x1b'));
  }
  RS_EXPECT_EQ(report.n_rejected, 1000u);
  RS_EXPECT_EQ(report.rejected.size(), IngestReport::kMaxListed);
  RS_EXPECT(report.to_line().size() < kMaxIngestReportBytes);
  RS_EXPECT_EQ(report.rejected[0].message.find('\x1b'), std::string::npos);
}

RS_TEST(what_is_no_report_is_refused) {
  RS_EXPECT(!IngestReport::parse("{}"));
  RS_EXPECT(!IngestReport::parse("nonsense"));
  RS_EXPECT(!IngestReport::parse(R"({"accepted":1,"error":"of_another_version"})"));
}

}  // namespace
