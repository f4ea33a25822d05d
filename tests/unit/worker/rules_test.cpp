// What a configuration comes to, before anything of it takes effect.
#include "worker/rules.hpp"

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace ringside;
using ringside::test::TempDir;

RS_TEST(errors_are_lines_for_people) {
  const TempDir dir;
  const std::string path =
      dir.write("ringside.toml", "[ring]\nsize = \"5MiB\"\n[events]\nmax_lin = 1\n");
  const LoadedOptions loaded = load_options(path, "");
  RS_EXPECT_EQ(loaded.errors.size(), 2u);
  RS_EXPECT(loaded.errors[0].starts_with(path + ":2: ring.size must be a power of two"));
  RS_EXPECT(loaded.errors[1].starts_with(path + ":4: events.max_lin is not an option"));
}

RS_TEST(the_command_lines_run_dir_wins_and_must_leave_room_for_sockets) {
  const TempDir dir;
  const std::string path = dir.write("ringside.toml", "run_dir = \"/a\"\n");
  RS_EXPECT_EQ(load_options(path, "/b").options.run_dir, "/b");
  RS_EXPECT_EQ(load_options(path, "").options.run_dir, "/a");
  RS_EXPECT(load_options(path, "/" + std::string(93, 'x')).errors.empty());
  const LoadedOptions too_long = load_options(path, "/" + std::string(94, 'x'));
  RS_EXPECT_EQ(too_long.errors.size(), 1u);
  RS_EXPECT_CONTAINS(too_long.errors[0], "may have 107 bytes");
}

RS_TEST(state_dir_is_apart_from_a_run_dir_in_memory_and_within_any_other) {
  const TempDir dir;
  const std::string plain = dir.write("plain.toml", "");
  RS_EXPECT_EQ(load_options(plain, "").options.state_dir, "/var/lib/ringside");
  RS_EXPECT_EQ(load_options(plain, "/b").options.state_dir, "/b/state");
  const std::string chosen = dir.write("chosen.toml", "run_dir = \"/a\"\nstate_dir = \"/s\"\n");
  RS_EXPECT_EQ(load_options(chosen, "").options.state_dir, "/s");
  RS_EXPECT_EQ(need_restart(load_options(plain, "").options, load_options(plain, "/b").options),
               (std::vector<std::string>{"run_dir", "state_dir"}));
}

RS_TEST(rules_carry_the_limits) {
  const TempDir dir;
  WorkerOptions options;
  options.schema_dir = dir.path().string();
  options.max_line_bytes = 12345;
  options.max_depth = 7;
  const Rules rules = RS_UNWRAP(make_rules(options));
  RS_EXPECT_EQ(rules.limits.max_event_bytes, 12345u);
  RS_EXPECT_EQ(rules.limits.max_depth, 7u);
  options.schema_dir = "/nonexistent";
  RS_EXPECT_CONTAINS(make_rules(options).error().message, "schema_dir");
}

RS_TEST(what_needs_a_restart_is_named) {
  WorkerOptions a;
  WorkerOptions b = a;
  RS_EXPECT(need_restart(a, b).empty());
  b.ring_bytes *= 2;
  b.socket_mode = "0666";
  b.max_depth = 5;
  RS_EXPECT_EQ(need_restart(a, b), (std::vector<std::string>{"ring.size", "events.socket_mode"}));
}

RS_TEST(sources_are_the_same_until_an_option_of_theirs_changes) {
  WorkerOptions a;
  WorkerOptions b = a;
  b.max_depth = 5;
  RS_EXPECT(same_sources(a, b));
  b.log_files = {"/var/log/x"};
  RS_EXPECT(!same_sources(a, b));
}

}  // namespace
