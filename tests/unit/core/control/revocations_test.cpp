#include "core/control/revocations.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include "tests/support/rs_test.hpp"

namespace ringside::test {
namespace {

using namespace control;  // NOLINT(google-build-using-namespace): the tested names
using std::chrono::hours;
using std::chrono::milliseconds;

WallTime at(std::int64_t seconds) { return wall_from_ns(seconds * 1'000'000'000); }

bool add(Segment& segment, std::uint64_t key, WallTime time,
         std::optional<WallTime> until = std::nullopt) {
  return add_revocation(segment, {key, time, until}, time);
}

std::unique_ptr<Segment> full_segment(std::optional<WallTime> until = std::nullopt) {
  auto segment = std::make_unique<Segment>();
  for (std::uint64_t key = 2; key < kMaxRevocations + 2; ++key) {
    RS_EXPECT(add(*segment, key, at(1), until));
  }
  return segment;
}

// Keys that all begin their search at the same place.
std::vector<std::uint64_t> colliding_keys(std::size_t count) {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
  std::uint64_t inverse = kOdd;  // of an odd number modulo 2^64, by Newton's method
  for (int i = 0; i < 6; ++i) {
    inverse *= 2 - kOdd * inverse;
  }
  std::vector<std::uint64_t> keys;
  for (std::uint64_t i = 0; i < count; ++i) {
    keys.push_back(((std::uint64_t{77} << (64U - kRevocationPlaceBits)) + i) * inverse);
  }
  return keys;
}

}  // namespace

RS_TEST(keys_differ_by_kind_and_subject) {
  RS_EXPECT_EQ(revocation_key(1, "alice"), revocation_key(1, "alice"));
  RS_EXPECT_NE(revocation_key(1, "alice"), revocation_key(2, "alice"));
  RS_EXPECT_NE(revocation_key(1, "alice"), revocation_key(1, "bob"));
  RS_EXPECT(revocation_key(1, "") > 1U);
}

RS_TEST(revocation_is_found_with_its_time) {
  const auto segment = std::make_unique<Segment>();
  RS_EXPECT(!find_revocation(*segment, 7, at(0)).has_value());
  RS_EXPECT(add(*segment, 7, at(100)));
  RS_EXPECT(add(*segment, 8, at(200)));
  RS_EXPECT(find_revocation(*segment, 7, at(300)) == at(100));
  RS_EXPECT(find_revocation(*segment, 8, at(300)) == at(200));
  RS_EXPECT(!find_revocation(*segment, 9, at(300)).has_value());
  RS_EXPECT_EQ(segment->revocation_count.load(), 2U);
}

RS_TEST(revoking_again_renews_the_time_and_takes_no_further_place) {
  const auto segment = std::make_unique<Segment>();
  RS_EXPECT(add(*segment, 7, at(100)));
  const std::uint64_t generation = segment->revocation_generation.load();
  RS_EXPECT(add(*segment, 7, at(300)));
  RS_EXPECT(find_revocation(*segment, 7, at(300)) == at(300));
  RS_EXPECT_EQ(segment->revocation_count.load(), 1U);
  RS_EXPECT_NE(segment->revocation_generation.load(), generation);
}

RS_TEST(revoking_again_never_shortens) {
  const auto segment = std::make_unique<Segment>();
  RS_EXPECT(add(*segment, 7, at(100), at(200)));
  RS_EXPECT(add(*segment, 7, at(110), at(150)));
  RS_EXPECT(find_revocation(*segment, 7, at(199)) == at(110));
  RS_EXPECT(add(*segment, 7, at(90), at(400)));  // an older one, as from a file
  RS_EXPECT(find_revocation(*segment, 7, at(399)) == at(110));
  RS_EXPECT(add(*segment, 7, at(120)));
  RS_EXPECT(add(*segment, 7, at(130), at(500)));
  RS_EXPECT(find_revocation(*segment, 7, at(1'000'000)) == at(130));
}

RS_TEST(revocation_ends_at_its_end) {
  const auto segment = std::make_unique<Segment>();
  RS_EXPECT(add(*segment, 7, at(100), at(200)));
  RS_EXPECT(find_revocation(*segment, 7, at(199)).has_value());
  RS_EXPECT(!find_revocation(*segment, 7, at(200)).has_value());
}

RS_TEST(none_is_dropped_when_the_table_is_full) {
  const auto segment = full_segment();
  const std::uint64_t generation = segment->revocation_generation.load();
  RS_EXPECT(!add(*segment, kMaxRevocations + 2, at(2)));
  RS_EXPECT_EQ(segment->revocation_generation.load(), generation);
  RS_EXPECT(!find_revocation(*segment, kMaxRevocations + 2, at(3)).has_value());
  for (std::uint64_t key = 2; key < kMaxRevocations + 2; ++key) {
    RS_EXPECT(find_revocation(*segment, key, at(3)) == at(1));
  }
  RS_EXPECT(add(*segment, 2, at(2)));  // revoked already: needs no place
  RS_EXPECT(find_revocation(*segment, 2, at(3)) == at(2));
}

RS_TEST(full_table_makes_room_by_forgetting_what_has_ended) {
  const auto segment = full_segment(at(50));
  RS_EXPECT(!add(*segment, kMaxRevocations + 2, at(49)));
  RS_EXPECT(add(*segment, kMaxRevocations + 2, at(50)));
  RS_EXPECT_EQ(segment->revocation_count.load(), 1U);
  RS_EXPECT(find_revocation(*segment, kMaxRevocations + 2, at(51)) == at(50));
}

RS_TEST(what_has_ended_or_is_too_old_is_forgotten) {
  const auto segment = std::make_unique<Segment>();
  RS_EXPECT(add(*segment, 10, at(1000)));
  RS_EXPECT(add(*segment, 11, at(5000)));
  RS_EXPECT(add(*segment, 12, at(1000), at(6000)));
  RS_EXPECT(add(*segment, 13, at(1000), at(9000)));  // longer than `keep`, as someone asked for
  RS_EXPECT_EQ(forget_revocations(*segment, milliseconds(0), at(5500)), 0U);
  RS_EXPECT_EQ(forget_revocations(*segment, hours(1), at(6000)), 2U);
  RS_EXPECT(!find_revocation(*segment, 10, at(2000)).has_value());
  RS_EXPECT(find_revocation(*segment, 11, at(6000)) == at(5000));
  RS_EXPECT(!find_revocation(*segment, 12, at(2000)).has_value());
  RS_EXPECT(find_revocation(*segment, 13, at(6000)) == at(1000));
  RS_EXPECT_EQ(segment->revocation_count.load(), 2U);
}

RS_TEST(one_that_is_taken_back_is_gone_and_hides_no_other) {
  const auto segment = std::make_unique<Segment>();
  const std::vector<std::uint64_t> keys = colliding_keys(50);
  for (const std::uint64_t key : keys) {
    RS_EXPECT(add(*segment, key, at(1), at(90)));
  }
  const std::uint64_t generation = segment->revocation_generation.load();
  for (std::size_t i = 0; i < keys.size(); i += 2) {
    RS_EXPECT(remove_revocation(*segment, keys[i]));
    RS_EXPECT(!remove_revocation(*segment, keys[i]));
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto record = revocation_of(*segment, keys[i], at(2));
    RS_EXPECT_EQ(record.has_value(), i % 2 == 1);
    RS_EXPECT(!record || (record->time == at(1) && record->until == at(90)));
  }
  RS_EXPECT(!revocation_of(*segment, keys[1], at(90)).has_value());
  RS_EXPECT_EQ(segment->revocation_count.load(), 25U);
  RS_EXPECT_EQ(segment->revocation_generation.load(), generation + 25);
  RS_EXPECT(add(*segment, keys[0], at(5)));
  RS_EXPECT(find_revocation(*segment, keys[0], at(6)) == at(5));
}

RS_TEST(forgetting_some_hides_no_other_that_collides_with_them) {
  const auto segment = std::make_unique<Segment>();
  const std::vector<std::uint64_t> keys = colliding_keys(200);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    RS_EXPECT(add(*segment, keys[i], at(10),
                  i % 3 == 0 ? std::optional<WallTime>() : at(20 + static_cast<int>(i % 3))));
  }
  for (const std::int64_t now : {20, 21, 22}) {
    (void)forget_revocations(*segment, milliseconds(0), at(now));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const bool is_in_force = i % 3 == 0 || now < 20 + static_cast<int>(i % 3);
      RS_EXPECT_EQ(find_revocation(*segment, keys[i], at(now)).has_value(), is_in_force);
    }
  }
  for (const std::uint64_t key : keys) {
    RS_EXPECT(add(*segment, key, at(30)));
  }
  RS_EXPECT_EQ(segment->revocation_count.load(), keys.size());
  RS_EXPECT_EQ(list_revocations(*segment).size(), keys.size());
}

RS_TEST(readers_find_what_is_in_force_while_others_come_and_go_around_it) {
  const auto segment = std::make_unique<Segment>();
  const std::vector<std::uint64_t> keys = colliding_keys(40);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    RS_EXPECT(add(*segment, keys[i], at(10), i % 2 == 0 ? std::optional<WallTime>() : at(20)));
  }
  std::atomic<bool> is_over{false};
  std::atomic<std::size_t> n_missed{0};
  std::thread reader([&] {
    while (!is_over.load()) {
      for (std::size_t i = 0; i < keys.size(); i += 2) {
        n_missed += find_revocation(*segment, keys[i], at(30)) == at(10) ? 0U : 1U;
      }
    }
  });
  for (int round = 0; round < 100; ++round) {
    (void)forget_revocations(*segment, milliseconds(0), at(30));
    for (std::size_t i = 1; i < keys.size(); i += 2) {
      (void)add(*segment, keys[i], at(11), at(20));
    }
  }
  is_over.store(true);
  reader.join();
  RS_EXPECT_EQ(n_missed.load(), 0U);
}

