#include "core/segments/segment_list.hpp"

#include <fcntl.h>

#include "tests/support/segments_fixture.hpp"

namespace ringside::test {

RS_TEST(segments_are_listed_in_order_and_other_files_are_passed_over) {
  const TempDir dir;
  dir.write(segment_name(Seq{100}), "");
  dir.write(segment_name(Seq{20}), "");
  dir.write("clean", "");
  dir.write(segment_name(Seq{7}) + ".bad", "");
  const auto found = RS_UNWRAP(list_segments(dir.path()));
  RS_EXPECT_EQ(found.size(), 2U);
  RS_EXPECT_EQ(found[0].value, 20U);
  RS_EXPECT_EQ(found[1].value, 100U);
  const auto missing = list_segments(dir / "missing");
  RS_EXPECT(!missing.has_value());
  RS_EXPECT_CONTAINS(missing.error().message, "missing");
}

RS_TEST(a_seal_that_claims_more_than_the_file_has_is_none) {
  Segments segments;
  segments.fill(200);
  segments.sync();
  const UniqueFd fd(::open(segments.file(1).c_str(), O_RDWR));
  const auto head = RS_UNWRAP(read_segment_head(fd.get()));
  RS_EXPECT(head.seal.has_value());
  RS_EXPECT_EQ(::ftruncate(fd.get(), static_cast<off_t>(head.seal->data_end) - 8), 0);
  RS_EXPECT(!RS_UNWRAP(read_segment_head(fd.get())).seal.has_value());
  RS_EXPECT_EQ(::ftruncate(fd.get(), 100), 0);
  RS_EXPECT(!read_segment_head(fd.get()).has_value());
}

}  // namespace ringside::test
