// Copies of files that are followed: each line once, whoever has it and whenever the copy was made.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "tests/unit/worker/sources/files/tail_set_fixture.hpp"

using namespace ringside;
using ringside::test::Texts;

namespace {

// A log that has been read to its end: a first line that is long enough to know a copy by, and "one".
struct Fixture : ringside::test::TailSetFixture {
  std::string head = std::string(100, 'h');
  TailOptions with_copies = [this] {
    TailOptions all = options();
    all.globs = {dir / "a.log*"};
    return all;
  }();

  void begin(TailSet& set) {
    (void)scan_and_read(set);
    append("a.log", head + "\none\n");
    RS_EXPECT_EQ(scan_and_read(set), (Texts{"a.log: " + head, "a.log: one"}));
  }
  void copy() const { std::filesystem::copy_file(dir / "a.log", dir / "a.log.1"); }
  void truncate() const { std::filesystem::resize_file(dir / "a.log", 0); }
};

}  // namespace

RS_TEST(copy_of_a_truncated_file_gives_only_the_lines_that_nobody_has_read) {
  Fixture f;
  TailSet set(f.with_copies, f.clock);
  f.begin(set);
  f.append("a.log", "two\n");  // between the last look and the truncation
  f.copy();
  f.truncate();
  f.append("a.log", "three\n");
  Texts all = f.scan_and_read(set);
  const Texts more = f.scan_and_read(set);
  all.insert(all.end(), more.begin(), more.end());
  std::ranges::sort(all);
  RS_EXPECT_EQ(all, (Texts{"a.log.1: two", "a.log: three"}));
}

RS_TEST(half_a_line_that_a_truncation_left_over_comes_whole_from_the_copy) {
  Fixture f;
  TailSet set(f.with_copies, f.clock);
  f.begin(set);
  f.append("a.log", "two hal");
  RS_EXPECT_EQ(f.scan_and_read(set), Texts{});
  f.append("a.log", "ves\n");
  f.copy();
  f.truncate();
  f.append("a.log", "three\n");
  RS_EXPECT_EQ(f.read(set), (Texts{"a.log: three"}));
  RS_EXPECT_EQ(f.read(set), Texts{});  // it waits until the copy is found
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log.1: two halves"}));
  f.clock.advance(std::chrono::seconds(3));
  RS_EXPECT_EQ(f.scan_and_read(set), Texts{});
}

RS_TEST(half_a_line_that_a_truncation_left_over_comes_after_a_while_when_there_is_no_copy) {
  Fixture f;
  TailSet set(f.with_copies, f.clock);
  f.begin(set);
  f.append("a.log", "two hal");
  (void)f.scan_and_read(set);
  f.truncate();
  f.append("a.log", "three\n");
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: three"}));
  f.clock.advance(std::chrono::seconds(3));
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: two hal"}));
}

RS_TEST(copy_is_looked_for_before_half_a_line_is_given_up) {
  Fixture f;
  TailSet set(f.with_copies, f.clock);
  f.begin(set);
  f.append("a.log", "two hal");
  (void)f.scan_and_read(set);
  f.append("a.log", "ves\n");
  f.copy();
  f.truncate();
  RS_EXPECT_EQ(f.read(set), Texts{});
  f.clock.advance(std::chrono::seconds(3));
  Texts all = f.read(set);
  const Texts more = f.read(set);
  all.insert(all.end(), more.begin(), more.end());
  RS_EXPECT_EQ(all, (Texts{"a.log.1: two halves"}));
}

RS_TEST(half_a_line_is_not_lost_when_its_file_is_truncated_again) {
  Fixture f;
  TailSet set(f.with_copies, f.clock);
  f.begin(set);
  f.append("a.log", "two hal");
  (void)f.scan_and_read(set);
  f.truncate();
  f.append("a.log", "three\nfour hal");
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: three"}));
  f.truncate();
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: two hal"}));
  f.clock.advance(std::chrono::seconds(3));
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: four hal"}));
}

RS_TEST(half_a_line_that_waits_at_the_end_of_a_worker_comes_whole_from_the_next) {
  Fixture f;
  std::string state;
  {
    TailSet set(f.with_copies, f.clock);
    f.begin(set);
    f.append("a.log", "two hal");
    (void)f.scan_and_read(set);
    f.append("a.log", "ves\n");
    f.copy();
    f.truncate();
    RS_EXPECT_EQ(f.read(set), Texts{});
    Texts got;
    set.finish([&](const TailedLine& line) { got.emplace_back(line.line.text); });
    RS_EXPECT_EQ(got, Texts{});
    state = set.state();
  }
  TailSet next(f.with_copies, f.clock);
  RS_EXPECT(next.load_state(state));
  RS_EXPECT_EQ(f.scan_and_read(next), (Texts{"a.log.1: two halves"}));
}

