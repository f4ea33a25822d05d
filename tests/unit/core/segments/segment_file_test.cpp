#include "core/segments/segment_file.hpp"

#include "tests/support/segments_fixture.hpp"

namespace ringside::test {
namespace {

std::unique_ptr<SegmentFile> open_file(const Segments& segments, std::uint64_t first = 1) {
  return RS_UNWRAP(SegmentFile::open(segments.file(first)));
}

}  // namespace

RS_TEST(every_record_is_found_by_its_sequence) {
  Segments segments(4U << 20U);
  segments.fill(2500);
  const auto file = open_file(segments);
  for (std::uint64_t seq = 2500; seq >= 1; seq -= 13) {
    const auto record = file->record(Seq{seq}, 0);
    RS_EXPECT(record.has_value());
    RS_EXPECT_EQ(file->find(Seq{seq}).value_or(0), record->position);
    if (seq < 14) {
      break;
    }
  }
  RS_EXPECT(!file->find(Seq{2501}).has_value());
  RS_EXPECT(!file->record(Seq{2501}, 0).has_value());
  segments.fill(2600);  // it grows, and so does its index
  RS_EXPECT(file->record(Seq{2600}, 0).has_value());
}

RS_TEST(an_index_that_lies_is_not_believed) {
  Segments segments(4U << 20U);
  segments.fill(2500);
  for (std::uint64_t i = 0; i < 20; ++i) {  // positions of all entries
    flip_byte(segments.file(1), kSegmentIndexOffset + i * kSegmentIndexEntryBytes + 9, 0x10);
  }
  const auto file = open_file(segments);
  for (std::uint64_t seq = 1; seq <= 2500; seq += 171) {
    RS_EXPECT(file->record(Seq{seq}, 0).has_value());
  }
}

RS_TEST(after_a_damaged_record_the_index_says_where_to_go_on) {
  Segments segments(4U << 20U);
  segments.fill(2500);
  auto file = open_file(segments);
  const std::uint64_t position = file->find(Seq{700}).value_or(0);
  flip_byte(segments.file(1), position + 4);  // its kind: the way past it is gone, too
  file = open_file(segments);
  RS_EXPECT(file->record(Seq{699}, 0).has_value());
  RS_EXPECT(!file->record(Seq{700}, 0).has_value());
  const auto next = file->next_indexed(Seq{700});
  RS_EXPECT(next.has_value());
  RS_EXPECT_GT(next->value, 700U);
  RS_EXPECT(file->record(*next, 0).has_value());
  RS_EXPECT(!file->next_indexed(Seq{2500}).has_value());
}

RS_TEST(a_time_is_found_after_the_last_record_that_is_older) {
  Segments segments(4U << 20U);
  segments.fill(2500);
  const auto file = open_file(segments);
  for (std::uint64_t seq = 2; seq <= 2500; seq += 123) {
    const auto found = file->find_time(to_ns(time_of(seq)), 0);
    RS_EXPECT(found && found->is_found);
    RS_EXPECT_EQ(found->place.value, seq);
  }
  RS_EXPECT(!file->find_time(to_ns(time_of(0)), 0).has_value());
  const auto after = file->find_time(to_ns(time_of(3000)), 0);
  RS_EXPECT(after && !after->is_found);
  RS_EXPECT_EQ(after->place.value, 2501U);
}

RS_TEST(what_is_no_segment_is_an_error_that_says_which_file) {
  const TempDir dir;
  const std::string path = dir.write("file", "hello");
  const auto file = SegmentFile::open(path);
  RS_EXPECT(!file.has_value());
  RS_EXPECT_CONTAINS(file.error().message, path);
}

}  // namespace ringside::test
