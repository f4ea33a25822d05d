#include "worker/sources/host/proc_text.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(proc_stat_of_a_current_kernel_is_read) {
  const ProcStat stat = parse_proc_stat(
      "cpu  8681 1 5896 2062606 1802 2 182 3002 5 6\ncpu0 3550 0 3165 1032754 32 0 19 1521 0 0\n"
      "cpu1 5131 0 2730 1029851 1769 0 163 1480 0 0\nintr 12 0 0 0\nctxt 7788\nbtime "
      "1700000000\nprocesses 6256\n"
      "procs_running 3\nprocs_blocked 1\nsoftirq 1 2 3\n");
  RS_EXPECT(stat.cpu.has_value());
  RS_EXPECT_EQ(*stat.cpu, (CpuTicks{8681, 1, 5896, 2062606, 1802, 2, 182, 3002}));
  RS_EXPECT_EQ(stat.n_cpus, 2u);
  RS_EXPECT_EQ(stat.context_switches.value_or(0), 7788u);
  RS_EXPECT_EQ(stat.forks.value_or(0), 6256u);
  RS_EXPECT_EQ(stat.running.value_or(0), 3u);
  RS_EXPECT_EQ(stat.blocked.value_or(0), 1u);
}

RS_TEST(proc_stat_of_an_old_kernel_has_fewer_modes) {
  const ProcStat stat = parse_proc_stat("cpu 1 2 3 4\n");
  RS_EXPECT_EQ(*stat.cpu, (CpuTicks{1, 2, 3, 4, 0, 0, 0, 0}));
}

RS_TEST(proc_stat_that_is_odd_gives_no_values) {
  RS_EXPECT(!parse_proc_stat("").cpu.has_value());
  RS_EXPECT(!parse_proc_stat("cpu 1 2\n").cpu.has_value());
  RS_EXPECT(!parse_proc_stat("cpu 1 2 -3 4\n").cpu.has_value());
  RS_EXPECT(!parse_proc_stat("cpu 99999999999999999999999 2 3 4\n").cpu.has_value());
  RS_EXPECT(!parse_proc_stat("ctxt\nprocesses x\n").forks.has_value());
  RS_EXPECT_EQ(parse_proc_stat("cpu\ncpux 1\ncpu0\n\n\n").n_cpus, 0u);
}

RS_TEST(meminfo_is_in_bytes) {
  const auto info = parse_meminfo(
      "MemTotal:       24684092 kB\nMemFree:        24227076 kB\nMemAvailable:   24313944 "
      "kB\nBuffers: 10 kB\nCached:  20 kB\n"
      "SwapCached: 99 kB\nSReclaimable: 5 kB\nSwapTotal: 100 kB\nSwapFree: 60 kB\n");
  RS_EXPECT(info.has_value());
  RS_EXPECT_EQ(info->total, 24684092ull * 1024);
  RS_EXPECT_EQ(info->available, 24313944ull * 1024);
  RS_EXPECT_EQ(info->cached, 35u * 1024);
  RS_EXPECT_EQ(info->swap_total, 100u * 1024);
  RS_EXPECT_EQ(info->swap_free, 60u * 1024);
}

RS_TEST(meminfo_without_available_is_estimated) {
  const auto info =
      parse_meminfo("MemTotal: 100 kB\nMemFree: 30 kB\nBuffers: 10 kB\nCached: 20 kB\n");
  RS_EXPECT_EQ(info->available, 60u * 1024);
}

RS_TEST(meminfo_that_contradicts_itself_is_bounded) {
  const auto info =
      parse_meminfo("MemTotal: 100 kB\nMemAvailable: 900 kB\nSwapTotal: 5 kB\nSwapFree: 9 kB\n");
  RS_EXPECT_EQ(info->available, info->total);
  RS_EXPECT_EQ(info->swap_free, info->swap_total);
  RS_EXPECT(!parse_meminfo("").has_value());
  RS_EXPECT(!parse_meminfo("MemTotal: 18446744073709551615 kB\n").has_value());
  RS_EXPECT(!parse_meminfo("MemFree: 1 kB\n").has_value());
}

RS_TEST(loadavg_and_uptime_are_read) {
  RS_EXPECT_EQ(*parse_loadavg("0.12 0.08 12.03 1/94 6256\n"),
               (std::array<double, 3>{0.12, 0.08, 12.03}));
  RS_EXPECT(!parse_loadavg("0.12 0.08").has_value());
  RS_EXPECT(!parse_loadavg("nan inf -1").has_value());
  RS_EXPECT_EQ(*parse_uptime("10415.67 20626.07\n"), 10415.67);
  RS_EXPECT(!parse_uptime("").has_value());
  RS_EXPECT(!parse_uptime("soon").has_value());
}

RS_TEST(fields_are_separated_by_any_blanks) {
  RS_EXPECT_EQ(blank_separated("  a\t b  c \r"), (std::vector<std::string_view>{"a", "b", "c"}));
  RS_EXPECT(blank_separated("").empty());
  RS_EXPECT(blank_separated("   ").empty());
}
