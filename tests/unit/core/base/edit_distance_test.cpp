#include "core/base/edit_distance.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(counts_insertions_deletions_and_substitutions) {
  RS_EXPECT_EQ(edit_distance("", ""), 0U);
  RS_EXPECT_EQ(edit_distance("", "abc"), 3U);
  RS_EXPECT_EQ(edit_distance("abc", ""), 3U);
  RS_EXPECT_EQ(edit_distance("flush", "flash"), 1U);
  RS_EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  RS_EXPECT_EQ(edit_distance("batch_size", "batchsize"), 1U);
}
