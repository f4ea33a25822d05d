#include "worker/sources/files/tail_set.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "tests/unit/worker/sources/files/tail_set_fixture.hpp"

using namespace ringside;

using ringside::test::Texts;
using Fixture = ringside::test::TailSetFixture;

RS_TEST(files_at_first_sight_are_followed_from_their_end) {
  Fixture f;
  f.append("a.log", "old\n");
  TailSet set(f.options(), f.clock);
  RS_EXPECT(f.scan_and_read(set).empty());
  f.append("a.log", "new\n");
  RS_EXPECT_EQ(f.read(set), (Texts{"a.log: new"}));
  RS_EXPECT_EQ(set.counts().n_files, 1u);
}

RS_TEST(file_that_appears_later_is_read_from_its_start) {
  Fixture f;
  TailSet set(f.options(), f.clock);
  set.scan();
  f.append("b.log", "first\nsecond\n");
  f.append("b.txt", "no log\n");
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"b.log: first", "b.log: second"}));
}

RS_TEST(rotation_by_rename_loses_and_repeats_nothing) {
  Fixture f;
  f.append("a.log", "0\n");
  TailSet set(f.options(), f.clock);
  set.scan();
  f.append("a.log", "1\n");
  f.rename("a.log", "a.log.1");
  f.append("a.log.1", "2\n");  // its writer has not reopened yet
  f.append("a.log", "3\n");
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: 1", "a.log: 2", "a.log: 3"}));
  f.clock.advance(std::chrono::seconds(9));
  f.append("a.log.1", "late\n");
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: late"}));
  RS_EXPECT_EQ(set.counts().n_files, 2u);
  f.clock.advance(std::chrono::seconds(10));
  (void)f.read(set);
  RS_EXPECT_EQ(set.counts().n_files, 1u);
  RS_EXPECT_EQ(set.counts().n_rotations, 1u);
}

RS_TEST(rotation_into_a_name_that_the_glob_finds_repeats_nothing) {
  Fixture f;
  TailOptions options = f.options();
  options.globs = {f.dir / "a.log*"};
  f.append("a.log", "0\n");
  TailSet set(options, f.clock);
  set.scan();
  f.append("a.log", "1\n");
  RS_EXPECT_EQ(f.read(set), (Texts{"a.log: 1"}));
  f.rename("a.log", "a.log.1");
  f.append("a.log", "2\n");
  f.append("a.log.1", "3\n");
  Texts got = f.scan_and_read(set);
  std::ranges::sort(got);
  RS_EXPECT_EQ(got, (Texts{"a.log.1: 3", "a.log: 2"}));
}

RS_TEST(rotation_by_copy_and_truncation_is_followed) {
  Fixture f;
  f.append("a.log", "some old lines\n");
  TailSet set(f.options(), f.clock);
  set.scan();
  std::filesystem::copy_file(f.dir / "a.log", f.dir / "a.log.1");
  std::filesystem::resize_file(f.dir / "a.log", 0);
  f.append("a.log", "x\n");
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: x"}));
  RS_EXPECT_EQ(set.counts().n_truncations, 1u);
}

RS_TEST(removed_file_is_read_to_its_end_and_let_go) {
  Fixture f;
  f.append("a.log", "");
  TailSet set(f.options(), f.clock);
  set.scan();
  f.append("a.log", "last\nand without end");
  std::filesystem::remove(f.dir / "a.log");
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: last"}));
  f.clock.advance(std::chrono::seconds(10));
  RS_EXPECT_EQ(f.read(set), (Texts{"a.log: and without end"}));
  RS_EXPECT_EQ(set.counts().n_files, 0u);
}

RS_TEST(restarted_worker_goes_on_where_it_was) {
  Fixture f;
  f.append("a.log", "0\n");
  std::string state;
  {
    TailSet set(f.options(), f.clock);
    set.scan();
    f.append("a.log", "1\n");
    (void)f.read(set);
    state = set.state();
  }
  f.append("a.log", "2\n");
  TailSet set(f.options(), f.clock);
  RS_EXPECT(set.load_state(state));
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: 2"}));
}

RS_TEST(restarted_worker_reads_what_was_rotated_meanwhile) {
  Fixture f;
  f.append("a.log", "0\n");
  TailSet first(f.options(), f.clock);
  first.scan();
  f.append("a.log", "1\n");
  f.rename("a.log", "a.log-20250926");
  f.append("a.log", "2\n");
  TailSet set(f.options(), f.clock);
  RS_EXPECT(set.load_state(first.state()));
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log-20250926: 1", "a.log: 2"}));
}

