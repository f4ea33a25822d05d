#include "core/segments/segment_reader.hpp"

#include <fcntl.h>

#include <filesystem>

#include "tests/support/segments_fixture.hpp"

namespace ringside::test {

RS_TEST(a_reader_follows_a_writer_from_segment_to_segment) {
  Segments segments;
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  RS_EXPECT(reader->empty());
  RS_EXPECT_EQ(reader->oldest().value, 0U);
  SegmentCursor at;
  Record record;
  RS_EXPECT(reader->read_next(at, record) == SegmentOutcome::kEnd);
  for (std::uint64_t last = 10; last <= 600; last += 10) {
    segments.fill(last);
    if (last % 50 == 0) {
      segments.sync();
    }
    while (at.seq.value <= last) {
      RS_EXPECT(reader->read_next(at, record) == SegmentOutcome::kRecord);
      expect_record(record, at.seq.value - 1);
    }
    RS_EXPECT(reader->read_next(at, record) == SegmentOutcome::kEnd);
  }
}

RS_TEST(what_was_removed_is_gone_and_its_number_is_exact) {
  Segments segments;
  segments.fill(600);
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  const auto firsts = segments.firsts();
  SegmentCursor at = reader->seek_seq(Seq{5});
  Record record;
  RS_EXPECT(reader->read_next(at, record) == SegmentOutcome::kRecord);
  for (int i = 0; i < 3; ++i) {
    std::filesystem::remove(segments.file(firsts[static_cast<std::size_t>(i)]));
  }
  SegmentCursor fresh{Seq{firsts[1] + 3}, {}, 0};
  RS_EXPECT(reader->read_next(fresh, record) == SegmentOutcome::kGone);
  RS_EXPECT_EQ(fresh.seq.value, firsts[3]);
  reader->refresh();
  RS_EXPECT_EQ(reader->oldest().value, firsts[3]);
  RS_EXPECT_EQ(reader->seek_seq(Seq{1}).seq.value, firsts[3]);
  RS_EXPECT(reader->has(Seq{600}));
  RS_EXPECT(!reader->has(Seq{firsts[3] - 1}));
}

RS_TEST(a_damaged_record_costs_what_is_before_the_next_that_the_index_names) {
  Segments segments(4U << 20U);
  segments.fill(2500);
  segments.store->continue_with(segments.store->lineage(), Seq{2600});  // ends the segment
  segments.fill(2601);
  segments.sync();
  const auto file = RS_UNWRAP(SegmentFile::open(segments.file(1)));
  flip_byte(segments.file(1), file->find(Seq{700}).value_or(0) + kRecordHeaderBytes);
  const std::uint64_t next = file->next_indexed(Seq{700})->value;
  RS_EXPECT_GT(next, 700U);
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  SegmentCursor at{Seq{699}, {}, 0};
  Record record;
  RS_EXPECT(reader->read_next(at, record) == SegmentOutcome::kRecord);
  RS_EXPECT(reader->read_next(at, record) == SegmentOutcome::kGone);
  RS_EXPECT_EQ(at.seq.value, next);
  RS_EXPECT(reader->read_next(at, record) == SegmentOutcome::kRecord);
  expect_record(record, next);
}

RS_TEST(times_are_found_over_all_segments) {
  Segments segments;
  segments.fill(600);
  segments.sync();
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  for (std::uint64_t seq = 2; seq <= 600; seq += 17) {
    const auto exact = reader->seek_time(time_of(seq));
    RS_EXPECT_EQ(exact.seq.value, seq);
    RS_EXPECT(exact.is_found && exact.is_certain);
    const auto between = reader->seek_time(time_of(seq) - std::chrono::milliseconds(400));
    RS_EXPECT_EQ(between.seq.value, seq);
  }
  RS_EXPECT(reader->seek_time(time_of(0)).is_certain);  // nothing was before the first
  RS_EXPECT_EQ(reader->seek_time(time_of(0)).seq.value, 1U);
  RS_EXPECT(!reader->seek_time(time_of(700)).is_found);
  std::filesystem::remove(segments.file(1));
  reader->refresh();
  const auto before = reader->seek_time(time_of(1));
  RS_EXPECT_EQ(before.seq.value, segments.firsts()[0]);
  RS_EXPECT(!before.is_certain);
}

RS_TEST(a_directory_that_cannot_be_read_is_an_error) {
  RS_EXPECT(!SegmentReader::open("/nonexistent").has_value());
}

}  // namespace ringside::test
