// Copies of files that are followed: each line once, whoever has it and whenever the copy was made.
#include <algorithm>

#include "tests/unit/worker/sources/files/tail_set_fixture.hpp"

using namespace ringside;
using ringside::test::Texts;
using Fixture = ringside::test::TailSetFixture;

RS_TEST(copy_of_a_truncated_file_gives_only_the_lines_that_nobody_has_read) {
  Fixture f;
  const std::string head(100, 'h');
  TailOptions options = f.options();
  options.globs = {f.dir / "a.log*"};
  TailSet set(options, f.clock);
  (void)f.scan_and_read(set);
  f.append("a.log", head + "\none\n");
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: " + head, "a.log: one"}));
  f.append("a.log", "two\n");  // between the last look and the truncation
  std::filesystem::copy_file(f.dir / "a.log", f.dir / "a.log.1");
  std::filesystem::resize_file(f.dir / "a.log", 0);
  f.append("a.log", "three\n");
  Texts all = f.scan_and_read(set);
  const Texts more = f.scan_and_read(set);
  all.insert(all.end(), more.begin(), more.end());
  std::ranges::sort(all);
  RS_EXPECT_EQ(all, (Texts{"a.log.1: two", "a.log: three"}));
}

RS_TEST(copy_that_is_seen_before_the_truncation_waits_for_it) {
  Fixture f;
  const std::string head(100, 'h');
  TailOptions options = f.options();
  options.globs = {f.dir / "a.log*"};
  TailSet set(options, f.clock);
  (void)f.scan_and_read(set);
  f.append("a.log", head + "\n");
  (void)f.scan_and_read(set);
  std::filesystem::copy_file(f.dir / "a.log", f.dir / "a.log.1");
  RS_EXPECT(f.scan_and_read(set).empty());
  std::filesystem::resize_file(f.dir / "a.log", 0);
  (void)f.read(set);
  f.append("a.log", "new\n");
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: new"}));
}

RS_TEST(copy_that_was_made_while_no_worker_ran_gives_only_the_lines_that_nobody_has_read) {
  Fixture f;
  const std::string head(100, 'h');
  TailOptions options = f.options();
  options.globs = {f.dir / "a.log*"};
  std::string state;
  {
    TailSet first(options, f.clock);
    (void)f.scan_and_read(first);
    f.append("a.log", head + "\none\n");
    RS_EXPECT_EQ(f.scan_and_read(first), (Texts{"a.log: " + head, "a.log: one"}));
    state = first.state();
  }
  f.append("a.log", "two\n");
  std::filesystem::copy_file(f.dir / "a.log", f.dir / "a.log.1");
  std::filesystem::resize_file(f.dir / "a.log", 0);
  f.append("a.log", "three\n");
  TailSet next(options, f.clock);
  RS_EXPECT(next.load_state(state));
  Texts all = f.scan_and_read(next);
  std::ranges::sort(all);
  RS_EXPECT_EQ(all, (Texts{"a.log.1: two", "a.log: three"}));
}

RS_TEST(copy_that_waited_when_the_worker_stopped_is_not_read_by_the_next_one) {
  Fixture f;
  const std::string head(100, 'h');
  TailOptions options = f.options();
  options.globs = {f.dir / "a.log*"};
  std::string state;
  {
    TailSet first(options, f.clock);
    (void)f.scan_and_read(first);
    f.append("a.log", head + "\none\n");
    (void)f.scan_and_read(first);
    std::filesystem::copy_file(f.dir / "a.log", f.dir / "a.log.1");
    RS_EXPECT(f.scan_and_read(first).empty());
    state = first.state();
  }
  TailSet next(options, f.clock);
  RS_EXPECT(next.load_state(state));
  RS_EXPECT(f.scan_and_read(next).empty());
  std::filesystem::resize_file(f.dir / "a.log", 0);
  (void)f.read(next);
  f.append("a.log", "new\n");
  RS_EXPECT_EQ(f.scan_and_read(next), (Texts{"a.log: new"}));
}

RS_TEST(copy_that_is_found_only_by_the_next_worker_is_known_by_the_state) {
  Fixture f;
  const std::string head(100, 'h');
  TailOptions options = f.options();
  options.globs = {f.dir / "a.log*"};
  std::string state;
  {
    TailSet first(options, f.clock);
    (void)f.scan_and_read(first);
    f.append("a.log", head + "\none\n");
    (void)f.scan_and_read(first);
    std::filesystem::copy_file(f.dir / "a.log", f.dir / "a.log.1");
    std::filesystem::resize_file(f.dir / "a.log", 0);
    f.append("a.log", "two\n");
    RS_EXPECT_EQ(f.read(first), (Texts{"a.log: two"}));  // the truncation is known, the copy is not
    state = first.state();
  }
  TailSet next(options, f.clock);
  RS_EXPECT(next.load_state(state));
  RS_EXPECT(f.scan_and_read(next).empty());
}
