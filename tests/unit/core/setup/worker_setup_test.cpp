// A configuration is checked as a whole before any of it takes effect.
#include "core/setup/worker_setup.hpp"

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace ringside;
using ringside::test::TempDir;

RS_TEST(errors_are_lines_for_people) {
  const TempDir dir;
  const std::string path =
      dir.write("ringside.toml", "[ring]\nsize = \"5MiB\"\n[events]\nmax_lin = 1\n");
  const WorkerOptionsResult loaded = load_worker_setup(path, "", {});
  RS_EXPECT_EQ(loaded.errors.size(), 2u);
  RS_EXPECT(format_option_error(path, loaded.errors[0])
                .starts_with(path + ":2: ring.size must be a power of two"));
  RS_EXPECT(format_option_error(path, loaded.errors[1])
                .starts_with(path + ":4: events.max_lin is not an option"));
}

RS_TEST(the_command_lines_run_dir_wins_and_must_leave_room_for_sockets) {
  const TempDir dir;
  const std::string path = dir.write("ringside.toml", "run_dir = \"/a\"\n");
  RS_EXPECT_EQ(load_worker_setup(path, "/b", {}).options.run_dir, "/b");
  RS_EXPECT_EQ(load_worker_setup(path, "", {}).options.run_dir, "/a");
  RS_EXPECT(load_worker_setup(path, "/" + std::string(93, 'x'), {}).errors.empty());
  const WorkerOptionsResult too_long = load_worker_setup(path, "/" + std::string(94, 'x'), {});
  RS_EXPECT_EQ(too_long.errors.size(), 1u);
  RS_EXPECT_CONTAINS(too_long.errors[0].message, "at most 107 bytes");
}

RS_TEST(state_dir_is_apart_from_a_run_dir_in_memory_and_within_any_other) {
  const TempDir dir;
  const std::string plain = dir.write("plain.toml", "");
  RS_EXPECT_EQ(load_worker_setup(plain, "", {}).options.state_dir, "/var/lib/ringside");
  RS_EXPECT_EQ(load_worker_setup(plain, "/b", {}).options.state_dir, "/b/state");
  const std::string chosen = dir.write("chosen.toml", "run_dir = \"/a\"\nstate_dir = \"/s\"\n");
  RS_EXPECT_EQ(load_worker_setup(chosen, "", {}).options.state_dir, "/s");
  RS_EXPECT_EQ(load_worker_setup(chosen, "", {}).options.history_dir, "/s/history");
  RS_EXPECT_EQ(need_restart(load_worker_setup(plain, "", {}).options,
                            load_worker_setup(plain, "/b", {}).options),
               (std::vector<std::string>{"run_dir", "state_dir", "history.dir"}));
}

RS_TEST(the_setup_carries_the_limits) {
  const TempDir dir;
  WorkerOptions options;
  options.schema_dir = dir.path().string();
  options.max_line_bytes = 12345;
  options.max_depth = 7;
  const WorkerSetup setup = make_worker_setup(options).setup;
  RS_EXPECT_EQ(setup.limits.max_event_bytes, 12345u);
  RS_EXPECT_EQ(setup.limits.max_depth, 7u);
  options.schema_dir = "/nonexistent";
  RS_EXPECT_CONTAINS(make_worker_setup(options).errors.at(0).message, "schema_dir");
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

// One of each kind, all reported at once, so that a start or a check names every mistake.
RS_TEST(every_error_is_reported_with_the_option_that_caused_it) {
  const TempDir dir;
  WorkerOptions options;
  options.run_dir = dir / "none/run";
  options.state_dir = dir.write("a_file", "");
  options.schema_dir = "/nonexistent";
  options.redact_custom = {"("};
  options.allow_users = {"no-such-user"};
  options.allow_groups = {"no-such-group"};
  const WorkerSetupResult made = make_worker_setup(options);
  std::vector<std::string> names;
  for (const OptionError& error : made.errors) {
    names.push_back(error.name);
    RS_EXPECT(!error.message.empty());
  }
  RS_EXPECT_EQ(names, (std::vector<std::string>{"run_dir", "state_dir", "schema_dir", "redact",
                                                "events.allow_users", "events.allow_groups"}));
  RS_EXPECT_CONTAINS(join_messages(made.errors), "there is no user \"no-such-user\"\n");
}

RS_TEST(directories_that_the_worker_creates_itself_need_only_a_parent) {
  const TempDir dir;
  WorkerOptions options;
  options.schema_dir = dir.path().string();
  options.run_dir = dir / "run";
  options.state_dir = dir / "run/state";
  RS_EXPECT(make_worker_setup(options).errors.empty());
  options.state_dir = dir / "run/a/b";
  RS_EXPECT_CONTAINS(join_messages(make_worker_setup(options).errors), "cannot be created");
}

}  // namespace
