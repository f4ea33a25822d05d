// Events of OTLP messages: the mapping, in both encodings.
#include "core/otlp/otlp_reader.hpp"

#include <opentelemetry/proto/logs/v1/logs.pb.h>
#include <opentelemetry/proto/metrics/v1/metrics.pb.h>

#include <google/protobuf/util/json_util.h>
#include <vector>

#include "core/base/json.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;
using Next = OtlpReader::Next;

struct Read {
  std::vector<Json> events;
  std::vector<std::string> rejected;
  int n_skipped = 0;
};

Read read(OtlpSignal signal, OtlpEncoding encoding, std::string text) {
  auto body = OtlpBody::open(signal, encoding, std::move(text));
  RS_EXPECT(body.has_value());
  OtlpReader reader(std::move(*body));
  Read out;
  for (std::string event;;) {
    switch (reader.next(event)) {
      case Next::kEvent:
        out.events.push_back(RS_UNWRAP(Json::parse(event)));
        break;
      case Next::kRejected:
        out.rejected.push_back(event);
        break;
      case Next::kSkipped:
        ++out.n_skipped;
        break;
      case Next::kEnd:
        return out;
    }
  }
}

// The same from JSON and from the protobuf that it stands for. `ids`: JSON writes them as hex, which protobuf's own reader does
// not know.
Read read_both(const std::string& json) {
  Read of_json = read(OtlpSignal::kLogs, OtlpEncoding::kJson, json);
  opentelemetry::proto::logs::v1::LogsData data;
  RS_EXPECT(google::protobuf::util::JsonStringToMessage(json, &data).ok());
  const Read of_protobuf =
      read(OtlpSignal::kLogs, OtlpEncoding::kProtobuf, data.SerializeAsString());
  RS_EXPECT_EQ(of_json.events.size(), of_protobuf.events.size());
  for (std::size_t i = 0; i < of_json.events.size(); ++i) {
    RS_EXPECT_EQ(of_json.events[i].dump(), of_protobuf.events[i].dump());
  }
  return of_json;
}

std::string logs(std::string_view records, std::string_view context = "") {
  return R"({"resourceLogs":[{)" + std::string(context) +
         R"("scopeLogs":[{"scope":{"name":"lib","version":"1"},"logRecords":[)" +
         std::string(records) + "]}]}]}";
}

Json one_log(const std::string& record) {
  Read out = read_both(logs(record));
  RS_EXPECT_EQ(out.events.size(), 1u);
  return std::move(out.events[0]);
}

RS_TEST(a_log_record_becomes_a_log_entry) {
  Read out = read_both(logs(
      R"({"timeUnixNano":"1544712660300000000","severityNumber":17,"severityText":"Err","body":{"stringValue":"no"},
          "attributes":[{"key":"n","value":{"intValue":"9223372036854775807"}},{"key":"ok","value":{"boolValue":true}}]})",
      R"("resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},)"));
  const Json& event = out.events.at(0);
  RS_EXPECT_EQ(
      event.dump(),
      R"({"event_type":"LogEntry","timestamp":"2018-12-13T14:51:00.300000Z","data":{"level":"ERROR","message":"no","component":"shop",)"
      R"("details":{"n":9223372036854775807,"ok":true}},"metadata":{"source":"otlp","resource":{"service.name":"shop"},)"
      R"("scope":{"name":"lib","version":"1"},"severity_text":"Err"}})");
}

