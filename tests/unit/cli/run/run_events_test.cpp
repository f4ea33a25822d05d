#include "cli/run/run_events.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace ringside::cli;

namespace {

const WallTime kThen = wall_from_ns(1'758'880'800'000'000'000);

RunEvents events() {
  return RunEvents(RunIdentity{.name = "de\"ploy",
                               .task_id = "t1",
                               .parent_task_id = "t0",
                               .workflow_id = "w1",
                               .workflow = "demo",
                               .begins_workflow = true});
}

Json line_of(std::string_view text, std::size_t n_cut = 0) {
  std::string out;
  events().append_line(out, OutputStream::kStderr, kThen, text, n_cut);
  RS_EXPECT(out.ends_with('\n'));
  RS_EXPECT_EQ(out.find('\n'), out.size() - 1);
  return RS_UNWRAP(Json::parse(out));
}

std::string text_at(const Json& event, std::string_view path) {
  return std::string(event.ref().at_path(path).as_string().value_or(""));
}

}  // namespace

RS_TEST(a_line_is_a_log_entry_of_its_task) {
  const Json event = line_of("say \"hi\"");
  RS_EXPECT_EQ(text_at(event, "event_type"), "LogEntry");
  RS_EXPECT_EQ(text_at(event, "timestamp"), "2025-09-26T10:00:00.000000Z");
  RS_EXPECT_EQ(text_at(event, "data.message"), "say \"hi\"");
  RS_EXPECT_EQ(text_at(event, "data.level"), "INFO");
  RS_EXPECT_EQ(text_at(event, "data.component"), "de\"ploy");
  RS_EXPECT_EQ(text_at(event, "data.task_id"), "t1");
  RS_EXPECT_EQ(text_at(event, "data.details.stream"), "stderr");
  RS_EXPECT_EQ(text_at(event, "metadata.workflow_id"), "w1");
  RS_EXPECT_EQ(text_at(event, "metadata.parent_task_id"), "t0");
}

RS_TEST(the_level_is_guessed_under_colours_and_in_json) {
  RS_EXPECT_EQ(text_at(line_of("\x1b[31mERROR\x1b[0m no"), "data.level"), "ERROR");
  RS_EXPECT_EQ(text_at(line_of("warning: old"), "data.level"), "WARN");
  RS_EXPECT_EQ(text_at(line_of(R"({"msg":"x","level":"error"})"), "data.level"), "ERROR");
  RS_EXPECT_EQ(text_at(line_of(R"({"severity": "WARNING"})"), "data.level"), "WARN");
  RS_EXPECT_EQ(text_at(line_of(R"({"level":)"), "data.level"), "INFO");
}

RS_TEST(any_bytes_make_a_valid_event) {
  std::string all;
  for (int c = 0; c < 256; ++c) {
    if (c != '\n') {
      all += static_cast<char>(c);
    }
  }
  const Json event = line_of(all);
  RS_EXPECT(event["data"]["message"].is_string());
  RS_EXPECT_EQ(text_at(line_of("end", 12), "data.message"), "end [12 bytes cut]");
}

RS_TEST(the_end_says_how_and_why) {
  const RunEnd good{.exit_status = 0,
                    .duration = std::chrono::duration<double>(1.23456),
                    .cpu = std::chrono::duration<double>(0.5),
                    .peak_memory_bytes = 4096};
  const Json done = RS_UNWRAP(Json::parse(events().ended(good, 40, 7, 2)));
  RS_EXPECT_EQ(text_at(done, "data.status"), "Completed");
  RS_EXPECT_EQ(done["data"]["progress"].as_number().value(), 100);
  RS_EXPECT_EQ(done["data"]["exit_status"].as_integer().value(), 0);
  RS_EXPECT_EQ(done["data"]["duration_seconds"].as_number().value(), 1.235);
  RS_EXPECT_EQ(done["data"]["peak_memory_bytes"].as_integer().value(), 4096);
  RS_EXPECT_EQ(done["data"]["lines"].as_integer().value(), 7);
  RS_EXPECT_EQ(done["data"]["lines_dropped"].as_integer().value(), 2);
  RS_EXPECT(!done["data"]["error"].present());

  const RunEnd killed{.exit_status = 137, .signal = 9};
  const Json event = RS_UNWRAP(Json::parse(events().ended(killed, 40, 0, 0)));
  RS_EXPECT_EQ(text_at(event, "data.status"), "Failed");
  RS_EXPECT_EQ(text_at(event, "data.signal"), "SIGKILL");
  RS_EXPECT_EQ(text_at(event, "data.error"), "killed by SIGKILL");
  RS_EXPECT_EQ(event["data"]["progress"].as_number().value(), 40);
  RS_EXPECT_EQ(RunEnd{.exit_status = 3}.reason(), "exit status 3");
  RS_EXPECT_EQ((RunEnd{.exit_status = 127, .error = "no such file"}.reason()), "no such file");
}

RS_TEST(a_workflow_says_its_step_and_why_it_failed) {
  const StepState step{.total = 8, .completed = 2, .current = "Installing CNI"};
  const Json event = RS_UNWRAP(Json::parse(events().workflow("Failed", 25, step, "exit status 1")));
  RS_EXPECT_EQ(text_at(event, "data.workflow_id"), "w1");
  RS_EXPECT_EQ(text_at(event, "data.current_step"), "Installing CNI");
  RS_EXPECT_EQ(event["data"]["total_steps"].as_integer().value(), 8);
  RS_EXPECT_EQ(text_at(event, "data.error"), "exit status 1");
  RS_EXPECT(!text_at(event, "metadata.started_at").empty());
  const Json plain = RS_UNWRAP(Json::parse(events().workflow("Running", std::nullopt, {}, "")));
  RS_EXPECT(!plain["data"]["current_step"].present());  // nobody has named one
  RS_EXPECT(!plain["data"]["progress"].present());
}

RS_TEST(steps_are_percent) {
  RS_EXPECT_EQ(percent_of_steps(2, 8), 25);
  RS_EXPECT_EQ(percent_of_steps(1, 3), 33.3);
  RS_EXPECT_EQ(percent_of_steps(1, 0), 0);
}
