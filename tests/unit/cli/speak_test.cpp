#include "cli/speak.hpp"

#include "core/base/json.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace ringside::cli;

namespace {

const RunEnvironment kInside{
    .task_id = "t1", .workflow_id = "w1", .workflow = "demo", .run_socket = "", .run_output = ""};

std::string text_at(const Json& event, std::string_view path) {
  return std::string(event.ref().at_path(path).as_string().value_or(""));
}

}  // namespace

RS_TEST(a_step_is_a_number_of_a_total) {
  const Step step = RS_UNWRAP(parse_step("3/8"));
  RS_EXPECT_EQ(step.number, 3);
  RS_EXPECT_EQ(step.total, 8);
  for (const char* text :
       {"", "3", "3/", "/8", "0/8", "9/8", "-1/8", "3/8/9", "a/b", "1/9999999"}) {
    RS_EXPECT(!parse_step(text));
  }
}

RS_TEST(a_step_moves_the_workflow_and_is_in_the_log) {
  const std::string events =
      step_events({.text = "Installing CNI"}, RS_UNWRAP(parse_step("3/8")), kInside);
  const std::size_t end = events.find('\n') + 1;
  const Json progress = RS_UNWRAP(Json::parse(events.substr(0, end)));
  RS_EXPECT_EQ(text_at(progress, "event_type"), "WorkflowProgressUpdate");
  RS_EXPECT_EQ(text_at(progress, "data.workflow_id"), "w1");
  RS_EXPECT_EQ(text_at(progress, "data.name"), "demo");
  RS_EXPECT_EQ(text_at(progress, "data.current_step"), "Installing CNI");
  RS_EXPECT_EQ(progress["data"]["progress"].as_number().value(), 25);
  RS_EXPECT_EQ(progress["data"]["completed_steps"].as_integer().value(), 2);
  const Json log = RS_UNWRAP(Json::parse(events.substr(end)));
  RS_EXPECT_EQ(text_at(log, "data.message"), "step 3/8: Installing CNI");
  RS_EXPECT_EQ(text_at(log, "data.task_id"), "t1");
}

RS_TEST(a_step_outside_of_a_workflow_is_a_log_entry) {
  const Json log = RS_UNWRAP(Json::parse(step_events({}, RS_UNWRAP(parse_step("1/2")), {})));
  RS_EXPECT_EQ(text_at(log, "event_type"), "LogEntry");
  RS_EXPECT_EQ(text_at(log, "data.message"), "step 1/2");
  RS_EXPECT(!log["data"]["task_id"].present());
}

RS_TEST(a_log_entry_has_the_component_of_its_run_or_its_own) {
  const Json own =
      RS_UNWRAP(Json::parse(log_event({.text = "x", .level = "warn", .component = "db"}, kInside)));
  RS_EXPECT_EQ(text_at(own, "data.component"), "db");
  RS_EXPECT_EQ(text_at(own, "data.level"), "warn");
  RS_EXPECT_EQ(
      text_at(RS_UNWRAP(Json::parse(log_event({.text = "\xff"}, kInside))), "data.component"),
      "demo");
}

RS_TEST(a_metric_has_a_number_and_its_labels) {
  RS_EXPECT_EQ(parse_metric_value("-1.5e3").value(), -1500);
  RS_EXPECT_EQ(parse_metric_value("+2").value(), 2);
  for (const char* text : {"", "x", "1x", "nan", "inf", "1e999", "0x10"}) {
    RS_EXPECT(!parse_metric_value(text));
  }
  const Json metric = RS_UNWRAP(Json::parse(
      metric_event({.name = "rows", .unit = "rows", .labels = {{"table", "a"}}}, 2, kInside)));
  RS_EXPECT_EQ(text_at(metric, "data.metric_name"), "rows");
  RS_EXPECT_EQ(metric["data"]["value"].as_number().value(), 2);
  RS_EXPECT_EQ(text_at(metric, "data.labels.table"), "a");
  RS_EXPECT_EQ(text_at(metric, "data.unit"), "rows");
}
