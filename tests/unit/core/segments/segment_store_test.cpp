#include "core/segments/segment_store.hpp"

#include <sys/resource.h>

#include <csignal>

#include "tests/support/segments_fixture.hpp"

namespace ringside::test {

RS_TEST(what_was_added_is_read_back_over_many_segments) {
  Segments segments;
  segments.fill(500);
  RS_EXPECT_GT(segments.store->n_segments(), 3U);
  RS_EXPECT_EQ(segments.store->oldest().value, 1U);
  RS_EXPECT_EQ(segments.store->next().value, 501U);
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  RS_EXPECT(read_segments(*reader) == range(1, 500));
}

RS_TEST(a_record_of_the_ring_is_stored_as_it_is_there) {
  Segments segments;
  const auto ring = open_writer(segments.dir / "ring", segments.clock);
  segments.store->continue_with(ring->lineage(), Seq{1});
  for (std::uint64_t seq = 1; seq <= 100; ++seq) {
    ring->append(static_cast<std::uint8_t>(seq % 5), "Name", text_of(seq), time_of(seq));
    segments.store->add(ring->last_record().header, ring->last_record().payload);
  }
  RS_EXPECT_OK(segments.store->flush());
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  RS_EXPECT(read_segments(*reader) == range(1, 100));
  RS_EXPECT(reader->lineage() == ring->lineage());
}

RS_TEST(what_is_not_flushed_is_not_seen) {
  Segments segments;
  segments.fill(10);
  segments.store->add(1, "Name", "later", segments.clock.wall_now());
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  RS_EXPECT(read_segments(*reader) == range(1, 10));
}

RS_TEST(another_lineage_or_a_hole_begins_a_segment) {
  Segments segments(1U << 20U);
  segments.fill(10);
  Lineage lineage = segments.store->lineage();
  segments.store->continue_with(lineage, Seq{11});  // the same: goes on in the same file
  segments.fill(12);
  RS_EXPECT(segments.firsts() == (std::vector<std::uint64_t>{1}));
  lineage.begin(Epoch{0xb}, Seq{12});
  segments.store->continue_with(lineage, Seq{13});
  segments.fill(15);
  segments.store->continue_with(lineage, Seq{20});
  segments.fill(25);
  RS_EXPECT(segments.firsts() == (std::vector<std::uint64_t>{1, 13, 20}));
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  std::vector<std::uint64_t> expected = range(1, 15);
  for (const std::uint64_t seq : range(20, 25)) {
    expected.push_back(seq);
  }
  RS_EXPECT(read_segments(*reader) == expected);
  RS_EXPECT(reader->lineage() == lineage);
}

RS_TEST(the_oldest_segments_go_by_size_and_by_age_and_the_one_that_is_written_stays) {
  Segments segments;
  segments.fill(1000);
  const std::uint64_t held = segments.store->n_bytes();
  const WallTime now = time_of(1000);
  using std::chrono::hours;
  RS_EXPECT_EQ(segments.store->retain({held, hours(1000)}, now), 0U);
  const std::uint64_t second = segments.firsts()[1];
  RS_EXPECT_EQ(segments.store->retain({held - 1, hours(1000)}, now), second - 1);
  RS_EXPECT_EQ(segments.store->oldest().value, second);
  while (segments.store->retain({~std::uint64_t{0}, std::chrono::seconds(500)}, now) > 0) {
  }
  // Every segment that has an event of the last 500 seconds is there.
  RS_EXPECT_LE(segments.store->oldest().value, 500U);
  RS_EXPECT_GT(segments.store->oldest().value, 300U);
  while (segments.store->retain({0, hours(0)}, now) > 0) {
  }
  RS_EXPECT_EQ(segments.store->n_segments(), 1U);
  RS_EXPECT_EQ(segments.firsts().size(), 1U);
  segments.fill(1010);
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  RS_EXPECT(read_segments(*reader) == range(segments.store->oldest().value, 1010));
}

RS_TEST(what_is_too_old_goes_also_when_nothing_follows) {
  Segments segments;
  segments.fill(10);
  const SegmentStore::Retention retention{~std::uint64_t{0}, std::chrono::hours(1)};
  RS_EXPECT_EQ(segments.store->retain(retention, time_of(10)), 0U);
  RS_EXPECT_EQ(segments.store->retain(retention, time_of(10) + std::chrono::hours(2)), 10U);
  RS_EXPECT(segments.store->empty());
  segments.sync();
  segments.fill(20);
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  RS_EXPECT(read_segments(*reader) == range(11, 20));
  RS_EXPECT_EQ(segments.store->oldest().value, 11U);
}

RS_TEST(a_segment_ends_when_its_events_span_too_long_a_time) {
  const TempDir dir;
  const ManualClock clock;
  const auto store = RS_UNWRAP(
      SegmentStore::open({.dir = dir / "h", .segment_age = std::chrono::seconds(60)}, clock));
  store->continue_with(Lineage(Epoch{1}), Seq{1});
  for (std::uint64_t seq = 1; seq <= 200; ++seq) {
    store->add(1, "N", "t", time_of(seq));
    RS_EXPECT_OK(store->flush());
  }
  RS_EXPECT_EQ(store->n_segments(), 4U);
}

RS_TEST(a_queue_removes_what_was_taken) {
  Segments segments;
  segments.fill(300);
  const auto firsts = segments.firsts();
  segments.store->remove_through(Seq{firsts[2] - 2});
  RS_EXPECT_EQ(segments.store->oldest().value, firsts[1]);
  segments.store->remove_through(Seq{firsts[2] - 1});
  RS_EXPECT_EQ(segments.store->oldest().value, firsts[2]);
  segments.store->remove_through(Seq{300});
  RS_EXPECT(segments.store->empty());
  RS_EXPECT_EQ(segments.firsts().size(), 0U);
  RS_EXPECT_EQ(segments.store->next().value, 301U);
  segments.fill(310);
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  RS_EXPECT(read_segments(*reader, 301) == range(301, 310));
}

// The file size limit stands in for a full disk: a write ends in the middle, the next one fails.
RS_TEST(a_write_that_fails_leaves_what_was_there_and_the_next_one_continues) {
  Segments segments(1U << 20U);
  segments.fill(100);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = kSegmentDataOffset + segments.store->n_bytes() + 100;
  ::setrlimit(RLIMIT_FSIZE, &small);
  for (int i = 0; i < 3; ++i) {
    for (int n = 0; n < 10; ++n) {
      segments.store->add(1, "Name", std::string(500, 'x'), segments.clock.wall_now());
    }
    const Status failed = segments.store->flush();
    RS_EXPECT(!failed.has_value());
    RS_EXPECT_CONTAINS(failed.error().message, segments.file(1));
    RS_EXPECT_EQ(segments.store->next().value, 101U);
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  segments.fill(200);
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  RS_EXPECT(read_segments(*reader) == range(1, 200));
  segments.open();
  RS_EXPECT_EQ(segments.store->next().value, 201U);
}

}  // namespace ringside::test
