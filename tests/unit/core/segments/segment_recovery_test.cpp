#include "core/segments/segment_recovery.hpp"

#include <fcntl.h>

#include "tests/support/segments_fixture.hpp"

namespace ringside::test {
namespace {

SegmentTally recover(const std::string& path, std::uint64_t first = 1) {
  const UniqueFd fd(::open(path.c_str(), O_RDWR));
  return recover_segment(fd.get(), Seq{first});
}

}  // namespace

RS_TEST(a_whole_segment_is_recovered_whole_with_the_index_that_its_writer_made) {
  Segments segments(1U << 20U);
  segments.fill(2000);
  const SegmentTally found = recover(segments.file(1));
  RS_EXPECT_EQ(found.summary.end.value, 2001U);
  RS_EXPECT_EQ(found.summary.oldest_ns, to_ns(time_of(1)));
  RS_EXPECT_EQ(found.summary.newest_ns, to_ns(time_of(2000)));
  RS_EXPECT_GT(found.index.size(), 3U);
  const UniqueFd fd(::open(segments.file(1).c_str(), O_RDONLY));
  std::vector<SegmentIndexEntry> written(found.index.size() + 1);
  RS_EXPECT_EQ(
      ::pread(fd.get(), written.data(), written.size() * sizeof written[0], kSegmentIndexOffset),
      written.size() * sizeof written[0]);
  for (std::size_t i = 0; i < found.index.size(); ++i) {
    RS_EXPECT_EQ(written[i].seq, found.index[i].seq);
    RS_EXPECT_EQ(written[i].position, found.index[i].position);
    RS_EXPECT_EQ(written[i].received_ns, found.index[i].received_ns);
  }
  RS_EXPECT_EQ(written.back().seq, 0U);
}

RS_TEST(recovery_ends_before_the_first_damaged_record) {
  Segments segments(1U << 20U);
  segments.fill(50);
  const SegmentTally whole = recover(segments.file(1));
  RS_EXPECT_EQ(whole.summary.end.value, 51U);
  flip_byte(segments.file(1), whole.summary.data_end - 9);
  RS_EXPECT_EQ(recover(segments.file(1)).summary.end.value, 50U);
  RS_EXPECT_EQ(recover(segments.file(1), 2).summary.end.value, 2U);  // another file's records
}

RS_TEST(a_sealed_segment_says_what_recovery_has_found) {
  Segments segments(1U << 20U);
  segments.fill(50);
  const SegmentTally found = recover(segments.file(1));
  const UniqueFd fd(::open(segments.file(1).c_str(), O_RDWR));
  RS_EXPECT_OK(seal_segment(fd.get(), found));
  RS_EXPECT(RS_UNWRAP(read_segment_head(fd.get())).seal == found.summary);
  RS_EXPECT_OK(unseal_segment(fd.get()));
  RS_EXPECT(!RS_UNWRAP(read_segment_head(fd.get())).seal.has_value());
}

}  // namespace ringside::test
