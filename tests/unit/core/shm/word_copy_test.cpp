#include "core/shm/word_copy.hpp"

#include <array>
#include <atomic>
#include <thread>

#include "tests/support/rs_test.hpp"

namespace ringside::test {

RS_TEST(copies_every_byte_there_and_back) {
  alignas(8) std::array<std::byte, 64> from{};
  alignas(8) std::array<std::byte, 64> shared{};
  std::array<std::byte, 64> to{};
  for (std::size_t i = 0; i < from.size(); ++i) {
    from[i] = static_cast<std::byte>(i * 7 + 1);
  }
  copy_to_shared(shared.data(), from.data(), shared.size());
  copy_from_shared(to.data(), shared.data(), to.size());
  RS_EXPECT(shared == from);
  RS_EXPECT(to == from);
}

RS_TEST(copies_no_more_than_it_was_told) {
  alignas(8) std::array<std::byte, 24> shared{};
  const std::array<std::byte, 8> word = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                                         std::byte{5}, std::byte{6}, std::byte{7}, std::byte{8}};
  copy_to_shared(shared.data() + 8, word.data(), word.size());
  RS_EXPECT_EQ(load_shared_word(shared.data()), 0U);
  RS_EXPECT_EQ(load_shared_word(shared.data() + 8), 0x0807060504030201U);
  RS_EXPECT_EQ(load_shared_word(shared.data() + 16), 0U);
  copy_from_shared(shared.data(), shared.data() + 8, 0);
  RS_EXPECT_EQ(load_shared_word(shared.data()), 0U);
}

RS_TEST(private_side_need_not_be_aligned) {
  alignas(8) std::array<std::byte, 16> shared{};
  std::array<std::byte, 17> bytes{};
  bytes[1] = std::byte{0xaa};
  bytes[16] = std::byte{0xbb};
  copy_to_shared(shared.data(), bytes.data() + 1, 16);
  std::array<std::byte, 17> back{};
  copy_from_shared(back.data() + 1, shared.data(), 16);
  RS_EXPECT(back == bytes);
}

// The promise that the ring rests on: who has met a word of the second copy sees what was stored
// before that copy.
RS_TEST(reader_of_an_overwritten_word_sees_what_was_stored_before_it) {
  alignas(8) std::array<std::byte, 256> shared{};
  std::atomic<std::uint64_t> announced = 0;
  std::atomic<bool> stop = false;
  std::uint64_t n_wrong = 0;
  {
    std::jthread reader([&] {
      alignas(8) std::array<std::byte, 256> mine{};
      while (!stop.load(std::memory_order_relaxed)) {
        copy_from_shared(mine.data(), shared.data(), mine.size());
        const std::uint64_t limit = announced.load(std::memory_order_acquire);
        for (std::size_t i = 0; i < mine.size(); i += 8) {
          n_wrong += load_shared_word(mine.data() + i) > limit ? 1U : 0U;
        }
      }
    });
    alignas(8) std::array<std::byte, 256> next{};
    for (std::uint64_t round = 1; round <= 20'000; ++round) {
      for (std::size_t i = 0; i < next.size(); i += 8) {
        store_shared_word(next.data() + i, round);
      }
      announced.store(round,
                      std::memory_order_relaxed);  // as weak as can be: the copy's stores order it
      copy_to_shared(shared.data(), next.data(), next.size());
    }
    stop = true;
  }
  RS_EXPECT_EQ(n_wrong, 0U);
}

}  // namespace ringside::test