RS_TEST(restarted_worker_reads_files_that_came_meanwhile_from_their_start) {
  Fixture f;
  f.append("a.log", "0\n");
  TailSet first(f.options(), f.clock);
  first.scan();
  f.append("b.log", "new\n");
  TailSet set(f.options(), f.clock);
  RS_EXPECT(set.load_state(first.state()));
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"b.log: new"}));
}

// The last look was between the two steps of a rotation, and saw no file of the name.
RS_TEST(restarted_worker_reads_a_file_whose_name_was_missing_at_the_last_look) {
  Fixture f;
  TailOptions options = f.options();
  options.globs = {f.dir / "a.log*"};
  f.append("a.log", "0\n");
  TailSet first(options, f.clock);
  first.scan();
  f.rename("a.log", "a.log.1");
  first.scan();
  f.append("a.log", "1\n");
  TailSet set(options, f.clock);
  RS_EXPECT(set.load_state(first.state()));
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: 1"}));
}

RS_TEST(restarted_worker_begins_at_the_end_of_files_under_a_glob_that_is_new) {
  Fixture f;
  TailOptions options = f.options();
  options.globs = {f.dir / "a*.log"};
  f.append("a.log", "0\n");
  TailSet first(options, f.clock);
  first.scan();
  f.append("b.log", "old\n");
  options.globs.push_back(f.dir / "b*.log");
  TailSet set(options, f.clock);
  RS_EXPECT(set.load_state(first.state()));
  RS_EXPECT(f.scan_and_read(set).empty());
}

RS_TEST(state_that_is_none_is_ignored) {
  Fixture f;
  for (const auto* text :
       {"", "x", "{}", R"({"version":2,"files":[]})", R"({"version":1,"files":{}})", "[1]"}) {
    TailSet set(f.options(), f.clock);
    RS_EXPECT(!set.load_state(text));
  }
  f.append("a.log", "0\n");
  TailSet set(f.options(), f.clock);
  RS_EXPECT(set.load_state(
      R"({"version":1,"files":[null,1,{"path":7},{"path":"/","device":"-1","inode":"x"}]})"));
  RS_EXPECT(f.scan_and_read(set).empty());
}

RS_TEST(excluded_directories_and_archives_are_left_out) {
  Fixture f;
  TailOptions options = f.options();
  options.globs = {f.dir / "*/*", f.dir / "*"};
  options.excluded_dirs = {f.dir / "run"};
  f.dir.write("run/worker.log", "");
  f.dir.write("runner/ok.log", "");
  for (const auto* name : {"a.log.gz", "wtmp", "btmp.1", "x.journal"}) {
    f.append(name, "");
  }
  TailSet set(options, f.clock);
  set.scan();
  RS_EXPECT_EQ(set.counts().n_files, 1u);
}

RS_TEST(path_written_out_is_followed_in_an_excluded_directory_too) {
  Fixture f;
  f.dir.write("run/lwsws.log", "");
  f.dir.write("run/other.log", "");
  TailOptions options = f.options();
  options.globs = {f.dir / "run/lwsws.log", f.dir / "run/*"};
  options.excluded_dirs = {f.dir / "run"};
  TailSet set(options, f.clock);
  set.scan();
  RS_EXPECT_EQ(set.counts().n_files, 1u);
}

RS_TEST(own_output_is_never_followed) {
  Fixture f;
  f.append("worker.log", "");
  struct stat st {};
  RS_EXPECT_EQ(::stat((f.dir / "worker.log").c_str(), &st), 0);
  TailOptions options = f.options();
  options.globs = {f.dir / "worker.log"};
  options.excluded_files = {FileId{st.st_dev, st.st_ino}};
  TailSet set(options, f.clock);
  set.scan();
  RS_EXPECT_EQ(set.counts().n_files, 0u);
}

RS_TEST(files_are_bounded_and_that_is_told_once) {
  Fixture f;
  TailOptions options = f.options();
  options.max_files = 3;
  for (int i = 0; i < 5; ++i) {
    f.append(std::to_string(i) + ".log", "");
  }
  TailSet set(options, f.clock);
  set.scan();
  set.scan();
  RS_EXPECT_EQ(set.counts().n_files, 3u);
  RS_EXPECT_EQ(set.counts().n_left_out, 2u);
  RS_EXPECT_EQ(set.take_problems(),
               (Texts{"more than 3 files to follow: the others are left out"}));
}

