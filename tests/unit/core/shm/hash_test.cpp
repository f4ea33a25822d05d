#include "core/shm/hash.hpp"

#include <string>

#include "tests/support/rs_test.hpp"

namespace ringside::test {

// Values from libxxhash's XXH3_64bits(): they are in files, so they must never change.
RS_TEST(hash_is_xxh3_64) {
  RS_EXPECT_EQ(hash64(""), 0x2d06800538d394c2U);
  RS_EXPECT_EQ(hash64("alice"), 0x4da10dd61a0116b0U);
  RS_EXPECT_EQ(hash64(std::string(1000, 'x')), 0xc0a4877b962cba82U);
  std::string text;
  for (unsigned i = 0; i < 2000; ++i) {
    text += static_cast<char>('a' + i * i % 23);
  }
  for (const auto& [n, hash] :
       {std::pair<std::size_t, std::uint64_t>{240, 0x14f1323b6ca2155aU},
        std::pair<std::size_t, std::uint64_t>{241, 0xcd62d00cc8ec910fU},
        std::pair<std::size_t, std::uint64_t>{255, 0xe1da83f6749af457U},
        std::pair<std::size_t, std::uint64_t>{256, 0x77ba716137e9f514U},
        std::pair<std::size_t, std::uint64_t>{1024, 0xd3df6752e1584655U},
        std::pair<std::size_t, std::uint64_t>{1025, 0x93622a51d7f81999U},
        std::pair<std::size_t, std::uint64_t>{
            2000, 0xc8aef9ff459a3e42U}}) {  // around the lengths at which the way changes
    RS_EXPECT_EQ(hash64(std::string_view(text).substr(0, n)), hash);
  }
}

RS_TEST(hash_differs_for_each_flipped_bit) {
  std::string text(100, 'a');
  const std::uint64_t before = hash64(text);
  for (char& c : text) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      c = static_cast<char>(c ^ (1 << bit));
      RS_EXPECT_NE(hash64(text), before);
      c = static_cast<char>(c ^ (1 << bit));
    }
  }
}

RS_TEST(hash_of_nothing_needs_no_address) { RS_EXPECT_EQ(hash64(nullptr, 0), hash64("")); }

}  // namespace ringside::test
