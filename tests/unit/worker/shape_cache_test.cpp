// Which shapes are kept, and when learning stops to pay.
#include "worker/shape_cache.hpp"

#include <fmt/format.h>

#include "core/config/worker_options.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

struct Fixture {
  std::unique_ptr<Redactor> redactor =
      RS_UNWRAP(Redactor::make(parse_worker_options("", "test").options));
  ShapeCache cache;

  // An event of the shape number `n`.
  static std::string event(int n, int value) {
    return fmt::format(R"({{"event_type":"Type{}","data":{{"n":{}}}}})", n, value);
  }
  void learn(int n) {
    const std::string text = event(n, 1);
    JsonSkim skim;
    RS_EXPECT(skim.read(text));
    cache.add(EventShape::learn(skim, skim.nodes()[1], nullptr, {},
                                {EventType::kCustom, fmt::format("Type{}", n), false}));
  }
  std::string found(int n, int value) {
    const std::string text = event(n, value);
    const auto* const envelope = cache.find(text, *redactor);
    return envelope == nullptr ? "" : envelope->name;
  }
};

RS_TEST(each_event_finds_the_shape_that_is_its_own) {
  Fixture f;
  RS_EXPECT_EQ(f.found(1, 5), "");
  for (int n = 0; n < 5; ++n) {
    f.learn(n);
  }
  for (int n = 4; n >= 0; --n) {
    RS_EXPECT_EQ(f.found(n, n * 1000), fmt::format("Type{}", n));
  }
  RS_EXPECT_EQ(f.found(6, 1), "");
}

RS_TEST(the_one_not_used_for_longest_leaves) {
  Fixture f;
  const int most = static_cast<int>(ShapeCache::kMaxShapes);
  for (int n = 0; n < most; ++n) {
    f.learn(n);
  }
  RS_EXPECT_EQ(f.found(0, 2), "Type0");
  f.learn(most);
  RS_EXPECT_EQ(f.cache.size(), ShapeCache::kMaxShapes);
  RS_EXPECT_EQ(f.found(0, 3), "Type0");
  RS_EXPECT_EQ(f.found(1, 3), "");
}

RS_TEST(learning_stops_when_nothing_comes_twice_and_pays_when_it_does) {
  Fixture f;
  int n_learned = 0;
  while (f.cache.wants_more()) {
    f.learn(n_learned++);
    RS_EXPECT_LE(n_learned, 1000);
  }
  RS_EXPECT_GE(n_learned, static_cast<int>(ShapeCache::kMaxShapes));
  for (int i = 0; i < 1000 && !f.cache.wants_more(); ++i) {
    RS_EXPECT_EQ(f.found(n_learned - 1, i), fmt::format("Type{}", n_learned - 1));
  }
  RS_EXPECT(f.cache.wants_more());
}

RS_TEST(cleared_it_knows_nothing) {
  Fixture f;
  f.learn(1);
  f.cache.clear();
  RS_EXPECT_EQ(f.found(1, 1), "");
  RS_EXPECT_EQ(f.cache.size(), 0U);
}

}  // namespace