RS_TEST(severities_come_in_fours) {
  constexpr std::string_view kWanted[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
  for (int number = 1; number <= 24; ++number) {
    RS_EXPECT(one_log(R"({"severityNumber":)" + std::to_string(number) + "}")["data"]["level"]
                  .as_string() == kWanted[(number - 1) / 4]);
  }
  RS_EXPECT(one_log(R"({"severityText":"warning"})")["data"]["level"].as_string() == "warning");
  RS_EXPECT(one_log(R"({"severityText":"odd"})")["data"]["level"].as_string() == "INFO");
  RS_EXPECT(one_log(R"({"severityNumber":99})")["data"]["level"].as_string() == "INFO");
}

RS_TEST(a_body_that_is_not_text_is_json_text) {
  const auto message = [](const std::string& record) {
    const Json event = one_log(record);
    return std::string(event["data"]["message"].as_string().value_or("none"));
  };
  RS_EXPECT_EQ(
      message(
          R"({"body":{"kvlistValue":{"values":[{"key":"a","value":{"arrayValue":{"values":[{"doubleValue":1.5},{}]}}}]}}})"),
      R"({"a":[1.5,null]})");
  RS_EXPECT_EQ(message(R"({"body":{"bytesValue":"AQID"}})"), R"("AQID")");
  RS_EXPECT_EQ(message(R"({"eventName":"started"})"), "started");
  RS_EXPECT_EQ(message("{}"), "");
}

RS_TEST(a_time_that_is_none_leaves_the_time_of_receipt) {
  RS_EXPECT(!one_log(R"({"timeUnixNano":"0"})")["timestamp"].present());
  RS_EXPECT(!one_log(R"({"timeUnixNano":"18446744073709551615"})")["timestamp"].present());
  RS_EXPECT(one_log(R"({"observedTimeUnixNano":"1544712660300000000"})")["timestamp"].as_string() ==
            "2018-12-13T14:51:00.300000Z");
  RS_EXPECT(
      one_log(R"({"timeUnixNano":1544712660300000000})")["timestamp"].present());  // a bare number
}

RS_TEST(ids_are_hex_in_both_encodings) {
  const std::string trace = "5B8EFFF798038103D269B633813FC60C";
  const Read json =
      read(OtlpSignal::kLogs, OtlpEncoding::kJson,
           logs(R"({"traceId":")" + trace +
                R"(","spanId":"eee19b7ec3c1b174"},{"traceId":"","spanId":""},{"spanId":"00"})"));
  RS_EXPECT_EQ(json.events.size(), 2u);
  RS_EXPECT_EQ(json.rejected.size(), 1u);  // half a byte is no id
  RS_EXPECT(json.events[0]["metadata"]["trace_id"].as_string() ==
            "5b8efff798038103d269b633813fc60c");
  RS_EXPECT(json.events[0]["metadata"]["span_id"].as_string() == "eee19b7ec3c1b174");
  RS_EXPECT(!json.events[1]["metadata"]["trace_id"].present());
  opentelemetry::proto::logs::v1::LogsData data;
  auto* const record = data.add_resource_logs()->add_scope_logs()->add_log_records();
  record->set_trace_id("\x5b\x8e\xff\xf7\x98\x03\x81\x03\xd2\x69\xb6\x33\x81\x3f\xc6\x0c");
  record->set_span_id("short");
  const Read binary = read(OtlpSignal::kLogs, OtlpEncoding::kProtobuf, data.SerializeAsString());
  RS_EXPECT_EQ(binary.events.size(), 1u);
  RS_EXPECT(binary.events[0]["metadata"]["trace_id"].as_string() ==
            "5b8efff798038103d269b633813fc60c");
  RS_EXPECT(!binary.events[0]["metadata"]["span_id"].present());
}

RS_TEST(names_with_nul_are_kept_readable) {
  const Read out = read(OtlpSignal::kLogs, OtlpEncoding::kJson,
                        logs(R"({"attributes":[{"key":"a\u0000b","value":{"stringValue":"x"}}]})"));
  RS_EXPECT_EQ(out.events.size(), 1u);
  RS_EXPECT(out.events[0]["data"]["details"]["a\xEF\xBF\xBD"
                                             "b"]
                .as_string() == "x");
}

RS_TEST(a_broken_record_is_rejected_and_the_next_is_read) {
  const Read out = read(OtlpSignal::kLogs, OtlpEncoding::kJson,
                        logs(R"(7,{"body":"x"},{"unknown":[1],"severityNumber":9})"));
  RS_EXPECT_EQ(out.rejected.size(), 2u);
  RS_EXPECT_EQ(out.events.size(), 1u);
}

RS_TEST(a_context_or_a_record_that_is_too_long_is_rejected) {
  const std::string large(OtlpReader::kMaxContextBytes + 1, 'x');
  const Read context =
      read(OtlpSignal::kLogs, OtlpEncoding::kJson,
           logs("{},{}", R"("resource":{"attributes":[{"key":"k","value":{"stringValue":")" +
                             large + R"("}}]},)"));
  RS_EXPECT_EQ(context.rejected.size(), 2u);
  RS_EXPECT_CONTAINS(context.rejected[0], "too long");
  const Read record = read(OtlpSignal::kLogs, OtlpEncoding::kJson,
                           logs(R"({"body":{"stringValue":")" +
                                std::string(OtlpReader::kMaxRecordBytes, 'x') + R"("}},{})"));
  RS_EXPECT_EQ(record.rejected.size(), 1u);
  RS_EXPECT_EQ(record.events.size(), 1u);
}

