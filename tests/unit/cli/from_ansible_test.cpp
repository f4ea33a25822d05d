// What becomes of ansible's lines; tests/system/test_ansible.py has real ones.
#include "cli/from_ansible.hpp"

#include <vector>

#include "core/base/text.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;
using cli::FromAnsible;

namespace {

const WallTime kThen = wall_from_ns(1'758'880'800'000'000'000);

struct Run {
  FromAnsible run{"site", kThen, false};
  std::string events;

  FromAnsible::Said take(const std::string& event, const std::string& members) {
    return run.take(
        fmt::format(R"({{"_event":"{}","_timestamp":"2025-09-26T10:00:01Z",{}}})", event, members),
        events);
  }
  FromAnsible::Said task(const std::string& id) {
    return take("v2_playbook_on_task_start", task_of(id));
  }
  FromAnsible::Said result(const std::string& outcome, const std::string& id,
                           const std::string& host, const std::string& result,
                           const std::string& more = "") {
    return take("v2_runner_on_" + outcome,
                fmt::format(R"({},"hosts":{{"{}":{}}}{})", task_of(id), host, result, more));
  }
  static std::string task_of(const std::string& id) {
    return fmt::format(R"("task":{{"name":"task {0}","id":"{0}"}})", id);
  }
  std::vector<Json> of(std::string_view type) const {
    std::vector<Json> found;
    for (const std::string_view line : split(events, '\n')) {
      if (!line.empty()) {
        Json event = RS_UNWRAP(Json::parse(line));
        if (event["event_type"].as_string() == type) {
          found.push_back(std::move(event));
        }
      }
    }
    return found;
  }
  std::string last(std::string_view type, std::string_view path) const {
    const auto found = of(type);
    return found.empty() ? "" : found.back().ref().at_path(path).dump();
  }
};

}  // namespace

RS_TEST(a_task_ends_with_the_next_one_as_its_hosts_did) {
  Run r;
  r.take("v2_playbook_on_play_start", R"("play":{"name":"web","id":"p"})");
  r.task("1");
  RS_EXPECT_EQ(r.last("TaskStatusChanged", "data.status"), "\"Running\"");
  r.result("ok", "1", "a", R"({"changed":true})");
  r.result("skipped", "1", "b", "{}");
  r.task("2");
  const auto tasks = r.of("TaskStatusChanged");
  RS_EXPECT_EQ(tasks.size(), 3u);
  RS_EXPECT_EQ(tasks[1].ref().at_path("data.status").dump(), "\"Completed\"");
  RS_EXPECT_EQ(tasks[1].ref().at_path("data.hosts").dump(),
               R"({"ok":0,"changed":1,"failed":0,"unreachable":0,"skipped":1})");
  r.result("unreachable", "2", "a", R"({"unreachable":true,"msg":"no route"})");
  r.take("v2_playbook_on_stats", R"("stats":{"a":{"ok":1,"unreachable":1},"b":{"skipped":2}})");
  RS_EXPECT(r.run.failed());
  RS_EXPECT_EQ(r.last("TaskStatusChanged", "data.status"), "\"Failed\"");
  RS_EXPECT_EQ(r.last("WorkflowProgressUpdate", "data.status"), "\"Failed\"");
  RS_EXPECT_EQ(r.last("BatchOperationUpdate", "data.operations.0.status"), "\"Unreachable\"");
  RS_EXPECT_EQ(r.last("BatchOperationUpdate", "metadata.failed_operations"), "1");
}

RS_TEST(a_failure_that_is_ignored_is_a_warning) {
  Run r;
  r.task("1");
  const auto said =
      r.result("failed", "1", "a", R"({"failed":true,"msg":"no"})", R"(,"ignore_errors":true)");
  RS_EXPECT_EQ(said.text, "failed: [a] (ignored): no");
  RS_EXPECT_EQ(r.last("LogEntry", "data.level"), "\"WARN\"");
  r.take("v2_playbook_on_stats", R"("stats":{"a":{"ok":1,"ignored":1}})");
  RS_EXPECT(!r.run.failed());
  RS_EXPECT_EQ(r.last("WorkflowProgressUpdate", "data.progress"), "100");
}

