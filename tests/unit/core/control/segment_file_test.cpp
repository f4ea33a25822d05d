#include "core/control/segment_file.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

using control::open_segment_file;
using control::Segment;

}  // namespace

RS_TEST(new_segment_has_its_mode_its_size_and_all_its_blocks) {
  const TempDir dir;
  const auto file = RS_UNWRAP(open_segment_file(dir / "control", system_clock()));
  struct stat status {};
  RS_EXPECT_EQ(::stat((dir / "control").c_str(), &status), 0);
  RS_EXPECT_EQ(status.st_mode & 07777U, 0660U);
  RS_EXPECT_EQ(status.st_size, sizeof(Segment));
  RS_EXPECT_GE(status.st_blocks * 512, status.st_size);
  RS_EXPECT(!std::filesystem::exists(dir / "control.new"));
}

RS_TEST(second_opener_meets_the_first_in_one_file) {
  const TempDir dir;
  const auto a = RS_UNWRAP(open_segment_file(dir / "control", system_clock()));
  const auto b = RS_UNWRAP(open_segment_file(dir / "control", system_clock()));
  a.segment().slots[3].counters[2].store(77);
  RS_EXPECT_EQ(b.segment().slots[3].counters[2].load(), 77U);
}

RS_TEST(many_that_create_at_once_meet_in_one_file) {
  for (int round = 0; round < 20; ++round) {
    const TempDir dir;
    constexpr int kProcesses = 6;
    for (int i = 0; i < kProcesses; ++i) {
      if (::fork() == 0) {
        const auto file = open_segment_file(dir / "control", system_clock());
        if (!file) {
          ::_exit(1);
        }
        file->segment().slots[0].counters[0].fetch_add(1);
        ::_exit(0);
      }
    }
    for (int i = 0; i < kProcesses; ++i) {
      int status = 0;
      RS_EXPECT_GT(::waitpid(-1, &status, 0), 0);
      RS_EXPECT_EQ(status, 0);
    }
    const auto file = RS_UNWRAP(open_segment_file(dir / "control", system_clock()));
    RS_EXPECT_EQ(file.segment().slots[0].counters[0].load(),
                 static_cast<std::uint64_t>(kProcesses));
  }
}

RS_TEST(other_version_is_refused_with_what_to_do) {
  const TempDir dir;
  {
    const auto file = RS_UNWRAP(open_segment_file(dir / "control", system_clock()));
    file.segment().layout_version.store(99);
  }
  const auto refused = open_segment_file(dir / "control", system_clock());
  RS_EXPECT(!refused.has_value());
  RS_EXPECT_CONTAINS(refused.error().message, "layout version 99");
  RS_EXPECT_CONTAINS(refused.error().message, "restart ringsided");
  RS_EXPECT_CONTAINS(refused.error().message, dir / "control");
}

RS_TEST(worker_replaces_a_segment_that_cannot_be_used_and_nobody_else_does) {
  const TempDir dir;
  const std::string path = dir / "control";
  for (const std::string& content :
       {std::string(), std::string("hello"), std::string(sizeof(Segment), 'z')}) {
    std::filesystem::remove(path);
    dir.write("control", content);
    RS_EXPECT_CONTAINS(open_segment_file(path, system_clock()).error().message,
                       "not a control segment");
    RS_EXPECT(read_file(path) == content);
    RS_EXPECT_OK(open_segment_file(path, system_clock(), UnusableSegment::kReplace));
    RS_EXPECT_OK(open_segment_file(path, system_clock()));
  }
  RS_EXPECT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  RS_EXPECT(
      !open_segment_file(dir / "fifo", system_clock(), UnusableSegment::kReplace).has_value());
  RS_EXPECT_CONTAINS(open_segment_file(dir / "missing/control", system_clock()).error().message,
                     "missing");
}

RS_TEST(processes_that_use_a_replaced_segment_keep_it) {
  const TempDir dir;
  const auto old = RS_UNWRAP(open_segment_file(dir / "control", system_clock()));
  old.segment().layout_version.store(3);
  old.segment().slots[1].counters[0].store(5);
  const auto fresh =
      RS_UNWRAP(open_segment_file(dir / "control", system_clock(), UnusableSegment::kReplace));
  old.segment().slots[1].counters[0].fetch_add(1);
  RS_EXPECT_EQ(old.segment().slots[1].counters[0].load(), 6U);
  RS_EXPECT_EQ(fresh.segment().slots[1].counters[0].load(), 0U);
}

RS_TEST(usable_segment_is_never_replaced) {
  const TempDir dir;
  const auto a = RS_UNWRAP(open_segment_file(dir / "control", system_clock()));
  const auto b =
      RS_UNWRAP(open_segment_file(dir / "control", system_clock(), UnusableSegment::kReplace));
  a.segment().slots[0].counters[0].store(7);
  RS_EXPECT_EQ(b.segment().slots[0].counters[0].load(), 7U);
}

RS_TEST(user_who_may_not_make_files_there_is_told_who_makes_the_segment) {
  if (::geteuid() != 0) {
    return;  // only root can become another user
  }
  const TempDir dir;
  RS_EXPECT_EQ(::chmod((dir / "").c_str(), 0711), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool dropped = ::setgid(65534) == 0 && ::setuid(65534) == 0;
    const auto refused = open_segment_file(dir / "control", system_clock());
    ::_exit(dropped && !refused &&
                    refused.error().message.find("start ringsided") != std::string::npos
                ? 0
                : 1);
  }
  int status = 0;
  RS_EXPECT_EQ(::waitpid(child, &status, 0), child);
  RS_EXPECT_EQ(status, 0);
}

RS_TEST(half_made_segment_of_a_killed_process_is_removed) {
  const TempDir dir;
  dir.write("control.new", "half");
  RS_EXPECT_OK(open_segment_file(dir / "control", system_clock()));
  RS_EXPECT(!std::filesystem::exists(dir / "control.new"));
}

}  // namespace ringside::test
