// From a text to a record: both ways through must come to the same.
#include "worker/pipeline.hpp"

#include "tests/unit/worker/pipeline_fixture.hpp"

namespace {

using namespace ringside;
using test::attach_reader;
using Fixture = test::PipelineFixture;

RS_TEST(a_clean_event_keeps_its_producers_bytes) {
  Fixture f;
  RS_EXPECT_EQ(
      f.accept(
          R"({"event_type":"Strict",  "timestamp":"2020-01-01T00:00:00+01:00","data":{"id":"x", "n":1.50}} )"),
      "");
  RS_EXPECT_EQ(
      f.last(),
      R"({"event_type":"Strict",  "timestamp":"2020-01-01T00:00:00+01:00","data":{"id":"x", "n":1.50},"id":")" +
          f.id() + "\"}");
}

RS_TEST(the_time_of_receipt_stands_in_for_a_missing_timestamp) {
  Fixture f;
  RS_EXPECT_EQ(f.accept(R"({"event_type":"Any","data":{}})"), "");
  RS_EXPECT_EQ(f.last(),
               R"({"event_type":"Any","data":{},"timestamp":"2025-09-26T10:00:00.000000Z","id":")" +
                   f.id() + "\"}");
}

RS_TEST(a_producers_id_is_replaced) {
  Fixture f;
  RS_EXPECT_EQ(
      f.accept(R"({"id":"mine","event_type":"Any","timestamp":"2020-01-01T00:00:00Z","data":{}})"),
      "");
  RS_EXPECT_EQ(f.last(),
               R"({"event_type":"Any","timestamp":"2020-01-01T00:00:00Z","data":{},"id":")" +
                   f.id() + "\"}");
}

RS_TEST(an_event_is_one_line_however_it_was_written) {
  Fixture f;
  RS_EXPECT_EQ(
      f.accept(
          "{\n\"event_type\":\"Any\",\r\n\"timestamp\":\"2020-01-01T00:00:00Z\",\"data\":{\n}}\n"),
      "");
  RS_EXPECT_EQ(f.last(),
               R"({ "event_type":"Any",  "timestamp":"2020-01-01T00:00:00Z","data":{ },"id":")" +
                   f.id() + "\"}");
}

RS_TEST(what_the_quick_way_does_not_take_the_other_one_does_alike) {
  Fixture f;
  RS_EXPECT_EQ(
      f.accept(
          R"({"event_type":"Any","timestamp":"2020-01-01T00:00:00Z","data":{"n":1e300,"\u0061":"\u00e4"}})"),
      "");
  RS_EXPECT_EQ(
      f.last(),
      R"({"event_type":"Any","timestamp":"2020-01-01T00:00:00Z","data":{"n":1e300,"\u0061":"\u00e4"},"id":")" +
          f.id() + "\"}");
}

RS_TEST(an_event_like_one_before_is_held_to_the_same_rules) {
  Fixture f;
  const auto event = [](std::string_view id, std::string_view text) {
    return fmt::format(R"({{"event_type":"Strict","data":{{"id":{},"text":"{}"}}}})", id, text);
  };
  for (int i = 0; i < 3; ++i) {
    const std::string same = event(fmt::format("\"x{}\"", i * 99), "fine");
    RS_EXPECT_EQ(f.accept(same), "");
    RS_EXPECT_EQ(f.last(), same.substr(0, same.size() - 1) +
                               R"(,"timestamp":"2025-09-26T10:00:00.000000Z","id":")" + f.id() +
                               "\"}");
  }
  RS_EXPECT_EQ(f.accept(event("7", "fine")), "data.id must be a string");
  RS_EXPECT_EQ(f.accept(event("\"y\"", "password=hunter2")), "");
  RS_EXPECT_CONTAINS(f.last(), R"("text":"password=[redacted]")");
  RS_EXPECT_EQ(f.accept(event("\"y\"", "caf\xC3\xA9 \\n")), "");
  RS_EXPECT_CONTAINS(f.last(), "\"text\":\"caf\xC3\xA9 \\n\"");
}

