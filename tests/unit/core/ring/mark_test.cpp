#include "core/ring/mark.hpp"

#include <atomic>
#include <thread>

#include "tests/support/rs_test.hpp"

namespace ringside::test {

RS_TEST(mark_gives_back_the_pair_that_was_set) {
  Mark mark{};
  reset_mark(mark, {12, 345});
  const MarkValue value = load_mark(mark).value();
  RS_EXPECT_EQ(value.seq, 12U);
  RS_EXPECT_EQ(value.position, 345U);
}

RS_TEST(mark_follows_many_publications) {
  Mark mark{};
  reset_mark(mark, {0, 0});
  for (std::uint64_t seq = 1; seq <= 100; ++seq) {
    publish_mark(mark, {seq, seq * 8});
    RS_EXPECT_EQ(load_mark(mark).value().seq, seq);
    RS_EXPECT_EQ(load_mark(mark).value().position, seq * 8);
  }
}

// What a writer leaves that was killed between the slot and the sequence.
RS_TEST(half_a_publication_changes_nothing) {
  Mark mark{};
  reset_mark(mark, {0, 0});
  publish_mark(mark, {1, 80});
  mark.position[2].store(0xdead);
  RS_EXPECT_EQ(load_mark(mark).value().seq, 1U);
  RS_EXPECT_EQ(load_mark(mark).value().position, 80U);
}

RS_TEST(impossible_values_are_no_mark) {
  Mark mark{};
  reset_mark(mark, {kMaxPlausible, 0});
  RS_EXPECT(!load_mark(mark).has_value());
  reset_mark(mark, {1, kMaxPlausible});
  RS_EXPECT(!load_mark(mark).has_value());
  reset_mark(mark, {~std::uint64_t{0}, ~std::uint64_t{0}});
  RS_EXPECT(!load_mark(mark).has_value());
}

RS_TEST(pairs_always_match_while_another_thread_publishes) {
  Mark mark{};
  reset_mark(mark, {0, 7});
  std::atomic<bool> stop = false;
  std::uint64_t n_wrong = 0;
  std::uint64_t n_backwards = 0;
  {
    std::jthread reader([&] {
      std::uint64_t last = 0;
      while (!stop.load()) {
        if (const auto value = load_mark(mark)) {
          n_wrong += value->position != value->seq * 24 + 7 ? 1U : 0U;
          n_backwards += value->seq < last ? 1U : 0U;
          last = value->seq;
        }
      }
    });
    for (std::uint64_t seq = 1; seq <= 500'000; ++seq) {
      publish_mark(mark, {seq, seq * 24 + 7});
    }
    stop = true;
  }
  RS_EXPECT_EQ(n_wrong, 0U);
  RS_EXPECT_EQ(n_backwards, 0U);
}

}  // namespace ringside::test
