#include "core/ring/time_index.hpp"

#include <vector>

#include "tests/support/ring_fixture.hpp"
#include "tests/support/rs_test.hpp"

namespace ringside::test {
namespace {

constexpr std::uint64_t kCapacity = std::uint64_t{8} << 20U;
constexpr std::uint64_t kStride = kCapacity / kIndexStrideDivisor;  // 4 KiB

// Header and index only; the index never looks at the data.
class Image {
 public:
  Image() : words_(kDataOffset / 8) { ring_header(file()).capacity_bytes.store(kCapacity); }
  [[nodiscard]] std::byte* file() { return reinterpret_cast<std::byte*>(words_.data()); }
  [[nodiscard]] RingHeader& header() { return ring_header(file()); }

 private:
  std::vector<std::uint64_t> words_;
};

// Record number `seq` of 1 KiB each, received a microsecond apart.
IndexPoint record(std::uint64_t seq) {
  return {(seq - 1) * 1024, seq, static_cast<std::int64_t>(seq) * 1000};
}

void note_records(IndexWriter& index, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t seq = first; seq <= last; ++seq) {
    index.note(record(seq));
  }
}

}  // namespace

RS_TEST(an_entry_is_made_each_stride) {
  Image image;
  IndexWriter index(image.file());
  note_records(index, 1, 41);
  RS_EXPECT_EQ(index_range(image.file()).begin, 0U);
  RS_EXPECT_EQ(index_range(image.file()).end, 11U);
  RS_EXPECT_EQ(read_index_entry(image.file(), 0).value().seq, 1U);
  RS_EXPECT_EQ(read_index_entry(image.file(), 1).value().seq, 1 + kStride / 1024);
  RS_EXPECT_EQ(read_index_entry(image.file(), 10).value().position, 40U * 1024);
  RS_EXPECT(!read_index_entry(image.file(), 11).has_value());
}

RS_TEST(search_gives_the_last_entry_not_after_what_is_sought) {
  Image image;
  IndexWriter index(image.file());
  note_records(index, 1, 4000);
  for (std::uint64_t seq = 1; seq <= 4000; seq += 13) {
    const IndexPoint by_seq = find_in_index_by_seq(image.file(), seq).value();
    RS_EXPECT_LE(by_seq.seq, seq);
    RS_EXPECT_GT(by_seq.seq + 4, seq);
  }
  for (std::int64_t seq = 2; seq <= 4000; seq += 13) {
    const IndexPoint by_time = find_in_index_before_time(image.file(), seq * 1000).begin.value();
    RS_EXPECT_LT(by_time.received_ns, seq * 1000);
    RS_EXPECT_GE(by_time.received_ns, (seq - 4) * 1000);
  }
}

RS_TEST(nothing_is_found_before_the_first_entry_or_in_an_empty_index) {
  Image image;
  RS_EXPECT(!find_in_index_by_seq(image.file(), 1000).has_value());
  RS_EXPECT(!find_in_index_before_time(image.file(), INT64_MAX).begin.has_value());
  IndexWriter index(image.file());
  index.note(record(5));
  RS_EXPECT(!find_in_index_by_seq(image.file(), 4).has_value());
  RS_EXPECT(!find_in_index_before_time(image.file(), 5000).begin.has_value());
  RS_EXPECT_EQ(find_in_index_before_time(image.file(), 5001).begin.value().seq, 5U);
}

RS_TEST(index_that_has_wrapped_keeps_the_newest_entries) {
  Image image;
  IndexWriter index(image.file());
  note_records(index, 1, 40'000);  // 10,000 entries
  const IndexRange range = index_range(image.file());
  RS_EXPECT_EQ(range.end, 10'000U);
  RS_EXPECT_EQ(range.end - range.begin, kIndexEntries - 1);
  RS_EXPECT(!read_index_entry(image.file(), range.begin - 1).has_value());
  RS_EXPECT_EQ(find_in_index_by_seq(image.file(), 39'999).value().seq, 39'997U);
  RS_EXPECT(!find_in_index_by_seq(image.file(), 20'000).has_value());
  // All that a ring of this capacity can hold is covered.
  RS_EXPECT(find_in_index_by_seq(image.file(), 40'000 - kCapacity / 1024).has_value());
}

RS_TEST(next_writer_goes_on_with_the_same_spacing) {
  Image image;
  {
    IndexWriter index(image.file());
    note_records(index, 1, 10);  // entries at 1, 5, 9
  }
  IndexWriter index(image.file());
  note_records(index, 11, 13);
  RS_EXPECT_EQ(index_range(image.file()).end, 4U);
  RS_EXPECT_EQ(read_index_entry(image.file(), 3).value().seq, 13U);
}

RS_TEST(cleared_index_is_empty_until_records_are_noted_again) {
  Image image;
  IndexWriter index(image.file());
  note_records(index, 1, 100);
  index.clear();
  RS_EXPECT(!find_in_index_by_seq(image.file(), 100).has_value());
  RS_EXPECT(!read_index_entry(image.file(), 3).has_value());
  note_records(index, 50, 60);
  RS_EXPECT_EQ(find_in_index_by_seq(image.file(), 100).value().seq, 58U);
  RS_EXPECT(!find_in_index_by_seq(image.file(), 49).has_value());
}

RS_TEST(impossible_counts_make_an_empty_index) {
  Image image;
  image.header().index_count.store(~std::uint64_t{0});
  RS_EXPECT(!find_in_index_by_seq(image.file(), 1).has_value());
  image.header().index_count.store(5);
  for (const std::uint64_t first : {5U, 6U}) {
    image.header().index_first.store(first);
    RS_EXPECT(!find_in_index_by_seq(image.file(), 1).has_value());
    RS_EXPECT_EQ(index_range(image.file()).begin, index_range(image.file()).end);
  }
}

}  // namespace ringside::test