RS_TEST(hosts_that_do_not_wait_end_a_task_together) {
  Run r;
  for (int i = 0; i < 2; ++i) {
    r.take("v2_runner_on_start", Run::task_of("1"));
  }
  r.result("ok", "1", "a", "{}");
  RS_EXPECT_EQ(r.last("TaskStatusChanged", "data.status"), "\"Running\"");
  r.take("v2_runner_on_start", Run::task_of("2"));
  r.result("ok", "1", "b", "{}");
  RS_EXPECT_EQ(r.last("TaskStatusChanged", "data.task_id").find("/1\"") != std::string::npos, true);
  RS_EXPECT_EQ(r.last("TaskStatusChanged", "data.status"), "\"Completed\"");
}

RS_TEST(nothing_of_a_result_is_sent_but_how_it_went) {
  Run r;
  r.task("1");
  r.result(
      "ok", "1", "a",
      R"({"stdout":"parsnip","invocation":{"module_args":{"x":"parsnip"}},"diff":{"after":"parsnip"}})");
  r.result("failed", "1", "b", R"({"failed":true,"msg":"parsnip","censored":"hidden","rc":7})");
  r.result(
      "failed", "1", "c",
      R"({"failed":true,"msg":"loop","results":[{"failed":true,"msg":"why"},{"failed":true,"_ansible_no_log":true,"msg":"parsnip"},{"msg":"parsnip"}]})");
  RS_EXPECT_EQ(r.events.find("parsnip"), std::string::npos);
  RS_EXPECT_CONTAINS(r.events, "the output is hidden (no_log)");
  RS_EXPECT_CONTAINS(r.events, "loop\\nwhy");
  RS_EXPECT_EQ(r.events.find("\"rc\":7"), std::string::npos);
}

RS_TEST(text_is_shown_and_documents_are_not) {
  Run r;
  RS_EXPECT_EQ(r.run.take("[WARNING]: old\r", r.events).text, "[WARNING]: old");
  RS_EXPECT_EQ(r.last("LogEntry", "data.level"), "\"WARN\"");
  RS_EXPECT_EQ(r.run.take(R"({"secret":"parsnip"})", r.events).text, "");
  RS_EXPECT_EQ(r.run.take("", r.events).text, "");
  RS_EXPECT_EQ(r.run.take("ERROR! \xff", r.events).text, "ERROR! \xEF\xBF\xBD");
  r.run.finish(r.events);
  RS_EXPECT(r.run.failed());
  RS_EXPECT_EQ(r.last("WorkflowProgressUpdate", "data.current_step"),
               "\"The output ended before the run did\"");
}

RS_TEST(two_playbooks_in_a_pipe_are_two_runs) {
  Run r;
  r.take("v2_playbook_on_stats", R"("stats":{"a":{"failures":1}})");
  r.take("v2_playbook_on_play_start", R"("play":{"name":"again"})");
  r.take("v2_playbook_on_stats", R"("stats":{"a":{"ok":1}})");
  RS_EXPECT(r.run.failed());
  r.run.finish(r.events);
  RS_EXPECT_EQ(r.of("WorkflowProgressUpdate").size(), 5u);
}

RS_TEST(odd_lines_are_survived) {
  Run r;
  for (const char* line :
       {"{", "[]", "null", R"({"_event":7})", R"({"_event":"v2_runner_on_ok"})",
        R"({"_event":"v2_runner_on_ok","hosts":[1]})",
        R"({"_event":"v2_runner_on_ok","hosts":{"a":7}})",
        R"({"_event":"v2_playbook_on_stats","stats":{"a":null}})", R"({"_event":""})"}) {
    r.run.take(line, r.events);
  }
  r.run.finish(r.events);
  for (const std::string_view line : split(r.events, '\n')) {
    RS_EXPECT(line.empty() || Json::parse(line).has_value());
  }
}
