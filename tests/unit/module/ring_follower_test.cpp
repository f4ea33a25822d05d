#include "module/ring_follower.hpp"

#include "core/ring/writer.hpp"
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
