#include "core/segments/segment_sync.hpp"

#include <fcntl.h>

#include "tests/support/segments_fixture.hpp"

namespace ringside::test {

RS_TEST(a_sync_seals_complete_files_and_tells_how_far_it_reaches) {
  Segments segments;
  segments.fill(300);
  RS_EXPECT_GT(segments.store->n_segments(), 1U);
  RS_EXPECT_EQ(segments.store->synced().value, 1U);
  const UniqueFd fd(::open(segments.file(1).c_str(), O_RDONLY));
  RS_EXPECT(!RS_UNWRAP(read_segment_head(fd.get())).seal.has_value());
  const auto sync = segments.store->take_sync();
  RS_EXPECT(sync.has_value());
  RS_EXPECT_EQ(sync->end().value, 301U);
  RS_EXPECT(!segments.store->take_sync().has_value());  // one at a time
  const Status result = sync->run();
  RS_EXPECT_OK(result);
  segments.store->on_synced(*sync, result);
  RS_EXPECT_EQ(segments.store->synced().value, 301U);
  RS_EXPECT(RS_UNWRAP(read_segment_head(fd.get())).seal.has_value());
  RS_EXPECT(!segments.store->take_sync().has_value());  // nothing new
}

RS_TEST(a_sync_that_fails_says_so) {
  SegmentSync sync(Seq{5}, nullptr);
  sync.add(std::make_shared<const UniqueFd>(), std::nullopt);
  RS_EXPECT(!sync.run().has_value());
}

}  // namespace ringside::test