// Its inode was that of a file which the last worker had followed.
RS_TEST(copy_that_is_found_empty_and_has_an_inode_that_was_left_is_a_copy) {
  Fixture f;
  std::string state;
  {
    TailSet set(f.with_copies, f.clock);
    f.begin(set);
    f.append("a.log.2", f.head + "old\n");
    (void)f.scan_and_read(set);
    state = set.state();
  }
  const auto inode = [&](const char* name) {
    struct stat st {};
    RS_EXPECT_EQ(::stat((f.dir / name).c_str(), &st), 0);
    return fmt::format("\"inode\":\"{}\"", st.st_ino);
  };
  const std::string old_inode = inode("a.log.2");
  f.append("a.log.1", "");
  state.replace(state.find(old_inode), old_inode.size(), inode("a.log.1"));
  std::filesystem::remove(f.dir / "a.log.2");
  TailSet next(f.with_copies, f.clock);
  RS_EXPECT(next.load_state(state));
  (void)f.scan_and_read(next);
  f.append("a.log.1", f.head + "\none\n");
  RS_EXPECT_EQ(f.scan_and_read(next), Texts{});
  f.truncate();
  RS_EXPECT_EQ(f.scan_and_read(next), Texts{});
}

RS_TEST(a_file_that_only_begins_like_another_is_no_copy) {
  Fixture f;
  TailSet set(f.with_copies, f.clock);
  const std::string banner = std::string(20'000, 'b') + "\n";
  (void)f.scan_and_read(set);
  f.append("a.log", banner + "one\n");
  f.append("a.log.1", banner + "two\n");
  f.scan_and_read(set);
  f.append("a.log", "three\n");
  f.append("a.log.1", "four\n");
  Texts all = f.scan_and_read(set);
  const Texts more = f.scan_and_read(set);
  all.insert(all.end(), more.begin(), more.end());
  RS_EXPECT(std::ranges::find(all, "a.log.1: four") != all.end());
  RS_EXPECT(std::ranges::find(all, "a.log: three") != all.end());
}

// A writer without O_APPEND continues at its old offset when its file is truncated, so many files begin with NULs.
RS_TEST(a_file_that_begins_with_a_hole_is_no_copy_of_another_that_does) {
  Fixture f;
  TailSet set(f.with_copies, f.clock);
  (void)f.scan_and_read(set);
  f.append("a.log", std::string(400, '\0') + f.head + "\none\n");
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: " + f.head, "a.log: one"}));
  f.truncate();
  (void)f.read(set);
  const std::string other(100, 'o');
  f.append("a.log.1", std::string(300, '\0') + other + "\ntwo\n" + f.head + other + "\nthree\n");
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log.1: " + other, "a.log.1: two",
                                            "a.log.1: " + f.head + other, "a.log.1: three"}));
}

RS_TEST(copy_of_a_file_that_begins_with_a_hole_is_known) {
  Fixture f;
  TailSet set(f.with_copies, f.clock);
  (void)f.scan_and_read(set);
  f.append("a.log", std::string(70'000, '\0') + f.head + "\none\n");
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: " + f.head, "a.log: one"}));
  f.copy();
  f.truncate();
  RS_EXPECT(f.scan_and_read(set).empty());
  f.append("a.log", "new\n");
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: new"}));
}

RS_TEST(copy_that_is_seen_before_the_truncation_waits_for_it) {
  Fixture f;
  TailSet set(f.with_copies, f.clock);
  f.begin(set);
  f.copy();
  RS_EXPECT(f.scan_and_read(set).empty());
  f.truncate();
  (void)f.read(set);
  f.append("a.log", "new\n");
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: new"}));
}

RS_TEST(copy_that_is_found_while_it_is_empty_still_gives_only_the_lines_that_nobody_has_read) {
  Fixture f;
  TailSet set(f.with_copies, f.clock);
  f.begin(set);
  f.append("a.log.1", "");  // cp has opened it
  RS_EXPECT(f.scan_and_read(set).empty());
  f.append("a.log", "two\n");
  f.append("a.log.1", f.head + "\none\ntwo\n");
  f.truncate();
  f.append("a.log", "three\n");
  Texts all = f.read(set);
  const Texts more = f.scan_and_read(set);
  all.insert(all.end(), more.begin(), more.end());
  std::ranges::sort(all);
  RS_EXPECT_EQ(all, (Texts{"a.log.1: two", "a.log: three"}));
}

RS_TEST(copy_that_is_found_while_it_is_empty_or_half_made_waits_for_the_truncation) {
  Fixture f;
  TailSet set(f.with_copies, f.clock);
  f.begin(set);
  f.append("a.log.1", "");
  RS_EXPECT(f.scan_and_read(set).empty());
  f.append("a.log.1", f.head);
  RS_EXPECT(f.scan_and_read(set).empty());
  f.append("a.log.1", "\none\n");
  RS_EXPECT(f.scan_and_read(set).empty());
  f.truncate();
  RS_EXPECT(f.scan_and_read(set).empty());
  f.append("a.log", "new\n");
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: new"}));
}

// A program that always says the same: its new file is no copy of the one that got another name.
RS_TEST(new_file_after_a_rotation_is_no_copy_though_its_lines_are_the_old_ones) {
  Fixture f;
  TailSet set(f.with_copies, f.clock);
  (void)f.scan_and_read(set);
  f.append("a.log", f.head + "\n" + f.head + "\n");
  RS_EXPECT_EQ(f.scan_and_read(set).size(), 2U);
  f.rename("a.log", "a.log.1");
  f.append("a.log", "");
  RS_EXPECT(f.scan_and_read(set).empty());
  f.append("a.log", f.head + "\n");
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"a.log: " + f.head}));
}

