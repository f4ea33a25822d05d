#include "worker/sources/host/host_sample.hpp"

#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;

RS_TEST(live_machine_gives_a_sample) {
  unsigned n_unread = 0;
  const HostSample sample = read_host_sample("/proc", system_clock().mono_now(), n_unread);
  RS_EXPECT(sample.stat.cpu.has_value());
  RS_EXPECT_GT(sample.stat.n_cpus, 0u);
  RS_EXPECT(sample.memory.has_value());
  RS_EXPECT(sample.load.has_value());
  RS_EXPECT_GT(sample.processes.value_or(0), 0u);
  for (const auto& fs : sample.filesystems) {
    RS_EXPECT_GT(fs.total_bytes, 0u);
    RS_EXPECT_LE(fs.used_bytes, fs.total_bytes);
  }
}

RS_TEST(files_that_cannot_be_read_are_counted) {
  const test::TempDir dir;
  dir.write("loadavg", "1.00 2.00 3.00 1/2 3\n");
  unsigned n_unread = 0;
  const HostSample sample = read_host_sample(dir.path().string(), MonoTime(), n_unread);
  RS_EXPECT_EQ(n_unread, 6u);
  RS_EXPECT(sample.load.has_value());
  RS_EXPECT(!sample.memory.has_value());
  RS_EXPECT(sample.filesystems.empty());
}

RS_TEST(a_file_without_end_is_not_read_whole) {
  const test::TempDir dir;
  dir.write("stat", std::string(3u << 20u, 'x'));
  unsigned n_unread = 0;
  const HostSample sample = read_host_sample(dir.path().string(), MonoTime(), n_unread);
  RS_EXPECT(!sample.stat.cpu.has_value());
  RS_EXPECT_EQ(n_unread, 7u);
}

RS_TEST(usage_of_a_file_system_is_that_of_df) {
  FsUsage fs;
  fs.total_bytes = 100;
  fs.used_bytes = 60;
  fs.available_bytes = 20;  // 20 are kept for root
  RS_EXPECT_EQ(fs.usage_percent(), 75.0);
  fs.available_bytes = 0;
  RS_EXPECT_EQ(fs.usage_percent(), 100.0);
  RS_EXPECT_EQ(FsUsage().usage_percent(), 0.0);
  fs.inodes = 10;
  fs.inodes_free = 99;
  RS_EXPECT_EQ(fs.inode_usage_percent(), 0.0);
}