RS_TEST(file_that_may_not_be_read_is_told_once) {
  if (::geteuid() == 0) {
    RS_SKIP("root may read everything");
  }
  Fixture f;
  f.append("a.log", "");
  std::filesystem::permissions(f.dir / "a.log", std::filesystem::perms::none);
  TailSet set(f.options(), f.clock);
  set.scan();
  set.scan();
  RS_EXPECT_EQ(set.take_problems().size(), 1u);
  RS_EXPECT_EQ(set.counts().n_errors, 2u);
}

RS_TEST(new_globs_begin_at_the_end_and_old_ones_go_on) {
  Fixture f;
  f.append("a.log", "0\n");
  f.append("b.txt", "0\n");
  TailSet set(f.options(), f.clock);
  set.scan();
  f.append("a.log", "1\n");
  set.set_globs({f.dir / "*.log", f.dir / "*.txt"});
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: 1"}));
  f.append("b.txt", "2\n");
  RS_EXPECT_EQ(f.read(set), (Texts{"b.txt: 2"}));
}

RS_TEST(busy_file_does_not_starve_the_others) {
  Fixture f;
  f.append("a.log", "");
  f.append("b.log", "");
  TailSet set(f.options(), f.clock);
  set.scan();
  f.append("a.log", std::string(300'000, 'x') + "\n");
  f.append("b.log", std::string(300'000, 'y') + "\n");
  bool a = false;
  bool b = false;
  const TailSink sink = [&](const TailedLine& line) {
    (line.path.ends_with("a.log") ? a : b) = true;
  };
  int turns = 0;
  while (set.read_new(64u << 10u, sink)) {
    ++turns;
  }
  RS_EXPECT(a && b);
  RS_EXPECT_GE(turns, 9);
}

RS_TEST(directories_are_those_of_globs_and_files) {
  Fixture f;
  TailOptions options = f.options();
  options.globs = {f.dir / "*.log", f.dir / "*/x.log", "/etc/passwd"};
  f.dir.write("sub/x.log", "");
  TailSet set(options, f.clock);
  set.scan();
  RS_EXPECT(set.directories() ==
            (std::set<std::string>{"/etc", f.dir.path().string(), f.dir / "sub"}));
}

RS_TEST(file_that_was_truncated_and_rotated_while_no_worker_ran_is_read_from_its_start) {
  Fixture f;
  TailOptions options = f.options();
  options.globs = {f.dir / "a.log*"};
  std::string state;
  {
    TailSet first(options, f.clock);
    (void)f.scan_and_read(first);
    f.append("a.log", std::string(100, 'h') + "\n");
    (void)f.scan_and_read(first);
    state = first.state();
  }
  std::filesystem::resize_file(f.dir / "a.log", 0);
  f.append("a.log", "new\n");
  f.rename("a.log", "a.log.1");
  f.append("a.log", "newer\n");
  TailSet next(options, f.clock);
  RS_EXPECT(next.load_state(state));
  Texts all = f.scan_and_read(next);
  std::ranges::sort(all);
  RS_EXPECT_EQ(all, (Texts{"a.log.1: new", "a.log: newer"}));
}

RS_TEST(another_file_of_a_like_name_is_read_from_its_start) {
  Fixture f;
  TailSet set(f.options(), f.clock);
  (void)f.scan_and_read(set);
  f.append("a.log", std::string(100, 'h') + "\none\n");
  (void)f.scan_and_read(set);
  f.append("a-errors.log", std::string(100, 'h') + "\nother\n");
  RS_EXPECT_EQ(f.scan_and_read(set),
               (Texts{"a-errors.log: " + std::string(100, 'h'), "a-errors.log: other"}));
}

RS_TEST(files_of_a_protected_directory_are_never_followed_by_any_name) {
  Fixture f;
  std::filesystem::create_directory(f.dir / "run");
  f.dir.write("run/jwt.secret", "key\n");
  TailOptions options = f.options();
  options.protected_dirs = {f.dir / "run"};
  std::filesystem::create_symlink(f.dir / "run/jwt.secret", f.dir / "link.log");
  std::filesystem::create_hard_link(f.dir / "run/jwt.secret", f.dir / "hard.log");
  options.globs.push_back(f.dir / "run/jwt.secret");
  TailSet set(options, f.clock);
  set.scan();
  RS_EXPECT_EQ(set.counts().n_files, 0u);
}

RS_TEST(utf16_is_reported_and_not_followed) {
  Fixture f;
  TailSet set(f.options(), f.clock);
  (void)f.scan_and_read(set);
  f.append("a.log", std::string_view("\xFF\xFEh\0i\0\n\0", 8));
  RS_EXPECT(f.scan_and_read(set).empty());
  RS_EXPECT_CONTAINS(set.take_problems().at(0), "UTF-16");
}
