#include "worker/history/history_keeper.hpp"

#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "core/segments/history.hpp"
#include "tests/support/segments_fixture.hpp"
#include "worker/ring_log.hpp"

namespace ringside::test {
namespace {

namespace fs = std::filesystem;

struct Loop {
  Loop() { RS_EXPECT_EQ(uv_loop_init(&uv), 0); }
  ~Loop() {
    uv_run(&uv, UV_RUN_DEFAULT);
    uv_loop_close(&uv);
  }
  // Turns of the loop until the condition is met.
  template <class Condition>
  void until(Condition met) {
    RS_EXPECT_EVENTUALLY((uv_run(&uv, UV_RUN_NOWAIT), met()));
  }
  uv_loop_t uv{};
};

struct Worker {
  explicit Worker(bool sync_each_batch = false, std::uint64_t max_bytes = 64U << 20U) {
    options = {dir / "history", max_bytes, std::chrono::hours(24), std::chrono::milliseconds(5),
               sync_each_batch};
    control = RS_UNWRAP(ControlSegment::open(dir / "control", clock, UnusableSegment::kReplace));
    RS_EXPECT_OK(control->join(ProcessKind::kWorker));
    start();
  }
  ~Worker() { keeper.reset(); }

  void start() {
    log.reset();
    keeper.reset();
    uv_run(&loop.uv, UV_RUN_NOWAIT);
    ring.reset();
    auto opened = RS_UNWRAP(HistoryKeeper::open(
        loop.uv, options, {.path = dir / "ring", .capacity_bytes = kSmallRing}, clock));
    ring = std::move(opened.ring);
    keeper = std::move(opened.keeper);
    keeper->set_control(*control);
    log = std::make_unique<RingLog>(*ring, keeper.get());
  }
  void append(int n) {
    for (int i = 0; i < n; ++i) {
      (void)log->append({EventType::kCustom, "Name", R"({"n":1)", true, true, clock.wall_now()});
    }
    log->end_turn();
  }
  std::uint64_t total(Counter counter) const { return control->total(counter); }
  // Sequences on disk.
  std::vector<std::uint64_t> on_disk() const {
    std::vector<std::uint64_t> seqs;
    const auto reader = RS_UNWRAP(SegmentReader::open(options.dir));
    SegmentCursor at;
    Record record;
    for (;;) {
      const SegmentOutcome outcome = reader->read_next(at, record);
      if (outcome == SegmentOutcome::kEnd) {
        return seqs;
      }
      if (outcome == SegmentOutcome::kRecord) {
        seqs.push_back(record.seq.value);
      }
    }
  }

  TempDir dir;
  ManualClock clock;
  Loop loop;
  HistoryOptions options;
  std::unique_ptr<ControlSegment> control;
  std::unique_ptr<RingWriter> ring;
  std::unique_ptr<HistoryKeeper> keeper;
  std::unique_ptr<RingLog> log;
};

// Files cannot grow beyond `n_bytes` as long as this exists: a full disk.
class FullDisk {
 public:
  explicit FullDisk(std::uint64_t n_bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit small = before_;
    small.rlim_cur = n_bytes;
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

RS_TEST(each_turn_is_on_disk_and_synced_soon) {
  Worker worker;
  worker.append(5);
  worker.append(5);
  RS_EXPECT(worker.on_disk() == range(1, 10));
  RS_EXPECT_EQ(worker.log->stored_up_to(), 10U);
  worker.loop.until([&] { return worker.keeper->synced().value == 11; });
  worker.keeper->beat();
  RS_EXPECT_EQ(worker.total(Counter::kHistorySegments), 1U);
  RS_EXPECT_GT(worker.total(Counter::kHistoryBytes), 0U);
  RS_EXPECT_EQ(worker.total(Counter::kHistoryStopped), 0U);
}

RS_TEST(acknowledgements_wait_for_the_disk_where_that_is_wanted) {
  Worker worker(true);
  int n_told = 0;
  worker.keeper->on_synced([&n_told] { ++n_told; });
  worker.append(5);
  RS_EXPECT_EQ(worker.log->stored_up_to(), 0U);
  worker.append(5);
  worker.loop.until([&] { return worker.log->stored_up_to() == 10; });
  RS_EXPECT_GE(n_told, 1);
}

RS_TEST(a_clean_stop_leaves_a_mark_and_a_killed_worker_none) {
  Worker worker(true);
  worker.append(10);
  worker.keeper->stop();
  RS_EXPECT(fs::exists(worker.options.dir + "/clean"));
  RS_EXPECT_EQ(worker.log->stored_up_to(), 10U);
  worker.start();
  worker.append(1);
  RS_EXPECT(!fs::exists(worker.options.dir + "/clean"));
  worker.start();
  RS_EXPECT(worker.on_disk() == range(1, 11));
}

RS_TEST(a_full_disk_stops_the_history_and_not_the_ring_and_it_continues_when_there_is_room) {
  Worker worker;
  worker.append(10);
  {
    const FullDisk full(kSegmentDataOffset + 1000);
    worker.append(50);
    worker.keeper->beat();
    RS_EXPECT_EQ(worker.total(Counter::kHistoryStopped), 1U);
    RS_EXPECT_GE(worker.total(Counter::kHistoryErrors), 1U);
    RS_EXPECT_EQ(worker.ring->next_seq().value, 61U);
    worker.append(5);
    RS_EXPECT_EQ(worker.log->stored_up_to(), 65U);
    RS_EXPECT(worker.on_disk() == range(1, 10));
  }
  worker.keeper->beat();
  worker.loop.until([&] { return worker.on_disk() == range(1, 65); });
  worker.append(5);
  RS_EXPECT(worker.on_disk() == range(1, 70));
  worker.keeper->beat();
  RS_EXPECT_EQ(worker.total(Counter::kHistoryStopped), 0U);
  RS_EXPECT_EQ(worker.total(Counter::kHistoryLost), 0U);
}

RS_TEST(what_the_ring_has_lost_meanwhile_is_counted) {
  Worker worker;
  worker.append(10);
  {
    const FullDisk full(kSegmentDataOffset + 1000);
    worker.append(5000);
  }
  worker.keeper->beat();
  const std::uint64_t tail =
      RS_UNWRAP(RingReader::over(worker.ring->bytes()))->cursor_at_tail().seq.value;
  RS_EXPECT_GT(tail, 1000U);
  worker.loop.until([&] {
    worker.keeper->beat();
    return worker.total(Counter::kHistoryStopped) == 0;
  });
  std::vector<std::uint64_t> expected = worker.on_disk();
  RS_EXPECT_EQ(expected.back(), 5010U);
  RS_EXPECT_EQ(worker.total(Counter::kHistoryLost), 5010 - expected.size());
}

RS_TEST(history_that_is_too_much_is_removed_and_counted) {
  Worker worker(false, 4U << 20U);
  for (int i = 0; i < 200; ++i) {
    worker.append(1000);
    worker.keeper->beat();
  }
  RS_EXPECT_LE(worker.total(Counter::kHistoryBytes), 5U << 20U);
  RS_EXPECT_GT(worker.total(Counter::kHistoryBytes), 3U << 20U);
  const auto seqs = worker.on_disk();
  RS_EXPECT_EQ(worker.total(Counter::kHistoryRemoved), seqs.front() - 1);
  RS_EXPECT(seqs == range(seqs.front(), 200'000));
}

}  // namespace ringside::test
