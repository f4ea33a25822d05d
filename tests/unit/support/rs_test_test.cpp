// The harness tests itself: this program runs itself again for single tests that must fail, and
// reads what they say. Those stand here as ordinary tests, but pass unless RS_SELF_TEST is set.
#include "tests/support/rs_test.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/result.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using ringside::test::TempDir;

bool as_victim() { return std::getenv("RS_SELF_TEST") != nullptr; }

struct Run {
  int exit_code = -1;
  std::string output;
};

Run run_self(const std::string& arguments) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command = "RS_SELF_TEST=1 '" + self + "' " + arguments + " 2>&1";
  FILE* const pipe = ::popen(command.c_str(), "r");
  RS_EXPECT(pipe != nullptr);
  Run result;
  std::array<char, 4096> chunk{};
  for (std::size_t n = 0; (n = std::fread(chunk.data(), 1, chunk.size(), pipe)) > 0;) {
    result.output.append(chunk.data(), n);
  }
  const int status = ::pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

struct SaysWhenDestroyed {
  SaysWhenDestroyed() = default;
  SaysWhenDestroyed(const SaysWhenDestroyed&) = delete;
  SaysWhenDestroyed& operator=(const SaysWhenDestroyed&) = delete;
  ~SaysWhenDestroyed() { std::puts("destroyed"); }
};

}  // namespace

RS_TEST(victim_fails_an_expectation) {
  if (as_victim()) {
    const SaysWhenDestroyed guard;
    RS_EXPECT_EQ(2 + 2, 5);
  }
}

RS_TEST(victim_throws) {
  if (as_victim()) {
    throw std::runtime_error("the reason");
  }
}

RS_TEST(victim_skips) {
  if (as_victim()) {
    RS_SKIP("not today");
  }
}

RS_TEST(victim_with_a_seed_fails) {
  if (as_victim()) {
    RS_EXPECT(ringside::test::seed() == 0);
  }
}

RS_TEST(failed_expectation_fails_the_program_and_says_where_and_what) {
  const Run run = run_self("victim_fails_an_expectation");
  RS_EXPECT_EQ(run.exit_code, 1);
  RS_EXPECT_CONTAINS(run.output, "rs_test_test.cpp:");
  RS_EXPECT_CONTAINS(run.output, "2 + 2 == 5");
  RS_EXPECT_CONTAINS(run.output, "left:  4");
}

RS_TEST(failed_expectation_destroys_what_the_test_made) {
  RS_EXPECT_CONTAINS(run_self("victim_fails_an_expectation").output, "destroyed");
}

RS_TEST(exception_is_a_failure) {
  const Run run = run_self("victim_throws");
  RS_EXPECT_EQ(run.exit_code, 1);
  RS_EXPECT_CONTAINS(run.output, "the reason");
}

RS_TEST(skipped_test_exits_77_with_its_reason) {
  const Run run = run_self("victim_skips");
  RS_EXPECT_EQ(run.exit_code, 77);
  RS_EXPECT_CONTAINS(run.output, "not today");
}

RS_TEST(one_failure_among_passes_fails_the_program) {
  RS_EXPECT_EQ(run_self("victim_skips victim_throws comparison_is_by_value").exit_code, 1);
}

RS_TEST(unknown_name_is_an_error) { RS_EXPECT_EQ(run_self("no_such_test").exit_code, 2); }

RS_TEST(failure_of_a_random_test_says_the_seed_and_takes_it_again) {
  const Run run = run_self("victim_with_a_seed_fails");
  const auto at = run.output.find("RINGSIDE_TEST_SEED=");
  RS_EXPECT(at != std::string::npos);
  ::setenv("RINGSIDE_TEST_SEED", "4711", 1);
  const Run again = run_self("victim_with_a_seed_fails");
  ::unsetenv("RINGSIDE_TEST_SEED");
  RS_EXPECT_CONTAINS(again.output, "RINGSIDE_TEST_SEED=4711 ");
}

RS_TEST(comparison_is_by_value) {
  RS_EXPECT_LT(-1, 1U);
  RS_EXPECT_NE(-1, 4294967295U);
  RS_EXPECT_EQ(std::vector<int>({1, 2}), std::vector<int>({1, 2}));
  RS_EXPECT_EQ(std::string("a"), "a");
  RS_EXPECT_GE(2, 2);
}

RS_TEST(unwrap_moves_the_value_out) {
  ringside::Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> value = RS_UNWRAP(std::move(result));
  RS_EXPECT_EQ(*value, 7);
}

RS_TEST(failed_check_aborts_and_a_plain_return_does_not) {
  RS_EXPECT_ABORTS(RS_CHECK(1 == 2));
  RS_EXPECT(!ringside::test::aborts([] {}));
}

RS_TEST(condition_that_never_holds_times_out) {
  RS_EXPECT(!ringside::test::eventually([] { return false; }, std::chrono::milliseconds(1)));
  int calls = 0;
  RS_EXPECT_EVENTUALLY(++calls == 3);
}

RS_TEST(temp_dir_is_gone_with_its_owner) {
  std::filesystem::path path;
  {
    const TempDir dir;
    path = dir.path();
    dir.write("a/b", "text");
    RS_EXPECT_EQ(ringside::test::read_file(path / "a/b"), "text");
  }
  RS_EXPECT(!std::filesystem::exists(path));
}

RS_TEST(manual_clock_moves_only_when_told) {
  ringside::test::ManualClock clock;
  RS_EXPECT_EQ(ringside::format_rfc3339(clock.wall_now()), "2025-09-26T10:00:00.000000Z");
  const auto before = clock.mono_now();
  clock.advance(std::chrono::seconds(90));
  RS_EXPECT_EQ(clock.mono_now() - before, std::chrono::seconds(90));
  clock.set_wall(ringside::wall_from_ns(0));
  RS_EXPECT_EQ(clock.mono_now() - before, std::chrono::seconds(90));
}
