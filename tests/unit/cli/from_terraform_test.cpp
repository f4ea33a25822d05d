// What terraform says becomes tasks, a workflow, a batch and log entries, over whole runs as they
// are in tests/data/terraform and over lines that no run should have.
#include "cli/from_terraform.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "core/base/text.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;
using cli::FromTerraform;

namespace {

const WallTime kNow = wall_from_ns(test::ManualClock::kStartWallNs);

std::vector<std::string> lines_of(const std::string& file) {
  const char* const root = std::getenv("RINGSIDE_SOURCE_DIR");
  if (root == nullptr) {
    RS_SKIP("RINGSIDE_SOURCE_DIR is not set: not run by ctest");
  }
  std::ifstream in(std::string(root) + "/tests/data/terraform/" + file);
  RS_EXPECT(in.good());
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

struct Events {
  std::vector<Json> all;

  void add(const std::string& text) {
    for (const std::string_view line : split(text, '\n')) {
      if (!line.empty()) {
        all.push_back(RS_UNWRAP(Json::parse(line)));
      }
    }
  }
  [[nodiscard]] std::vector<JsonRef> of(std::string_view type) const {
    std::vector<JsonRef> found;
    for (const Json& event : all) {
      if (event["event_type"].as_string() == type) {
        found.push_back(event.ref());
      }
    }
    return found;
  }
  [[nodiscard]] JsonRef last(std::string_view type) const {
    const auto found = of(type);
    RS_EXPECT(!found.empty());
    return found.back();
  }
  // The statuses that each task went through, by the address that people know it by.
  [[nodiscard]] std::map<std::string, std::string> histories() const {
    std::map<std::string, std::string> histories;
    for (const JsonRef task : of("TaskStatusChanged")) {
      std::string& history = histories[std::string(*task["data"]["name"].as_string())];
      history += (history.empty() ? "" : " ") + std::string(*task["data"]["status"].as_string());
    }
    return histories;
  }
};

struct Run {
  FromTerraform from{"shop", kNow};
  Events events;

  FromTerraform::Said take(std::string_view line) {
    std::string text;
    auto said = from.take(line, text);
    events.add(text);
    return said;
  }
  void finish() {
    std::string text;
    from.finish(text);
    events.add(text);
  }
};

Run run_of(const std::string& file, std::size_t n_lines = 1000) {
  Run run;
  for (const std::string& line : lines_of(file)) {
    if (n_lines-- == 0) {
      break;
    }
    run.take(line);
  }
  return run;
}

std::string message(std::string_view type, std::string_view rest) {
  return fmt::format(
      R"({{"@level":"info","@message":"m","@timestamp":"2026-01-12T12:00:00Z","type":"{}"{}{}}})",
      type, rest.empty() ? "" : ",", rest);
}

std::string hook(std::string_view type, std::string_view address, std::string_view action) {
  return message(
      type, fmt::format(R"("hook":{{"resource":{{"addr":"{}"}},"action":"{}"}})", address, action));
}

}  // namespace

RS_TEST(each_resource_is_a_task_from_plan_to_end) {
  Run run = run_of("apply.jsonl");
  run.finish();
  const auto histories = run.events.histories();
  RS_EXPECT_EQ(histories.size(), 9u);  // what was read while planning is none
  RS_EXPECT_EQ(histories.at("random_id.suffix"), "Pending Running Completed");
  RS_EXPECT_EQ(histories.at("aws_instance.web[0]"), "Pending Running Running Running Completed");
  RS_EXPECT_EQ(histories.at(R"(module.network.aws_subnet.web["eu-west-1a"])"),
               "Pending Running Completed");
  for (const JsonRef task : run.events.of("TaskStatusChanged")) {
    const std::string id(*task["data"]["task_id"].as_string());
    RS_EXPECT(id.starts_with("shop-20260112T121840213Z/"));
    RS_EXPECT_EQ(task["metadata"]["workflow_id"].as_string(), "shop-20260112T121840213Z");
    RS_EXPECT_EQ(task["metadata"]["task_id"].as_string(), id);
  }
  const auto web = run.events.of("TaskStatusChanged");
  RS_EXPECT_EQ(web.back()["data"]["previous_status"].as_string(), "Running");
  RS_EXPECT_EQ(web.back()["data"]["elapsed_seconds"].as_integer(), 2);
  RS_EXPECT(!web.front()["data"]["previous_status"].present());
  RS_EXPECT(!run.from.failed());
}

RS_TEST(replacing_is_half_done_when_the_old_one_is_gone) {
  Run run = run_of("apply.jsonl");
  std::vector<double> progress;
  for (const JsonRef task : run.events.of("TaskStatusChanged")) {
    if (task["data"]["name"].as_string() == "aws_instance.web[0]") {
      progress.push_back(*task["data"]["progress"].as_number());
    }
  }
  RS_EXPECT_EQ(progress, (std::vector<double>{0, 0, 50, 50, 100}));
}

RS_TEST(the_run_is_a_workflow_whose_progress_never_goes_back) {
  Run run = run_of("apply.jsonl");
  double before = 0;
  for (const JsonRef event : run.events.of("WorkflowProgressUpdate")) {
    const double progress = event["data"]["progress"].as_number().value_or(0);
    RS_EXPECT_GE(progress, before);
    before = progress;
    RS_EXPECT_EQ(event["metadata"]["started_at"].as_string(), "2026-01-12T12:18:40.213112Z");
  }
  const JsonRef last = run.events.last("WorkflowProgressUpdate");
  RS_EXPECT_EQ(last["data"]["status"].as_string(), "Completed");
  RS_EXPECT_EQ(last["data"]["progress"].as_number(), 100.0);
  RS_EXPECT_EQ(last["data"]["completed_steps"].as_integer(), 9);
  RS_EXPECT_EQ(last["data"]["total_steps"].as_integer(), 9);
  RS_EXPECT_EQ(last["data"]["current_step"].as_string(),
               "Apply complete! Resources: 7 added, 1 changed, 2 destroyed.");
}

RS_TEST(a_run_under_way_says_what_it_does_and_how_long_it_may_take) {
  Run run = run_of("apply.jsonl", 38);  // two instances are being created
  const JsonRef at = run.events.last("WorkflowProgressUpdate");
  RS_EXPECT_EQ(at["data"]["status"].as_string(), "Running");
  RS_EXPECT_EQ(at["data"]["current_step"].as_string(), "Creating aws_instance.web[1]");
  RS_EXPECT_EQ(at["data"]["step_details"]["step_message"].as_string(),
               "Still creating... [10s elapsed]");
  RS_EXPECT_EQ(at["data"]["completed_steps"].as_integer(), 4);
  // 4.5 of 9 resources took 23 s.
  RS_EXPECT_EQ(at["data"]["estimated_time_remaining"].as_number(), 23.0);
  RS_EXPECT_EQ(at["timestamp"].as_string().value_or("").substr(0, 19), "2026-01-12T12:19:06");
}

RS_TEST(the_batch_lists_every_resource_and_counts_them) {
  Run run = run_of("apply_failed.jsonl");
  run.finish();
  const JsonRef last = run.events.last("BatchOperationUpdate");
  RS_EXPECT_EQ(last["data"]["status"].as_string(), "Failed");
  RS_EXPECT_EQ(last["data"]["operations"].size(), 9u);
  RS_EXPECT_EQ(last["metadata"]["total_operations"].as_integer(), 9);
  RS_EXPECT_EQ(last["metadata"]["completed_operations"].as_integer(), 6);
  RS_EXPECT_EQ(last["metadata"]["failed_operations"].as_integer(), 1);
}

RS_TEST(a_run_that_fails_says_which_resource_why_and_what_was_left_out) {
  Run run = run_of("apply_failed.jsonl");
  run.finish();
  RS_EXPECT(run.from.failed());
  const auto histories = run.events.histories();
  RS_EXPECT_EQ(histories.at("aws_instance.web[1]"), "Pending Running Failed");
  RS_EXPECT_EQ(histories.at("aws_eip.old"), "Pending Skipped");
  RS_EXPECT_EQ(run.events.last("WorkflowProgressUpdate")["data"]["status"].as_string(), "Failed");
  const JsonRef log = run.events.last("LogEntry");
  RS_EXPECT_EQ(log["data"]["level"].as_string(), "ERROR");
  RS_EXPECT_CONTAINS(std::string(*log["data"]["message"].as_string()),
                     "VcpuLimitExceeded: You have");
  RS_EXPECT_EQ(log["data"]["details"]["file"].as_string(), "main.tf:12");
  RS_EXPECT_EQ(log["data"]["task_id"].as_string(), "shop-20260112T121840213Z/aws_instance.web[1]");
}

RS_TEST(everything_it_says_is_a_log_entry_and_no_value_is_handed_on) {
  Run run = run_of("apply.jsonl");
  run.finish();
  const auto logs = run.events.of("LogEntry");
  RS_EXPECT_EQ(logs.size(), lines_of("apply.jsonl").size());
  std::set<std::string> components;
  for (const JsonRef log : logs) {
    components.emplace(*log["data"]["component"].as_string());
    RS_EXPECT(log.dump().find("web.example.org") == std::string::npos);
  }
  RS_EXPECT_EQ(components, (std::set<std::string>{"terraform", "terraform.local-exec"}));
}

RS_TEST(a_plan_alone_ends_well_with_nothing_begun) {
  Run run = run_of("plan.jsonl");
  run.finish();
  RS_EXPECT(!run.from.failed());
  RS_EXPECT_EQ(run.events.histories().at("aws_eip.old"), "Pending Planned");
  const JsonRef last = run.events.last("WorkflowProgressUpdate");
  RS_EXPECT_EQ(last["data"]["status"].as_string(), "Completed");
  RS_EXPECT_EQ(last["data"]["current_step"].as_string(),
               "Plan: 7 to add, 1 to change, 2 to destroy.");
}

RS_TEST(an_output_that_ends_in_the_middle_is_a_failure) {
  Run run = run_of("apply.jsonl", 38);
  run.finish();
  RS_EXPECT(run.from.failed());
  RS_EXPECT_EQ(run.events.histories().at("aws_instance.web[1]"), "Pending Running Interrupted");
  RS_EXPECT_CONTAINS(
      std::string(*run.events.last("WorkflowProgressUpdate")["data"]["current_step"].as_string()),
      "ended before the run did");
}

RS_TEST(opentofu_says_the_same) {
  Run run = run_of("destroy_tofu.jsonl");
  run.finish();
  RS_EXPECT_EQ(run.events.histories().at("random_pet.animal"), "Pending Running Completed");
  const JsonRef last = run.events.last("WorkflowProgressUpdate");
  RS_EXPECT_EQ(last["data"]["status"].as_string(), "Completed");
  RS_EXPECT_EQ(last["metadata"]["provider"].as_string(), "opentofu");
}

RS_TEST(a_saved_plan_has_no_total_until_it_ends) {
  Run run;
  run.take(message("version", R"("terraform":"1.9.8","ui":"1.2")"));
  run.take(hook("apply_start", "a.b", "create"));
  RS_EXPECT(!run.events.last("WorkflowProgressUpdate")["data"]["progress"].present());
  RS_EXPECT(!run.events.last("WorkflowProgressUpdate")["data"]["total_steps"].present());
  run.take(hook("apply_complete", "a.b", "create"));
  run.take(message("change_summary", R"("changes":{"operation":"apply"})"));
  const JsonRef last = run.events.last("WorkflowProgressUpdate");
  RS_EXPECT_EQ(last["data"]["total_steps"].as_integer(), 1);
  RS_EXPECT_EQ(last["data"]["progress"].as_number(), 100.0);
}

RS_TEST(a_version_that_is_not_known_leaves_its_messages) {
  Run run;
  const auto said = run.take(message("version", R"("ui":"2.0")"));
  RS_EXPECT_CONTAINS(said.text, "version 2.0");
  run.take(hook("apply_start", "a.b", "create"));
  run.finish();
  RS_EXPECT_EQ(run.events.of("LogEntry").size(), 2u);
  RS_EXPECT(run.events.of("TaskStatusChanged").empty());
  RS_EXPECT(run.events.of("WorkflowProgressUpdate").empty());
  RS_EXPECT(!run.from.failed());
}

RS_TEST(text_between_the_messages_is_kept_as_text) {
  Run run;
  RS_EXPECT_EQ(run.take("Error: no such file\x1b[0m \xff").text, "Error: no such file \xff");
  RS_EXPECT_EQ(run.take("[1,2]").text, "[1,2]");
  RS_EXPECT_EQ(run.take("   \r").text, "");
  const auto logs = run.events.of("LogEntry");
  RS_EXPECT_EQ(logs.size(), 2u);
  RS_EXPECT_EQ(logs[0]["data"]["message"].as_string(), "Error: no such file \xEF\xBF\xBD");
}

RS_TEST(lines_that_no_run_has_do_no_harm) {
  Run run;
  for (const char* type : {"apply_start", "apply_progress", "apply_complete", "apply_errored",
                           "planned_change", "change_summary", "diagnostic", "provision_start",
                           "refresh_start", "version", "of_the_future", ""}) {
    for (const char* rest :
         {"", R"("hook":7)", R"("hook":{"resource":{"addr":7},"action":{}})",
          R"("change":{"resource":{},"action":"create"})", R"("changes":[])",
          R"("hook":{"resource":{"addr":"x.y"},"action":"of_the_future"})", R"("ui":1)"}) {
      run.take(message(type, rest));
    }
  }
  run.finish();
  RS_EXPECT(!run.events.all.empty());
}

RS_TEST(nothing_at_all_gives_nothing) {
  Run run;
  run.finish();
  RS_EXPECT(run.events.all.empty());
  RS_EXPECT(!run.from.failed());
}

RS_TEST(a_great_plan_lists_those_that_matter_and_counts_all) {
  Run run;
  run.take(message("version", ""));
  for (int i = 0; i < 120; ++i) {
    run.take(message("planned_change", fmt::format(R"("change":{{"resource":{{"addr":"a.b[{}]"}},)"
                                                   R"("action":"create"}})",
                                                   i)));
  }
  run.take(message("change_summary", R"("changes":{"operation":"plan"})"));
  run.take(hook("apply_start", "a.b[110]", "create"));
  run.take(hook("apply_start", "a.b[111]", "create"));
  run.take(hook("apply_errored", "a.b[111]", "create"));
  const JsonRef batch = run.events.last("BatchOperationUpdate");
  RS_EXPECT_EQ(batch["data"]["operations"].size(), FromTerraform::kMostOperations);
  RS_EXPECT_EQ(batch["data"]["operations"][0]["name"].as_string(), "a.b[111]");
  RS_EXPECT_EQ(batch["data"]["operations"][1]["name"].as_string(), "a.b[110]");
  RS_EXPECT_EQ(batch["metadata"]["total_operations"].as_integer(), 120);
}

RS_TEST(ids_of_long_addresses_fit_and_differ) {
  Run run;
  const std::string long_part(600, 'k');
  run.take(hook("apply_start", "a.b[" + long_part + "1]", "create"));
  run.take(hook("apply_start", "a.b[" + long_part + "2]", "create"));
  std::set<std::string> ids;
  for (const JsonRef task : run.events.of("TaskStatusChanged")) {
    ids.emplace(*task["data"]["task_id"].as_string());
  }
  RS_EXPECT_EQ(ids.size(), 2u);
  for (const std::string& id : ids) {
    RS_EXPECT_LE(id.size(), 512u);
  }
}
