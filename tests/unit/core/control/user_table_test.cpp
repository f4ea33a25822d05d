#include "core/control/user_table.hpp"

#include <memory>

#include "tests/support/rs_test.hpp"

namespace ringside::test {
namespace {

using namespace control;  // NOLINT(google-build-using-namespace): the tested names

constexpr std::uint64_t kAlice = 0x1234;
constexpr std::uint64_t kBob = 0x1234 + kBuckets;  // in the same two buckets

// The hash of user number `i`, in the same first bucket as Alice and all others; the second one
// differs.
constexpr std::uint64_t in_first_bucket_of_alice(std::uint64_t i) { return (i << 32U) | kAlice; }

std::unique_ptr<Segment> make_segment(std::size_t n_processes) {
  auto segment = std::make_unique<Segment>();
  for (std::size_t i = 0; i < n_processes; ++i) {
    segment->slots[i].pid.store(100 + i);
  }
  return segment;
}

}  // namespace

RS_TEST(users_are_counted_over_all_slots_in_use) {
  const auto segment = make_segment(2);
  RS_EXPECT(add_user(segment->slots[0], 0, kAlice));
  RS_EXPECT(add_user(segment->slots[0], 0, kAlice));
  RS_EXPECT(add_user(segment->slots[1], 0, kAlice));
  RS_EXPECT(add_user(segment->slots[1], 0, kBob));
  RS_EXPECT(add_user(segment->slots[2], 0, kAlice));  // nobody's slot
  RS_EXPECT_EQ(count_user(*segment, 0, kAlice), 3U);
  RS_EXPECT_EQ(count_user(*segment, 0, kBob), 1U);
  RS_EXPECT_EQ(count_user(*segment, 0, 99), 0U);
}

RS_TEST(quotas_are_counted_apart) {
  const auto segment = make_segment(1);
  RS_EXPECT(add_user(segment->slots[0], 0, kAlice));
  RS_EXPECT(add_user(segment->slots[0], 1, kAlice));
  RS_EXPECT(add_user(segment->slots[0], 1, kAlice));
  RS_EXPECT_EQ(count_user(*segment, 0, kAlice), 1U);
  RS_EXPECT_EQ(count_user(*segment, 1, kAlice), 2U);
}

RS_TEST(removing_what_was_not_added_changes_nothing) {
  const auto segment = make_segment(1);
  remove_user(segment->slots[0], 0, kAlice);
  RS_EXPECT(add_user(segment->slots[0], 0, kAlice));
  remove_user(segment->slots[0], 1, kAlice);
  remove_user(segment->slots[0], 0, kAlice);
  remove_user(segment->slots[0], 0, kAlice);
  RS_EXPECT_EQ(count_user(*segment, 0, kAlice), 0U);
}

RS_TEST(entry_without_counts_goes_to_another_user) {
  const auto segment = make_segment(1);
  // Many more users than a bucket has places, one after another.
  for (std::uint64_t i = 0; i < 1000; ++i) {
    RS_EXPECT(add_user(segment->slots[0], 0, kAlice + i * kBuckets));
    RS_EXPECT_EQ(count_user(*segment, 0, kAlice + i * kBuckets), 1U);
    remove_user(segment->slots[0], 0, kAlice + i * kBuckets);
  }
}

RS_TEST(entry_with_any_count_is_kept) {
  const auto segment = make_segment(1);
  RS_EXPECT(add_user(segment->slots[0], 1, kAlice));
  for (std::uint64_t i = 1; i < 2 * kBucketEntries; ++i) {
    RS_EXPECT(add_user(segment->slots[0], 0, kAlice + i * kBuckets));
  }
  RS_EXPECT_EQ(count_user(*segment, 1, kAlice), 1U);
}

RS_TEST(full_buckets_take_no_new_user_but_more_of_the_old_ones) {
  const auto segment = make_segment(1);
  const std::uint64_t one_more = kAlice + 2 * kBucketEntries * kBuckets;
  for (std::uint64_t i = 0; i < 2 * kBucketEntries; ++i) {
    RS_EXPECT(add_user(segment->slots[0], 0, kAlice + i * kBuckets));
  }
  RS_EXPECT(!add_user(segment->slots[0], 0, one_more));
  RS_EXPECT(add_user(segment->slots[0], 0, kAlice));
  remove_user(segment->slots[0], 0, kBob);
  RS_EXPECT(add_user(segment->slots[0], 0, one_more));
}

RS_TEST(users_who_fill_one_bucket_lock_nobody_out) {
  for (const std::uint64_t n_others : {std::uint64_t{64}, std::uint64_t{2000}}) {
    const auto segment = make_segment(2);
    for (std::uint64_t i = 1; i <= n_others; ++i) {
      RS_EXPECT(add_user(segment->slots[0], 0, in_first_bucket_of_alice(i)));
    }
    RS_EXPECT(add_user(segment->slots[0], 0, kAlice));
    RS_EXPECT(add_user(segment->slots[1], 0, kAlice));
    RS_EXPECT_EQ(count_user(*segment, 0, kAlice), 2U);
    for (std::uint64_t i = 1; i <= n_others; ++i) {
      RS_EXPECT_EQ(count_user(*segment, 0, in_first_bucket_of_alice(i)), 1U);
    }
  }
}

RS_TEST(hash_of_a_user_depends_on_the_key_of_the_segment) {
  const auto a = make_segment(1);
  const auto b = make_segment(1);
  RS_EXPECT_EQ(user_hash_of(*a, "alice"), user_hash_of(*b, "alice"));
  RS_EXPECT_NE(user_hash_of(*a, "alice"), user_hash_of(*a, "bob"));
  for (SharedU64& half : b->hash_key) {
    const std::uint64_t before = user_hash_of(*b, "alice");
    half.store(7);
    RS_EXPECT_NE(user_hash_of(*b, "alice"), before);
  }
}

RS_TEST(as_many_users_as_are_promised_fit) {
  const auto segment = make_segment(1);
  for (std::uint64_t i = 0; i < 8192; ++i) {
    RS_EXPECT(add_user(segment->slots[0], 0, user_hash_of(*segment, fmt::format("user-{}", i))));
  }
}

}  // namespace ringside::test
