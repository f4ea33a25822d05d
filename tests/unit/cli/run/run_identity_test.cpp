#include "cli/run/run_identity.hpp"

#include <cstdlib>

#include "core/base/text.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace ringside::cli;

namespace {

const WallTime kThen = wall_from_ns(1'758'880'800'123'000'000);  // 2025-09-26T10:00:00.123Z

RunIdentity make(const std::string& name, const std::string& workflow,
                 const RunEnvironment& outside = {}) {
  return RunIdentity::make(name, workflow, "/usr/bin/deploy.sh", outside, kThen, 42);
}

}  // namespace

RS_TEST(the_outermost_run_is_a_workflow_of_its_own) {
  const RunIdentity run = make("", "");
  RS_EXPECT_EQ(run.name, "deploy.sh");
  RS_EXPECT_EQ(run.task_id, "deploy.sh-20250926T100000123Z-42");
  RS_EXPECT_EQ(run.workflow_id, "deploy.sh-20250926T100000123Z");
  RS_EXPECT_EQ(run.workflow, "deploy.sh");
  RS_EXPECT(run.begins_workflow);
  RS_EXPECT_EQ(run.parent_task_id, "");
}

RS_TEST(a_workflow_that_is_named_has_that_id) {
  const RunIdentity run = make("build", "release");
  RS_EXPECT_EQ(run.name, "build");
  RS_EXPECT_EQ(run.workflow_id, "release");
  RS_EXPECT_EQ(run.workflow, "release");
  RS_EXPECT(run.begins_workflow);
}

RS_TEST(a_run_inside_is_part_of_the_workflow_around_it) {
  const RunEnvironment outside{.task_id = "outer",
                               .workflow_id = "w-1",
                               .workflow = "demo",
                               .run_socket = "",
                               .run_output = ""};
  const RunIdentity run = make("", "", outside);
  RS_EXPECT_EQ(run.workflow_id, "w-1");
  RS_EXPECT_EQ(run.workflow, "demo");
  RS_EXPECT_EQ(run.parent_task_id, "outer");
  RS_EXPECT(!run.begins_workflow);
  RS_EXPECT(!make("", "w-1", outside).begins_workflow);
  RS_EXPECT(make("", "other", outside).begins_workflow);
}

RS_TEST(an_id_that_was_set_from_outside_is_kept) {
  const RunEnvironment outside{
      .task_id = "", .workflow_id = "ci-77", .workflow = "", .run_socket = "", .run_output = ""};
  const RunIdentity run = make("", "", outside);
  RS_EXPECT_EQ(run.workflow_id, "ci-77");
  RS_EXPECT_EQ(run.workflow, "ci-77");
  RS_EXPECT(run.begins_workflow);
}

RS_TEST(names_are_cut_and_made_valid) {
  const RunIdentity run = make(std::string(500, 'x') + "\xff", "\xff");
  RS_EXPECT_EQ(run.name.size(), 200u);
  RS_EXPECT(is_valid_utf8(run.workflow_id));
  RS_EXPECT_EQ(RunIdentity::make("", "", "dir/", {}, kThen, 1).name, "run");
}

RS_TEST(commands_inside_are_told_by_their_environment) {
  const auto variables = make("a", "w").environment();
  RS_EXPECT_EQ(variables.size(), 3u);
  for (const auto& [name, value] : variables) {
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  const RunEnvironment outside = RunEnvironment::of_process();
  RS_EXPECT_EQ(outside.workflow_id, "w");
  RS_EXPECT_EQ(outside.task_id, "a-20250926T100000123Z-42");
}
