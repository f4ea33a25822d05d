#include "module/transport/plain_sum.hpp"

#include <zlib.h>

#include <string>

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(sums_of_pieces_are_the_sum_of_the_whole) {
  std::string whole;
  PlainSum sum;
  for (int i = 0; i < 50; ++i) {
    const std::string piece(static_cast<std::size_t>(i * 37 % 101),
                            static_cast<char>('a' + i % 26));
    whole += piece;
    PlainSum one;
    one.add(piece);
    sum.add(one);
  }
  RS_EXPECT_EQ(sum.n_bytes, whole.size());
  RS_EXPECT_EQ(sum.crc, static_cast<std::uint32_t>(crc32_z(
                            0, reinterpret_cast<const Bytef*>(whole.data()), whole.size())));
  RS_EXPECT(!sum.has_begun);
  PlainSum begun;
  begun.has_begun = true;
  sum.add(begun);
  RS_EXPECT(sum.has_begun && sum.n_bytes == whole.size());
}
