// Where the records of a request are.
#include "core/otlp/otlp_body.hpp"

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

std::string field(int number, std::string_view bytes) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  for (std::size_t n = bytes.size();; n >>= 7U) {
    out += static_cast<char>((n & 0x7FU) | (n > 0x7F ? 0x80U : 0U));
    if (n <= 0x7F) {
      break;
    }
  }
  return out + std::string(bytes);
}

auto open_json(std::string text, OtlpSignal signal = OtlpSignal::kLogs) {
  return OtlpBody::open(signal, OtlpEncoding::kJson, std::move(text));
}
auto open_protobuf(std::string bytes) {
  return OtlpBody::open(OtlpSignal::kLogs, OtlpEncoding::kProtobuf, std::move(bytes));
}

RS_TEST(records_are_found_with_their_contexts_in_any_order_of_members) {
  const auto body = open_json(
      R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"a":1},{"b":2}],"scope":{"name":"s"}},{"logRecords":[{"c":3}]}],
          "resource":{"attributes":[]}},{"scopeLogs":null}],"more":[1]})");
  RS_EXPECT(body.has_value());
  RS_EXPECT_EQ(body->n_records(), 3u);
  RS_EXPECT_EQ(body->record(1), R"({"b":2})");
  RS_EXPECT_EQ(body->context(body->context_of(0)).resource, R"({"attributes":[]})");
  RS_EXPECT_EQ(body->context(body->context_of(0)).scope, R"({"name":"s"})");
  RS_EXPECT_EQ(body->context(body->context_of(2)).scope, "");
}

RS_TEST(metrics_have_names_of_their_own) {
  const auto body =
      open_json(R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m"}]}]}]})",
                OtlpSignal::kMetrics);
  RS_EXPECT(body.has_value());
  RS_EXPECT_EQ(body->n_records(), 1u);
  RS_EXPECT_EQ(
      open_json(R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{}]}]}]})")->n_records(), 0u);
}

RS_TEST(scopes_without_records_take_no_memory) {
  std::string scopes;
  for (int i = 0; i < 10'000; ++i) {
    scopes += field(2, "");
  }
  const auto body = open_protobuf(field(1, scopes + field(2, field(2, "R"))));
  RS_EXPECT(body.has_value());
  RS_EXPECT_EQ(body->n_records(), 1u);
  RS_EXPECT_EQ(body->n_contexts(), 1u);
  const auto json = open_json(
      R"({"resourceLogs":[{"scopeLogs":[{},{"logRecords":[]},{"scope":{"name":"s"},"logRecords":[{}]}]}]})");
  RS_EXPECT_EQ(json->n_contexts(), 1u);
  RS_EXPECT_EQ(json->context(json->context_of(0)).scope, R"({"name":"s"})");
}

RS_TEST(protobuf_is_walked_the_same_way) {
  const std::string scope = field(2, "R1") + field(1, "SCOPE") + field(2, "R2");
  const auto body = open_protobuf(field(1, field(2, scope) + field(1, "RESOURCE")) + field(9, "x"));
  RS_EXPECT(body.has_value());
  RS_EXPECT_EQ(body->n_records(), 2u);
  RS_EXPECT_EQ(body->record(0), "R1");
  RS_EXPECT_EQ(body->record(1), "R2");
  RS_EXPECT_EQ(body->context(body->context_of(1)).resource, "RESOURCE");
  RS_EXPECT_EQ(body->context(body->context_of(1)).scope, "SCOPE");
}

RS_TEST(an_empty_request_has_no_records) {
  RS_EXPECT_EQ(open_json("{}")->n_records(), 0u);
  RS_EXPECT_EQ(open_protobuf("")->n_records(), 0u);
}

RS_TEST(what_is_broken_says_so) {
  for (const std::string_view text :
       {"", "[]", "{", R"({"resourceLogs":{}})", R"({"resourceLogs":[7]})",
        R"({"resourceLogs":[{"scopeLogs":[[]]}]})"}) {
    const auto body = open_json(std::string(text));
    RS_EXPECT(!body);
    RS_EXPECT(!body.error().is_too_large);
  }
  const std::string good = field(1, field(2, field(2, "R1")));
  for (std::size_t n = 1; n < good.size(); ++n) {
    RS_EXPECT(!open_protobuf(good.substr(0, n)));
  }
  RS_EXPECT(!open_protobuf("\x0a\xff\xff\xff\xff\x0f"));
  RS_EXPECT(!open_protobuf("\x0b"));
}

RS_TEST(records_are_limited_before_they_are_built) {
  std::string records;
  for (std::size_t i = 0; i < OtlpBody::kMaxRecords; ++i) {
    records += field(2, "");
  }
  RS_EXPECT_EQ(open_protobuf(field(1, field(2, records)))->n_records(), OtlpBody::kMaxRecords);
  const auto body = open_protobuf(field(1, field(2, records + field(2, ""))));
  RS_EXPECT(!body);
  RS_EXPECT(body.error().is_too_large);
}

}  // namespace