Read metrics(const std::string& metric) {
  return read(OtlpSignal::kMetrics, OtlpEncoding::kJson,
              R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[)" + metric + "]}]}]}");
}

RS_TEST(gauges_and_sums_have_an_event_for_each_point) {
  const Read out = metrics(
      R"({"name":"q","unit":"1","gauge":{"dataPoints":[{"asInt":"7","attributes":[{"key":"host","value":{"stringValue":"a"}}]},{"asDouble":1.5}]}},)"
      R"({"name":"n","sum":{"isMonotonic":true,"aggregationTemporality":2,"dataPoints":[{"asInt":"9007199254740993"}]}},)"
      R"({"name":"u","sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA","dataPoints":[{"asDouble":-1}]}})");
  RS_EXPECT_EQ(out.events.size(), 4u);
  RS_EXPECT_EQ(
      out.events[0]["data"].dump(),
      R"({"metric_name":"q","metric_type":"gauge","value":7,"unit":"1","labels":{"host":"a"}})");
  RS_EXPECT(out.events[1]["data"]["value"].as_number() == 1.5);
  RS_EXPECT(out.events[2]["data"]["value"].as_integer() == 9007199254740993);
  RS_EXPECT(out.events[2]["data"]["metric_type"].as_string() == "counter");
  RS_EXPECT(out.events[2]["metadata"]["aggregation"].as_string() == "cumulative");
  RS_EXPECT(out.events[3]["data"]["metric_type"].as_string() == "gauge");
  RS_EXPECT(out.events[3]["metadata"]["aggregation"].as_string() == "delta");
}

RS_TEST(distributions_have_their_mean_and_statistics) {
  const Read out = metrics(
      R"({"name":"h","unit":"ms","histogram":{"dataPoints":[{"count":"4","sum":10,"min":1,"max":4,"explicitBounds":[2],"bucketCounts":["1","3"]},{"count":"0"}]}},)"
      R"({"name":"e","exponentialHistogram":{"dataPoints":[{"count":"2","sum":3,"scale":1,"zeroCount":"1","positive":{"offset":-1,"bucketCounts":["2"]}}]}},)"
      R"({"name":"s","summary":{"dataPoints":[{"count":"2","sum":3,"quantileValues":[{"quantile":0.5,"value":1}]}]}})");
  RS_EXPECT_EQ(out.events.size(), 4u);
  RS_EXPECT_EQ(
      out.events[0]["data"].dump(),
      R"({"metric_name":"h","metric_type":"histogram","value":2.5,"unit":"ms","statistics":{"count":4,"sum":10.0,"min":1.0,"max":4.0,"bounds":[2.0],"buckets":[1,3]}})");
  RS_EXPECT(out.events[1]["data"]["value"].as_integer() == 0);
  RS_EXPECT(out.events[2]["data"]["statistics"]["positive"]["offset"].as_integer() == -1);
  RS_EXPECT(out.events[3]["data"]["metric_type"].as_string() == "summary");
  RS_EXPECT(out.events[3]["data"]["statistics"]["quantiles"]["0.5"].as_number() == 1.0);
}

RS_TEST(a_point_without_a_number_is_rejected_or_skipped) {
  const Read out = metrics(
      R"({"name":"g","gauge":{"dataPoints":[{"asDouble":"NaN"},{"asDouble":"Infinity"},{},{"flags":1},{"asInt":"1"}]}},{"name":"none"})");
  RS_EXPECT_EQ(out.rejected.size(), 3u);
  RS_EXPECT_CONTAINS(out.rejected[0], "the value of g");
  RS_EXPECT_EQ(out.n_skipped, 2);
  RS_EXPECT_EQ(out.events.size(), 1u);
}

RS_TEST(labels_are_text_numbers_or_booleans) {
  const Read out = metrics(
      R"({"name":"g","gauge":{"dataPoints":[{"asInt":"1","attributes":[{"key":"a","value":{"arrayValue":{"values":[{"intValue":"1"}]}}},{"key":"b","value":{"boolValue":true}},{"key":"b","value":{"intValue":"2"}}]}]}})");
  RS_EXPECT_EQ(out.events[0]["data"]["labels"].dump(), R"({"a":"[1]","b":2})");
}

}  // namespace
