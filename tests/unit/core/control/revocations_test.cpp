#include "core/control/revocations.hpp"

#include <memory>

#include "tests/support/rs_test.hpp"

namespace ringside::test {
namespace {

using namespace control;  // NOLINT(google-build-using-namespace): the tested names

WallTime at(std::int64_t seconds) { return wall_from_ns(seconds * 1'000'000'000); }

}  // namespace

RS_TEST(keys_differ_by_kind_and_subject) {
  RS_EXPECT_EQ(revocation_key(1, "alice"), revocation_key(1, "alice"));
  RS_EXPECT_NE(revocation_key(1, "alice"), revocation_key(2, "alice"));
  RS_EXPECT_NE(revocation_key(1, "alice"), revocation_key(1, "bob"));
  RS_EXPECT_NE(revocation_key(1, ""), 0U);
}

RS_TEST(revocation_is_found_with_its_time) {
  const auto segment = std::make_unique<Segment>();
  RS_EXPECT(!find_revocation(*segment, 7).has_value());
  add_revocation(*segment, 7, at(100));
  add_revocation(*segment, 8, at(200));
  RS_EXPECT(find_revocation(*segment, 7) == at(100));
  RS_EXPECT(find_revocation(*segment, 8) == at(200));
  RS_EXPECT(!find_revocation(*segment, 9).has_value());
}

RS_TEST(revoking_again_renews_the_time_and_takes_no_further_place) {
  const auto segment = std::make_unique<Segment>();
  add_revocation(*segment, 7, at(100));
  const std::uint64_t generation = segment->revocation_generation.load();
  add_revocation(*segment, 7, at(300));
  RS_EXPECT(find_revocation(*segment, 7) == at(300));
  RS_EXPECT_EQ(segment->revocation_count.load(), 1U);
  RS_EXPECT_NE(segment->revocation_generation.load(), generation);
}

RS_TEST(oldest_is_forgotten_when_the_list_is_full) {
  const auto segment = std::make_unique<Segment>();
  for (std::uint64_t key = 1; key <= kRevocations; ++key) {
    add_revocation(*segment, key, at(1));
  }
  RS_EXPECT(find_revocation(*segment, 1).has_value());
  add_revocation(*segment, kRevocations + 1, at(2));
  RS_EXPECT(!find_revocation(*segment, 1).has_value());
  RS_EXPECT(find_revocation(*segment, 2).has_value());
  RS_EXPECT(find_revocation(*segment, kRevocations + 1) == at(2));
}

RS_TEST(impossible_count_does_not_lead_out_of_the_list) {
  const auto segment = std::make_unique<Segment>();
  segment->revocation_count.store(~std::uint64_t{0});
  RS_EXPECT(!find_revocation(*segment, 5).has_value());
}

}  // namespace ringside::test
