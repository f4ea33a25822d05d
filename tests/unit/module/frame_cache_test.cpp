#include "module/frame_cache.hpp"

#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

std::shared_ptr<FrameCache> everything(ModuleFixture& fixture, unsigned batch_size) {
  (void)fixture.hub->records().read_new(10'000);
  return fixture.hub->frame_cache(
      RoleView(fixture.vhost->rules(), ModuleFixture::identity({"admin"})),
      Subscription::everything(nullptr), {batch_size, false});
}

std::deque<std::string> texts_of(Chunk& chunk) {
  FakeConnection connection;
  RS_EXPECT(connection.send(chunk.frames.frames()));
  return connection.texts;
}

}  // namespace

RS_TEST(one_event_goes_as_itself_and_more_in_envelopes_of_the_batch_size) {
  ModuleFixture fixture;
  for (int n = 1; n <= 7; ++n) {
    fixture.append("A", n);
  }
  const auto cache = everything(fixture, 3);
  const auto chunk = cache->chunk(fixture.hub->render_context(), Seq{1}, Seq{8});
  const auto texts = texts_of(*chunk);
  RS_EXPECT_EQ(texts.size(), 3U);
  const Json envelope = RS_UNWRAP(Json::parse(texts[0]));
  RS_EXPECT_EQ(envelope["type"].as_string().value_or(""), "batch");
  RS_EXPECT_EQ(envelope["events"].size(), 3U);
  RS_EXPECT(envelope["timestamp"].is_string());
  RS_EXPECT_EQ(RS_UNWRAP(Json::parse(texts[2]))["data"]["n"].as_integer().value_or(0), 7);
  RS_EXPECT_EQ(chunk->n_events, 7U);
  RS_EXPECT_EQ(chunk->end.value, 8U);
}

RS_TEST(batch_size_one_has_no_envelope) {
  ModuleFixture fixture;
  fixture.append("A", 1);
  fixture.append("A", 2);
  const auto chunk = everything(fixture, 1)->chunk(fixture.hub->render_context(), Seq{1}, Seq{3});
  for (const std::string& text : texts_of(*chunk)) {
    RS_EXPECT(RS_UNWRAP(Json::parse(text))["event_type"].present());
  }
}

RS_TEST(a_chunk_is_rendered_once_for_all_who_stand_at_its_begin) {
  ModuleFixture fixture;
  fixture.append("A", 1);
  const auto cache = everything(fixture, 10);
  const auto first = cache->chunk(fixture.hub->render_context(), Seq{1}, Seq{2});
  RS_EXPECT_EQ(cache->chunk(fixture.hub->render_context(), Seq{1}, Seq{2}).get(), first.get());
  RS_EXPECT_EQ(everything(fixture, 10).get(), cache.get());
}

RS_TEST(chunks_end_at_boundaries_where_laggards_meet) {
  ModuleFixture fixture;
  for (int n = 1; n <= 300; ++n) {
    fixture.append("A", n);
  }
  const auto cache = everything(fixture, 10);
  for (const std::uint64_t from : {1U, 17U, 100U}) {
    RS_EXPECT_EQ(cache->chunk(fixture.hub->render_context(), Seq{from}, Seq{301})->end.value,
                 FrameCache::kAlignment);
  }
}

RS_TEST(what_was_overwritten_is_said_and_not_skipped) {
  ModuleFixture fixture;
  for (int n = 1; n <= 3000; ++n) {
    fixture.append("A", n);
  }
  const Seq tail = fixture.hub->ring().cursor_at_tail().seq;
  (void)fixture.hub->records().read_new(10'000);
  const auto cache =
      fixture.hub->frame_cache(RoleView(fixture.vhost->rules(), ModuleFixture::identity({})),
                               Subscription::everything(nullptr), {10, false});
  const auto chunk =
      cache->chunk(fixture.hub->render_context(), Seq{1}, fixture.hub->head().next());
  RS_EXPECT(chunk->lost);
  RS_EXPECT_LE(chunk->end.value, tail.value);
  RS_EXPECT(chunk->frames.empty());
}

RS_TEST(render_stops_at_the_number_of_events_asked_for) {
  ModuleFixture fixture;
  for (int n = 1; n <= 9; ++n) {
    fixture.append(n % 2 == 0 ? "Even" : "Odd", n);
  }
  (void)fixture.hub->records().read_new(100);
  const auto cache =
      fixture.hub->frame_cache(RoleView(fixture.vhost->rules(), ModuleFixture::identity({})),
                               Subscription::of({"Even"}, nullptr), {10, false});
  const auto chunk = cache->render(fixture.hub->render_context(), Seq{1}, Seq{10}, 2);
  RS_EXPECT_EQ(chunk->n_events, 2U);
  RS_EXPECT_EQ(chunk->last_event.value, 4U);
  RS_EXPECT_EQ(chunk->end.value, 5U);
  RS_EXPECT_EQ(chunk->n_filtered, 2U);
}
