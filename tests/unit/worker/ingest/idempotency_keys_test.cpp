// What is remembered of keys, for how long, and in how much room.
#include "worker/ingest/idempotency_keys.hpp"

#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;
using test::ManualClock;

struct Fixture {
  ManualClock clock;
  IdempotencyKeys keys{clock};

  std::unique_ptr<IdempotencyKeys::Claim> claim(std::string_view user, std::string_view key) {
    return keys.claim(IngestKind::kEvents, user, key);
  }
  void remember(std::string_view user, std::string_view key, std::uint64_t n_events = 1) {
    const auto held = claim(user, key);
    RS_EXPECT(held != nullptr);
    held->note({n_events, 7, {}});
  }
  std::uint64_t n_events(std::string_view user, std::string_view key) {
    return claim(user, key)->before().n_events;
  }
};

RS_TEST(a_key_is_remembered_with_its_progress) {
  Fixture f;
  {
    const auto held = f.claim("ci", "k");
    IngestReport report;
    report.n_accepted = 4;
    report.reject(2, "why");
    held->note({5, 99, report});
  }
  const auto again = f.claim("ci", "k");
  RS_EXPECT_EQ(again->before().n_events, 5u);
  RS_EXPECT_EQ(again->before().hash, 99u);
  RS_EXPECT_EQ(again->before().report.n_accepted, 4u);
  RS_EXPECT_EQ(again->before().report.rejected.size(), 1u);
}

RS_TEST(a_key_belongs_to_its_user_and_its_path) {
  Fixture f;
  f.remember("ci", "k");
  RS_EXPECT_EQ(f.n_events("eve", "k"), 0u);
  RS_EXPECT_EQ(f.keys.claim(IngestKind::kOtlpLogs, "ci", "k")->before().n_events, 0u);
  f.remember("a|1", "k");
  RS_EXPECT_EQ(f.n_events("a", "1|k"), 0u);
}

RS_TEST(one_request_at_a_time_works_on_a_key) {
  Fixture f;
  auto first = f.claim("ci", "k");
  RS_EXPECT(f.claim("ci", "k") == nullptr);
  first.reset();
  RS_EXPECT(f.claim("ci", "k") != nullptr);
}

RS_TEST(a_key_without_events_is_not_remembered) {
  Fixture f;
  (void)f.claim("ci", "k");
  RS_EXPECT_EQ(f.keys.n_keys(), 0u);
  RS_EXPECT_EQ(f.keys.n_bytes(), 0u);
}

RS_TEST(a_key_is_forgotten_after_a_day) {
  Fixture f;
  f.remember("ci", "k");
  f.clock.advance(IdempotencyKeys::kMaxAge - std::chrono::seconds(1));
  RS_EXPECT_EQ(f.n_events("ci", "k"), 1u);  // and used, so that its day begins again
  f.clock.advance(IdempotencyKeys::kMaxAge + std::chrono::seconds(1));
  RS_EXPECT_EQ(f.n_events("ci", "k"), 0u);
}

RS_TEST(the_oldest_keys_make_room_and_are_counted) {
  Fixture f;
  f.keys.set_room(64U << 10U);
  for (int user = 0; user < 100; ++user) {
    for (int key = 0; key < 10; ++key) {
      f.remember("user-" + std::to_string(user), "key-" + std::to_string(key));
    }
  }
  RS_EXPECT(f.keys.n_bytes() <= 64U << 10U);
  RS_EXPECT(f.keys.n_evicted() > 0);
  RS_EXPECT_EQ(f.n_events("user-0", "key-0"), 0u);
  RS_EXPECT_EQ(f.n_events("user-99", "key-9"), 1u);
}

RS_TEST(a_user_with_many_keys_loses_their_own) {
  Fixture f;
  f.keys.set_room(64U << 10U);
  f.remember("ci", "k");
  for (int key = 0; key < 5000; ++key) {
    f.remember("eve", "key-" + std::to_string(key));
  }
  RS_EXPECT_EQ(f.n_events("ci", "k"), 1u);
  RS_EXPECT(f.keys.n_bytes() <= (64U << 10U) / IdempotencyKeys::kUserShare + 2048);
}

RS_TEST(lists_of_rejected_events_are_charged) {
  Fixture f;
  f.keys.set_room(256U << 10U);
  IngestReport report;
  for (std::uint64_t i = 0; i < IngestReport::kMaxListed; ++i) {
    report.reject(i, std::string(IngestReport::kMaxMessageBytes, 'x'));
  }
  for (int key = 0; key < 100; ++key) {
    f.claim("eve", "key-" + std::to_string(key))->note({100, 1, report});
  }
  RS_EXPECT(f.keys.n_bytes() <= 256U << 10U);
  RS_EXPECT(f.keys.n_keys() < 10);
}

RS_TEST(what_is_claimed_is_never_forgotten) {
  Fixture f;
  f.keys.set_room(0);
  auto held = f.claim("ci", "k");
  held->note({3, 1, {}});
  f.remember("eve", "other");
  RS_EXPECT_EQ(held->before().n_events, 3u);
  held.reset();
  RS_EXPECT_EQ(f.keys.n_keys(), 0u);
}

}  // namespace
