#include "module/ring_follower.hpp"

#include <atomic>
#include <cmath>
#include <filesystem>

#include "core/base/heartbeat.hpp"
#include "core/ring/writer.hpp"
#include "core/segments/segment_store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/module/same_epoch.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

struct Ring {
  explicit Ring(std::size_t capacity = 64U << 10U) { open(capacity); }
  void open(std::size_t capacity) {
    writer.reset();
    RingOptions options;
    options.path = dir / "ring";
    options.capacity_bytes = capacity;
    writer = RS_UNWRAP(RingWriter::open(options, clock));
    writer->beat();
  }
  void append() { writer->append(0, "A", R"({"event_type":"A","data":{}})", clock.wall_now()); }
  TempDir dir;
  ManualClock clock;
  std::unique_ptr<RingWriter> writer;
};

}  // namespace

RS_TEST(says_why_it_is_not_attached_and_attaches_later) {
  TempDir dir;
  ManualClock clock;
  RingFollower follower(
      dir.path().string(), [] {}, clock);
  RS_EXPECT(!follower.attached());
  RS_EXPECT_CONTAINS(follower.error(), "ring");
  RS_EXPECT(follower.find_replacement() == nullptr);
}

RS_TEST(reads_what_is_new_unless_suspended) {
  Ring ring;
  RingFollower follower(
      ring.dir.path().string(), [] {}, ring.clock);
  ring.append();
  RS_EXPECT(!follower.read_new());
  RS_EXPECT_EQ(follower.records().head().value, 1U);
  follower.suspend();
  ring.append();
  RS_EXPECT(!follower.read_new());
  RS_EXPECT_EQ(follower.records().head().value, 1U);
  follower.resume();
  RS_EXPECT_EQ(follower.records().head().value, 2U);
}

RS_TEST(a_turn_takes_in_a_bounded_number_of_records) {
  Ring ring(1U << 20U);
  RingFollower follower(
      ring.dir.path().string(), [] {}, ring.clock);
  for (int n = 0; n < 5000; ++n) {
    ring.append();
  }
  int n_turns = 1;
  while (follower.read_new()) {
    ++n_turns;
  }
  RS_EXPECT(n_turns >= 3);
  RS_EXPECT_EQ(follower.records().head().value, 5000U);
}

RS_TEST(finds_the_file_that_replaced_its_own) {
  Ring ring;
  RingFollower follower(
      ring.dir.path().string(), [] {}, ring.clock);
  RS_EXPECT(follower.find_replacement() == nullptr);
  ring.open(128U << 10U);
  auto replacement = follower.find_replacement();
  RS_EXPECT(replacement != nullptr);
  follower.switch_to(std::move(replacement));
  RS_EXPECT_EQ(follower.ring().epoch().value, ring.writer->epoch().value);
  RS_EXPECT(follower.find_replacement() == nullptr);
}

RS_TEST(finds_a_replacement_that_has_the_same_epoch) {
  Ring ring;
  RingFollower follower(
      ring.dir.path().string(), [] {}, ring.clock);
  const Epoch epoch = follower.ring().epoch();
  ring.open(128U << 10U);
  set_epoch(ring.dir / "ring", epoch);
  auto replacement = follower.find_replacement();
  RS_EXPECT(replacement != nullptr);
  RS_EXPECT_EQ(replacement->epoch().value, epoch.value);
  follower.switch_to(std::move(replacement));
  RS_EXPECT(follower.find_replacement() == nullptr);
}

RS_TEST(the_ring_of_a_follower_that_is_not_attached_is_a_bug) {
  RS_EXPECT_ABORTS({
    TempDir dir;
    ManualClock clock;
    RingFollower follower(
        dir.path().string(), [] {}, clock);
    (void)follower.ring();
  });
}

RS_TEST(the_rate_at_which_the_ring_grows_is_smoothed) {
  Ring ring;
  RingFollower follower(
      ring.dir.path().string(), [] {}, ring.clock);
  RS_EXPECT_EQ(follower.bytes_per_second(), 0.0);
  const std::uint64_t before = follower.ring().state().head_position;
  ring.append();
  const auto grown = static_cast<double>(follower.ring().state().head_position - before);
  RS_EXPECT_GT(grown, 0.0);
  follower.measure_rate();
  const double first = 0.2 * grown;
  RS_EXPECT(std::abs(follower.bytes_per_second() - first) < 1e-6);
  follower.measure_rate();  // a second in which nothing came
  RS_EXPECT(std::abs(follower.bytes_per_second() - 0.8 * first) < 1e-6);
}

RS_TEST(a_replacement_is_looked_for_when_the_heart_has_stopped_or_the_file_says_so) {
  Ring ring;
  RingFollower follower(
      ring.dir.path().string(), [] {}, ring.clock);
  // Another file in its place, and nobody has said so to the old one.
  std::filesystem::rename(ring.dir / "ring", ring.dir / "other");
  Ring second;
  std::filesystem::rename(second.dir / "ring", ring.dir / "ring");
  RS_EXPECT(follower.find_replacement() == nullptr);
  ring.clock.advance(kHeartbeatStale - std::chrono::nanoseconds(1));
  RS_EXPECT(follower.find_replacement() == nullptr);
  ring.clock.advance(std::chrono::nanoseconds(1));
  RS_EXPECT(follower.find_replacement() != nullptr);
}

RS_TEST(a_suspended_follower_keeps_nothing_and_does_not_wake_anyone) {
  Ring ring;
  std::atomic<int> n_wakes{0};
  RingFollower follower(
      ring.dir.path().string(), [&n_wakes] { ++n_wakes; }, ring.clock);
  ring.append();
  RS_EXPECT(!follower.read_new());
  RS_EXPECT_GT(follower.records().n_bytes(), 0U);
  RS_EXPECT(!follower.suspended());
  follower.suspend();
  RS_EXPECT(follower.suspended());
  RS_EXPECT_EQ(follower.records().n_bytes(), 0U);
  follower.resume();
  RS_EXPECT(!follower.suspended());
  follower.acknowledge_wake();
  const Seq before = follower.records().head();
  RS_EXPECT(eventually([&] {
    ring.append();
    ring.writer->wake();
    return n_wakes.load() > 0;
  }));
  follower.resume();  // it reads already: nothing is skipped
  RS_EXPECT_EQ(follower.records().head().value, before.value);
}

RS_TEST(the_history_on_disk_is_found_when_it_appears) {
  Ring ring;
  RingFollower follower(
      ring.dir.path().string(), [] {}, ring.clock);
  RS_EXPECT(!follower.records().history().has_segments());
  follower.measure_rate();
  RS_EXPECT(!follower.records().history().has_segments());
  const auto store = RS_UNWRAP(SegmentStore::open({.dir = ring.dir / "history"}, ring.clock));
  store->continue_with(ring.writer->lineage(), Seq{1});
  ring.append();
  store->add(ring.writer->last_record().header, ring.writer->last_record().payload);
  RS_EXPECT_OK(store->flush());
  follower.measure_rate();
  RS_EXPECT(follower.records().history().has_segments());
}
