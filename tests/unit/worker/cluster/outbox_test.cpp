#include "worker/cluster/outbox.hpp"

#include "tests/unit/worker/cluster/fake_node.hpp"

using namespace ringside;
using namespace ringside::test;
using cluster::Outbox;

namespace {

std::string text_of(std::uint64_t n) { return "event " + std::to_string(n); }

// Takes all that is there in batches, and checks that nothing is missing or comes twice.
std::uint64_t drain(Outbox& outbox) {
  std::uint64_t next = outbox.confirmed() + 1;
  for (Outbox::Batch batch = outbox.next_batch(7, 1000); batch.count != 0;
       batch = outbox.next_batch(7, 1000)) {
    RS_EXPECT_EQ(batch.first_n, next);
    std::string expected;
    for (std::uint32_t i = 0; i < batch.count; ++i) {
      expected += text_of(next + i) + '\n';
    }
    RS_EXPECT_EQ(batch.body, expected);
    next += batch.count;
    outbox.confirm(next - 1);
  }
  return next - 1;
}

}  // namespace

RS_TEST(events_are_numbered_and_leave_in_order_when_confirmed) {
  Outbox outbox(nullptr);
  for (std::uint64_t n = 1; n <= 20; ++n) {
    RS_EXPECT_EQ(outbox.push(text_of(n)), n);
  }
  RS_EXPECT_EQ(outbox.next_batch(7, 1000).first_n, 1U);
  RS_EXPECT_EQ(outbox.next_batch(7, 1000).first_n, 1U);  // until it is confirmed
  RS_EXPECT_EQ(outbox.n_waiting(), 20U);
  RS_EXPECT_EQ(drain(outbox), 20U);
  RS_EXPECT_EQ(outbox.n_waiting(), 0U);
}

RS_TEST(a_batch_keeps_both_limits_and_has_one_event_at_least) {
  Outbox outbox(nullptr);
  outbox.push(std::string(500, 'x'));
  outbox.push("y");
  outbox.push("z");
  RS_EXPECT_EQ(outbox.next_batch(10, 100).count, 1U);
  outbox.confirm(1);
  RS_EXPECT_EQ(outbox.next_batch(10, 4).body, "y\nz\n");
  RS_EXPECT_EQ(outbox.next_batch(1, 100).body, "y\n");
}

RS_TEST(what_must_be_durable_goes_to_the_spool_with_what_waits_already) {
  FakeSpool spool;
  Outbox outbox(&spool);
  outbox.push(text_of(1));
  RS_EXPECT(spool.entries.empty());
  outbox.set_durable(true);
  RS_EXPECT_EQ(spool.entries.size(), 1U);
  outbox.push(text_of(2));
  RS_EXPECT_EQ(spool.entries.size(), 2U);
  outbox.set_durable(false);
  outbox.push(text_of(3));  // behind what is on disk
  RS_EXPECT_EQ(spool.entries.size(), 3U);
  RS_EXPECT_EQ(drain(outbox), 3U);
  RS_EXPECT(spool.entries.empty());
  outbox.push(text_of(4));
  RS_EXPECT(spool.entries.empty());
}

RS_TEST(more_than_the_memory_holds_goes_to_the_spool) {
  FakeSpool spool;
  Outbox outbox(&spool);
  const std::string long_text(1U << 20U, 'x');
  for (int n = 0; n < 6; ++n) {
    outbox.push(long_text);
  }
  RS_EXPECT_EQ(spool.entries.size(), 6U);
}

RS_TEST(what_a_spool_has_from_before_is_continued) {
  FakeSpool spool;
  {
    Outbox before(&spool);
    before.set_durable(true);
    for (std::uint64_t n = 1; n <= 10; ++n) {
      before.push(text_of(n));
    }
    before.confirm(4);
  }
  Outbox outbox(&spool);
  RS_EXPECT_EQ(outbox.confirmed(), 4U);
  RS_EXPECT_EQ(outbox.push(text_of(11)), 11U);
  RS_EXPECT_EQ(drain(outbox), 11U);
}

RS_TEST(a_spool_that_takes_no_more_makes_the_outbox_full_and_loses_nothing) {
  FakeSpool spool;
  Outbox outbox(&spool);
  outbox.set_durable(true);
  outbox.push(text_of(1));
  RS_EXPECT(!outbox.is_full());
  spool.disk_is_full = true;
  outbox.push(text_of(2));
  RS_EXPECT(outbox.is_full());
  spool.disk_is_full = false;
  outbox.push(text_of(3));
  RS_EXPECT_EQ(drain(outbox), 3U);
  RS_EXPECT(!outbox.is_full());
}

RS_TEST(without_a_spool_the_memory_is_the_limit) {
  Outbox outbox(nullptr);
  outbox.push(std::string(Outbox::kMaxMemoryBytes, 'x'));
  RS_EXPECT(outbox.is_full());
}

RS_TEST(restored_events_come_first_with_their_numbers) {
  Outbox outbox(nullptr);
  for (std::uint64_t n = 1; n <= 5; ++n) {
    outbox.push(text_of(n));
  }
  outbox.confirm(4);
  outbox.restore(3, {text_of(3), text_of(4)});
  RS_EXPECT_EQ(outbox.n_waiting(), 3U);
  RS_EXPECT_EQ(outbox.confirmed(), 4U);
  const Outbox::Batch batch = outbox.next_batch(10, 1000);
  RS_EXPECT_EQ(batch.first_n, 3U);
  RS_EXPECT_EQ(batch.body, text_of(3) + '\n' + text_of(4) + '\n' + text_of(5) + '\n');
  outbox.confirm(5);
  RS_EXPECT_EQ(outbox.n_waiting(), 0U);
}