RS_TEST(other_rules_hold_for_shapes_that_were_known_before) {
  Fixture f;
  const std::string event = R"({"event_type":"Strict","data":{"id":"x"}})";
  RS_EXPECT_EQ(f.accept(event), "");
  RS_EXPECT_EQ(f.accept(event), "");
  f.dir.write("schemas/Strict.schema.json", R"({"properties":{"data":{"required":["name"]}}})");
  WorkerOptions options = parse_worker_options("", "test").options;
  options.schema_dir = f.dir / "schemas";
  WorkerSetup rules = std::move(make_worker_setup(options).setup);
  f.pipeline.set_rules(std::move(rules.schemas), std::move(rules.redactor), rules.limits);
  RS_EXPECT_EQ(f.accept(event), "data.name is missing");
}

RS_TEST(secrets_are_gone_before_the_ring) {
  Fixture f;
  RS_EXPECT_EQ(
      f.accept(
          R"({"event_type":"Any","timestamp":"2020-01-01T00:00:00Z","data":{"password":"p"},"metadata":{"a":"token=x"}})"),
      "");
  RS_EXPECT_EQ(
      f.last(),
      R"({"event_type":"Any","timestamp":"2020-01-01T00:00:00Z","data":{"password":"[redacted]"},"metadata":{"a":"token=[redacted]"},"id":")" +
          f.id() + "\"}");
  RS_EXPECT_EQ(f.control->own(Counter::kEventsRedacted), 1u);
}

RS_TEST(text_that_is_not_utf8_is_repaired_and_counted) {
  Fixture f;
  RS_EXPECT_EQ(f.accept("{\"event_type\":\"Any\",\"timestamp\":\"2020-01-01T00:00:00Z\",\"data\":{"
                        "\"a\":\"\xff\"}}"),
               "");
  RS_EXPECT_CONTAINS(f.last(), "\"a\":\"\xEF\xBF\xBD\"");
  RS_EXPECT_EQ(f.control->own(Counter::kEventsRepaired), 1u);
}

RS_TEST(refusals_say_why_and_are_kept_and_counted) {
  Fixture f;
  RS_EXPECT_EQ(f.accept(R"({"event_type":"Strict","data":{"id":5,"password":"hunter2"}})"),
               "data.id must be a string");
  RS_EXPECT_EQ(f.accept(R"({"event_type":"Any","data":{},"password":"hunter3)").substr(0, 12),
               "is not JSON:");
  RS_EXPECT_EQ(f.accept(std::string(5000, ' ')), "is longer than 4096 bytes");
  RS_EXPECT_EQ(f.control->own(Counter::kEventsRejected), 3u);
  RS_EXPECT_EQ(f.control->own(Counter::kEventsIn), 0u);
  RS_EXPECT_EQ(f.ring->next_seq().value, 1u);

  const auto reader = attach_reader(f.dir / "rejected");
  Cursor at = reader->cursor_at_tail();
  const Json first = RS_UNWRAP(Json::parse(test::read_record(*reader, at).text()));
  RS_EXPECT_EQ(first["event_type"].as_string().value_or(""), "EventRejected");
  RS_EXPECT_EQ(first["data"]["reason"].as_string().value_or(""), "data.id must be a string");
  RS_EXPECT_EQ(first["data"]["member"].as_string().value_or(""), "data.id");
  RS_EXPECT_EQ(first["data"]["line"].as_integer().value_or(0), 3);
  RS_EXPECT_EQ(first["data"]["source"].as_string().value_or(""), "test");
  RS_EXPECT_EQ(first["metadata"]["uid"].as_integer().value_or(0), 7);
  RS_EXPECT_NOT_CONTAINS(first.dump(), "hunter2");
  RS_EXPECT_NOT_CONTAINS(std::string(test::read_record(*reader, at).text()), "hunter3");
}

RS_TEST(the_text_of_a_refusal_is_short_and_printable) {
  Fixture f;
  f.accept("\x1b[31m\xff" + std::string(3000, 'x'));
  const Json kept = RS_UNWRAP(Json::parse(f.last("rejected")));
  const std::string text(kept["data"]["text"].as_string().value_or(""));
  RS_EXPECT_EQ(text.size(), Rejects::kMaxTextBytes);
  RS_EXPECT(text.starts_with("\\x1b[31m\xEF\xBF\xBD"));
  RS_EXPECT_EQ(kept["data"]["bytes"].as_integer().value_or(0), 3006);
}

