// One line for each type of event, and nothing in it that a terminal would obey. Tests have no
// terminal, so there are no colours.
#include "cli/event_format.hpp"

#include <cstdlib>
#include <ctime>

#include "core/base/json.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

const WallTime kReceived = wall_from_ns(test::ManualClock::kStartWallNs + 123'456'789);

std::string line_of(EventType type, std::string_view name, std::string_view data,
                    bool is_long = false) {
  const std::string text = R"({"id":"0000abcd:7","data":)" + std::string(data) + "}";
  const Json json = RS_UNWRAP(Json::parse(text));
  EventView event{};
  event.type = type;
  event.name = name;
  event.received = kReceived;
  event.text = text;
  event.root = json.ref();
  return cli::format_event(event, {.is_long = is_long, .now = kReceived});
}

}  // namespace

RS_TEST(each_type_shows_what_matters_of_it) {
  RS_EXPECT_EQ(line_of(EventType::kLog, "LogEntry",
                       R"({"level":"error","component":"db","message":"gone"})"),
               "10:00:00.123 error     db gone\n");
  RS_EXPECT_EQ(line_of(EventType::kTask, "TaskStatusChanged",
                       R"({"task_id":"t1","name":"build","status":"Running","progress":42.4})"),
               "10:00:00.123 Running   task build 42%\n");
  RS_EXPECT_CONTAINS(line_of(EventType::kBatch, "BatchOperationUpdate",
                             R"({"batch_id":"b1","status":"Completed"})"),
                     "batch b1");
  RS_EXPECT_CONTAINS(
      line_of(EventType::kWorkflow, "WorkflowProgressUpdate",
              R"({"workflow_id":"w1","status":"Failed","progress":10,"current_step":"plan"})"),
      "Failed    workflow w1 10% plan");
  RS_EXPECT_CONTAINS(
      line_of(EventType::kSystem, "SystemHealthUpdate", R"({"overall_status":"Healthy"})"),
      "Healthy");
  RS_EXPECT_CONTAINS(line_of(EventType::kMetric, "MetricUpdate",
                             R"({"metric_name":"cpu","value":0.5,"labels":{"core":"1"}})"),
                     R"(cpu 0.5 {"core":"1"})");
  RS_EXPECT_CONTAINS(line_of(EventType::kCustom, "Deployed", R"({"to":"eu"})"),
                     R"(Deployed {"to":"eu"})");
}

RS_TEST(a_member_that_is_missing_or_of_another_kind_does_no_harm) {
  RS_EXPECT_CONTAINS(line_of(EventType::kTask, "TaskStatusChanged", "{}"), "task");
  RS_EXPECT_CONTAINS(line_of(EventType::kLog, "LogEntry", R"({"level":7,"message":["a"]})"),
                     "[\"a\"]");
  RS_EXPECT_CONTAINS(line_of(EventType::kCustom, "X", "null"), "X");
}

RS_TEST(nothing_that_came_from_outside_reaches_the_terminal_as_a_control) {
  const std::string line = line_of(
      EventType::kLog, "LogEntry",
      R"({"level":"\u001b[31m","component":"\u0007","message":"a\nb\u001b]0;title\u0007\u202e\u009b"})");
  RS_EXPECT_EQ(line.find('\n'), line.size() - 1);
  for (const char c : line.substr(0, line.size() - 1)) {
    RS_EXPECT(static_cast<unsigned char>(c) >= 0x20);
  }
  RS_EXPECT_NOT_CONTAINS(line, "\u202e");
  RS_EXPECT_NOT_CONTAINS(line, "\u009b");
  RS_EXPECT_NOT_CONTAINS(line_of(EventType::kCustom, "X\x1b[2J", "{}"), "\x1b");
}

RS_TEST(a_stack_trace_is_one_line_unless_asked_for) {
  constexpr std::string_view kTrace =
      R"({"level":"error","component":"db","message":"\u001b[1;31mgone\u001b[0m\r\n  at a\n  at b\n"})";
  RS_EXPECT_EQ(line_of(EventType::kLog, "LogEntry", kTrace),
               "10:00:00.123 error     db gone (+2 lines)\n");
  RS_EXPECT_EQ(line_of(EventType::kLog, "LogEntry", kTrace, true),
               "10:00:00.123 0000abcd:7 error     db gone\n      at a\n      at b\n");
  RS_EXPECT_EQ(line_of(EventType::kLog, "LogEntry", R"({"message":"a\nb"})"),
               "10:00:00.123            a (+1 line)\n");
  RS_EXPECT_EQ(line_of(EventType::kLog, "LogEntry", R"({"message":"a\n"})"),
               "10:00:00.123            a\n");
}

RS_TEST(times_have_four_forms) {
  using cli::format_time;
  using cli::TimeFormat;
  const std::string date = format_rfc3339(kReceived).substr(0, 10);
  RS_EXPECT_EQ(format_time(kReceived, TimeFormat::kClock, kReceived), "10:00:00.123");
  RS_EXPECT_EQ(format_time(kReceived, TimeFormat::kClock, kReceived + std::chrono::hours(24)),
               date + " 10:00:00.123");
  RS_EXPECT_EQ(format_time(kReceived, TimeFormat::kUtc, kReceived), date + "T10:00:00.123Z");
  RS_EXPECT_EQ(format_time(kReceived, TimeFormat::kUnix, kReceived),
               std::to_string(test::ManualClock::kStartWallNs / 1'000'000'000) + ".123");
  ::setenv("TZ", "EST5", 1);
  ::tzset();
  RS_EXPECT_EQ(format_time(kReceived, TimeFormat::kLocal, kReceived), date + "T05:00:00.123-05:00");
  ::setenv("TZ", "IST-5:30", 1);
  ::tzset();
  RS_EXPECT_EQ(format_time(kReceived, TimeFormat::kLocal, kReceived), date + "T15:30:00.123+05:30");
  RS_EXPECT(cli::time_format_named("local") == TimeFormat::kLocal);
  RS_EXPECT(!cli::time_format_named("iso").has_value());
}