RS_TEST(copy_that_was_made_while_no_worker_ran_gives_only_the_lines_that_nobody_has_read) {
  Fixture f;
  std::string state;
  {
    TailSet first(f.with_copies, f.clock);
    f.begin(first);
    state = first.state();
  }
  f.append("a.log", "two\n");
  f.copy();
  f.truncate();
  const std::string longer(300, 'l');  // than all that was read before
  f.append("a.log", longer + "\n");
  TailSet next(f.with_copies, f.clock);
  RS_EXPECT(next.load_state(state));
  Texts all = f.scan_and_read(next);
  std::ranges::sort(all);
  RS_EXPECT_EQ(all, (Texts{"a.log.1: two", "a.log: " + longer}));
}

RS_TEST(copy_that_waited_when_the_worker_stopped_is_not_read_by_the_next_one) {
  Fixture f;
  std::string state;
  {
    TailSet first(f.with_copies, f.clock);
    f.begin(first);
    f.copy();
    RS_EXPECT(f.scan_and_read(first).empty());
    state = first.state();
  }
  TailSet next(f.with_copies, f.clock);
  RS_EXPECT(next.load_state(state));
  RS_EXPECT(f.scan_and_read(next).empty());
  f.truncate();
  (void)f.read(next);
  f.append("a.log", "new\n");
  RS_EXPECT_EQ(f.scan_and_read(next), (Texts{"a.log: new"}));
}

RS_TEST(copy_that_is_found_only_by_the_next_worker_is_known_by_the_state) {
  Fixture f;
  std::string state;
  {
    TailSet first(f.with_copies, f.clock);
    f.begin(first);
    f.copy();
    f.truncate();
    f.append("a.log", "two\n");
    RS_EXPECT_EQ(f.read(first), (Texts{"a.log: two"}));  // the truncation is known, the copy is not
    state = first.state();
  }
  TailSet next(f.with_copies, f.clock);
  RS_EXPECT(next.load_state(state));
  RS_EXPECT(f.scan_and_read(next).empty());
}

RS_TEST(copies_of_several_truncations_within_one_look_are_all_known) {
  Fixture f;
  TailSet set(f.with_copies, f.clock);
  f.begin(set);
  std::filesystem::copy_file(f.dir / "a.log", f.dir / "a.log.2");
  f.truncate();
  f.append("a.log", std::string(100, 'i') + "\n");
  RS_EXPECT_EQ(f.read(set).size(), 1U);
  f.copy();
  f.truncate();
  f.append("a.log", "last\n");
  RS_EXPECT_EQ(f.read(set), (Texts{"a.log: last"}));
  RS_EXPECT(f.scan_and_read(set).empty());
}

// Copied, truncated and rotated, all within one look of a worker that then stops. The copy has the name that an older file had.
RS_TEST(copy_is_known_by_the_next_worker_though_its_original_was_rotated_since) {
  Fixture f;
  std::string state;
  f.append("a.log.1", std::string(100, 'o') + "\n");
  f.append("a.log.2", std::string(100, 'p') + "\n");
  {
    TailSet first(f.with_copies, f.clock);
    f.begin(first);
    state = first.state();
  }
  f.append("a.log", "two\n");
  f.rename("a.log.2", "a.log.4");
  f.rename("a.log.1", "a.log.3");
  std::filesystem::copy_file(f.dir / "a.log", f.dir / "a.log.2");
  f.truncate();
  f.rename("a.log", "a.log.1");
  f.append("a.log", "new\n");
  TailSet next(f.with_copies, f.clock);
  RS_EXPECT(next.load_state(state));
  Texts all = f.scan_and_read(next);
  std::ranges::sort(all);
  RS_EXPECT_EQ(all, (Texts{"a.log.2: two", "a.log: new"}));
}