RS_TEST(sources_go_the_same_way) {
  Fixture f;
  RS_EXPECT(f.pipeline.emit("Strict", Json::object().set("id", "a").set("secret", "s"), Json(),
                            "2020-01-01T00:00:00Z"));
  RS_EXPECT_EQ(
      f.last(),
      R"({"event_type":"Strict","timestamp":"2020-01-01T00:00:00Z","data":{"id":"a","secret":"[redacted]"},"id":")" +
          f.id() + "\"}");
  RS_EXPECT(!f.pipeline.emit("Strict", Json::object(), Json::object().set("source", "files"), ""));
  const Json kept = RS_UNWRAP(Json::parse(f.last("rejected")));
  RS_EXPECT_EQ(kept["data"]["source"].as_string().value_or(""), "files");
}

RS_TEST(an_event_that_the_ring_cannot_hold_is_refused) {
  Fixture f;  // a ring of 64 KiB takes 8 KiB, and max_line 4 KiB: only what grows beyond it
  WorkerOptions options = parse_worker_options("", "test").options;
  options.schema_dir = f.dir / "schemas";
  WorkerSetup rules = std::move(make_worker_setup(options).setup);
  f.pipeline.set_rules(std::move(rules.schemas), std::move(rules.redactor), rules.limits);
  RS_EXPECT_CONTAINS(
      f.accept(R"({"event_type":"Any","data":{"a":")" + std::string(9000, 'x') + "\"}}"),
      "too large for the ring");
}

RS_TEST(faults_of_the_text_have_words_of_their_own) {
  Fixture f;
  const auto with = [](const std::string& n) {
    return R"({"event_type":"Any","data":{"n":)" + n + "}}";
  };
  RS_EXPECT_CONTAINS(f.accept(with("1e400")), "has a number that is too large (byte ");
  RS_EXPECT_CONTAINS(f.accept(with("1,\"n\":2")), "has a duplicate member (byte ");
  RS_EXPECT_CONTAINS(f.accept(with(std::string(40, '[') + std::string(40, ']'))), "nested");
  RS_EXPECT_EQ(f.accept(R"({"event_type":"Any","data":{},")" + std::string(80, 'k') + "\":1}"),
               std::string(64, 'k') +
                   " is not known; an event has event_type, timestamp, data, metadata and id");
  RS_EXPECT_CONTAINS(f.accept(R"({"event_type":"Any","data":{},"a":1,"b":2})"), "a is not known");
  const std::string fits = R"({"event_type":"Any","data":{}})";
  RS_EXPECT_EQ(f.accept(fits + std::string(4096 - fits.size(), ' ')), "");
  RS_EXPECT_EQ(f.accept(fits + std::string(4097 - fits.size(), ' ')), "is longer than 4096 bytes");
}

RS_TEST(a_zero_time_is_replaced_by_that_of_receipt) {
  Fixture f;
  RS_EXPECT_EQ(f.accept(R"({"event_type":"Any","timestamp":"0001-01-01T00:00:00Z","data":{}})"),
               "");
  RS_EXPECT_CONTAINS(f.last(), R"("timestamp":"2025-09-26T10:00:00.000000Z")");
  RS_EXPECT_NOT_CONTAINS(f.last(), "0001-01-01");
}

RS_TEST(what_came_in_is_counted_at_the_end_of_a_turn) {
  Fixture f;
  const std::string as_it_is = R"({"event_type":"Any","data":{}})";
  const std::string with_care = R"({"event_type":"Any","data":{"token":"x"}})";
  const std::string repaired = "\xEF\xBB\xBF" + as_it_is;
  for (const std::string& text : {as_it_is, as_it_is, with_care, repaired}) {
    RS_EXPECT_EQ(f.accept(text), "");
  }
  RS_EXPECT_EQ(f.control->own(Counter::kEventsIn), 4U);
  RS_EXPECT_EQ(f.control->own(Counter::kBytesIn),
               2 * as_it_is.size() + with_care.size() + repaired.size());
  RS_EXPECT_EQ(f.control->own(Counter::kEventsRepaired), 1U);
  RS_EXPECT_EQ(f.control->own(Counter::kEventsRedacted), 1U);
  f.pipeline.count_datagrams(3);
  f.pipeline.count_error();
  RS_EXPECT_EQ(f.control->own(Counter::kDatagramsIn), 0U);
  f.pipeline.end_turn();
  f.pipeline.end_turn();
  RS_EXPECT_EQ(f.control->own(Counter::kDatagramsIn), 3U);
  RS_EXPECT_EQ(f.control->own(Counter::kSourceErrors), 1U);
  RS_EXPECT_EQ(f.control->own(Counter::kEventsIn), 4U);
}

}  // namespace