RS_TEST(removed_places_are_free_again_and_searches_stay_short) {
  const auto segment = std::make_unique<Segment>();
  for (std::uint64_t round = 0; round < 4; ++round) {
    for (std::uint64_t i = 0; i < kMaxRevocations; ++i) {
      const std::uint64_t key = 2 + round * kMaxRevocations + i;
      RS_EXPECT(add(*segment, key, at(1), at(2)));
    }
    RS_EXPECT_EQ(forget_revocations(*segment, milliseconds(0), at(3)), kMaxRevocations);
  }
  const auto used = std::count_if(std::begin(segment->revocations), std::end(segment->revocations),
                                  [](const Revocation& place) { return place.key.load() != 0; });
  RS_EXPECT(used <= 64);  // of a run around the end of the table
}

RS_TEST(list_has_all_that_are_kept) {
  const auto segment = std::make_unique<Segment>();
  RS_EXPECT(add(*segment, 7, at(100), at(200)));
  RS_EXPECT(add(*segment, 8, at(300)));
  auto records = list_revocations(*segment);
  std::sort(records.begin(), records.end(), [](auto& a, auto& b) { return a.key < b.key; });
  RS_EXPECT_EQ(records.size(), 2U);
  RS_EXPECT(records[0] == (RevocationRecord{7, at(100), at(200)}));
  RS_EXPECT(records[1] == (RevocationRecord{8, at(300), std::nullopt}));
}

RS_TEST(impossible_contents_lead_to_no_endless_search) {
  const auto segment = std::make_unique<Segment>();
  segment->revocation_count.store(~std::uint64_t{0});
  RS_EXPECT(!find_revocation(*segment, 5, at(0)).has_value());
  RS_EXPECT(add(*segment, 5, at(1)));  // counted again
  RS_EXPECT_EQ(segment->revocation_count.load(), 1U);
  for (Revocation& place : segment->revocations) {
    place.key.store(4);
  }
  RS_EXPECT(!find_revocation(*segment, 6, at(2)).has_value());
  RS_EXPECT(!add(*segment, 6, at(2)));
}

}  // namespace ringside::test
