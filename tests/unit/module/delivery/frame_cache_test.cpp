#include "module/delivery/frame_cache.hpp"

#include <random>

#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

std::shared_ptr<FrameCache> everything(ModuleFixture& fixture, unsigned batch_size) {
  (void)fixture.hub->records().read_new(10'000);
  return fixture.hub->frame_cache(
      RoleView(fixture.vhost->rules(), ModuleFixture::identity({"admin"})),
      Subscription::everything(nullptr), fixture.shape(batch_size));
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
  const auto chunk = cache->chunk(fixture.context(), Seq{1}, Seq{8});
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
  const auto chunk = everything(fixture, 1)->chunk(fixture.context(), Seq{1}, Seq{3});
  for (const std::string& text : texts_of(*chunk)) {
    RS_EXPECT(RS_UNWRAP(Json::parse(text))["event_type"].present());
  }
}

RS_TEST(a_chunk_is_rendered_once_for_all_who_stand_at_its_begin) {
  ModuleFixture fixture;
  fixture.append("A", 1);
  const auto cache = everything(fixture, 10);
  const auto first = cache->chunk(fixture.context(), Seq{1}, Seq{2});
  RS_EXPECT_EQ(cache->chunk(fixture.context(), Seq{1}, Seq{2}).get(), first.get());
  RS_EXPECT_EQ(everything(fixture, 10).get(), cache.get());
}

RS_TEST(chunks_end_at_boundaries_where_laggards_meet) {
  ModuleFixture fixture;
  for (int n = 1; n <= 300; ++n) {
    fixture.append("A", n);
  }
  const auto cache = everything(fixture, 10);
  for (const std::uint64_t from : {1U, 17U, 100U}) {
    RS_EXPECT_EQ(cache->chunk(fixture.context(), Seq{from}, Seq{301})->end.value,
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
                               Subscription::everything(nullptr), fixture.shape(10));
  const auto chunk = cache->chunk(fixture.context(), Seq{1}, fixture.hub->head().next());
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
                               Subscription::of({"Even"}, nullptr), fixture.shape(10));
  const auto chunk = cache->render(fixture.context(), Seq{1}, Seq{10}, 2);
  RS_EXPECT_EQ(chunk->n_events, 2U);
  RS_EXPECT_EQ(chunk->last_event.value, 4U);
  RS_EXPECT_EQ(chunk->end.value, 5U);
  RS_EXPECT_EQ(chunk->n_filtered, 2U);
}

namespace {

std::shared_ptr<FrameCache> filtered(ModuleFixture& fixture, std::string_view filter,
                                     std::string role = "admin") {
  (void)fixture.hub->records().read_new(10'000);
  const Json parsed = RS_UNWRAP(Json::parse(filter));
  return fixture.hub->frame_cache(
      RoleView(fixture.vhost->rules(), ModuleFixture::identity({std::move(role)})),
      Subscription::everything(RS_UNWRAP(Filter::compile(parsed.ref()))), fixture.shape(10));
}

}  // namespace

RS_TEST(filters_that_select_the_same_share_what_was_rendered) {
  ModuleFixture fixture;
  for (int n = 1; n <= 20; ++n) {
    fixture.append("TaskStatusChanged", n, R"("status":"Running")");
  }
  auto& context = fixture.context();
  const auto one = filtered(fixture, R"({"status":["Running","Paused"]})");
  const auto other = filtered(fixture, R"({"status":["Running","Failed"]})");
  RS_EXPECT_NE(one.get(), other.get());
  const auto chunk = one->chunk(context, Seq{1}, Seq{21});
  RS_EXPECT_EQ(chunk->n_events, 20U);
  RS_EXPECT_EQ(other->chunk(context, Seq{1}, Seq{21}).get(), chunk.get());
  // A shorter one is no reason to go further than the caller may.
  RS_EXPECT_EQ(other->chunk(context, Seq{1}, Seq{11})->end.value, 11U);
}

RS_TEST(a_filter_that_differs_in_one_event_has_its_own) {
  ModuleFixture fixture;
  for (int n = 1; n <= 20; ++n) {
    fixture.append("TaskStatusChanged", n,
                   n == 17 ? R"("status":"Failed")" : R"("status":"Running")");
  }
  auto& context = fixture.context();
  const auto one = filtered(fixture, R"({"status":"Running"})")->chunk(context, Seq{1}, Seq{21});
  const auto other =
      filtered(fixture, R"({"status":["Running","Failed"]})")->chunk(context, Seq{1}, Seq{21});
  RS_EXPECT_EQ(one->n_events, 19U);
  RS_EXPECT_EQ(one->n_filtered, 1U);
  RS_EXPECT_EQ(other->n_events, 20U);
  RS_EXPECT_EQ(other->n_filtered, 0U);
}

RS_TEST(another_role_or_shape_never_shares) {
  const Settings settings{{"roles", "LogEntry=admin"}};
  ModuleFixture fixture(settings);
  for (int n = 1; n <= 5; ++n) {
    fixture.append("TaskStatusChanged", n, R"("status":"Running")");
  }
  auto& context = fixture.context();
  const auto admin = filtered(fixture, R"({"status":"Running"})")->chunk(context, Seq{1}, Seq{6});
  const auto viewer =
      filtered(fixture, R"({"status":["Running"]})", "viewer")->chunk(context, Seq{1}, Seq{6});
  RS_EXPECT_NE(viewer.get(), admin.get());
  const auto alone =
      fixture.hub
          ->frame_cache(RoleView(fixture.vhost->rules(), ModuleFixture::identity({"admin"})),
                        Subscription::everything(nullptr), fixture.shape(1))
          ->chunk(context, Seq{1}, Seq{6});
  RS_EXPECT_EQ(alone->n_frames, 5U);
}

RS_TEST(a_filter_unlike_all_others_still_gets_all_that_it_selects) {
  ModuleFixture fixture;
  auto& context = fixture.context();
  const auto usual = filtered(fixture, R"({"status":"Running"})");
  const auto unlike = filtered(fixture, R"({"status":"Failed"})");
  std::uint32_t n = 0;
  for (std::uint64_t at = 1; at <= 200; ++at) {  // a chunk for each: past all patience
    fixture.append("TaskStatusChanged", static_cast<std::int64_t>(at),
                   at % 2 == 0 ? R"("status":"Failed")" : R"("status":"Running")");
    (void)fixture.hub->records().read_new(10);
    const Seq limit{at + 1};
    n += usual->chunk(context, Seq{at}, limit)->n_events;
    RS_EXPECT_EQ(unlike->chunk(context, Seq{at}, limit)->n_events, at % 2 == 0 ? 1U : 0U);
  }
  RS_EXPECT_EQ(n, 100U);
}

RS_TEST(a_chunk_of_its_own_is_kept_although_a_like_view_made_another_since) {
  ModuleFixture fixture;
  for (int n = 1; n <= 4; ++n) {
    fixture.append(n % 2 == 0 ? "A" : "B", n);
  }
  (void)fixture.hub->records().read_new(10'000);
  const RoleView role(fixture.vhost->rules(), ModuleFixture::identity({"admin"}));
  const auto a =
      fixture.hub->frame_cache(role, Subscription::of({"A"}, nullptr), fixture.shape(10));
  const auto b =
      fixture.hub->frame_cache(role, Subscription::of({"B"}, nullptr), fixture.shape(10));
  RenderContext& context = fixture.context();
  const auto first = a->chunk(context, Seq{1}, Seq{5});
  (void)b->chunk(context, Seq{1}, Seq{5});
  const std::uint64_t n_rendered = context.n_frames_rendered;
  RS_EXPECT_EQ(n_rendered, 2U);
  RS_EXPECT_EQ(a->chunk(context, Seq{1}, Seq{5}).get(), first.get());
  RS_EXPECT_EQ(context.n_frames_rendered, n_rendered);
  // One that ends beyond what may be delivered is of no use.
  const auto shorter = a->chunk(context, Seq{1}, Seq{3});
  RS_EXPECT_NE(shorter.get(), first.get());
  RS_EXPECT_EQ(shorter->end.value, 3U);
}

RS_TEST(a_chunk_says_what_it_left_out_and_what_is_in_it) {
  ModuleFixture fixture;
  fixture.append("B", 1);
  fixture.append("SystemHealthUpdate", 2);  // for admins
  fixture.append("A", 3);
  fixture.clock.advance(std::chrono::seconds(1));
  fixture.append("A", 4);
  fixture.append("B", 5);
  (void)fixture.hub->records().read_new(10'000);
  const RoleView role(fixture.vhost->rules(), ModuleFixture::identity({"viewer"}));
  const auto cache =
      fixture.hub->frame_cache(role, Subscription::of({"A"}, nullptr), fixture.shape(10));
  const auto chunk = cache->chunk(fixture.context(), Seq{1}, Seq{6});
  RS_EXPECT_EQ(chunk->n_denied, 1U);
  RS_EXPECT_EQ(chunk->n_filtered, 2U);
  RS_EXPECT_EQ(chunk->n_events, 2U);
  RS_EXPECT_EQ(chunk->n_frames, 1U);
  RS_EXPECT_EQ(chunk->first_event.value, 3U);
  RS_EXPECT_EQ(chunk->last_event.value, 4U);
  RS_EXPECT(chunk->oldest == fixture.clock.wall_now() - std::chrono::seconds(1));
  RS_EXPECT(!chunk->selected[1] && chunk->selected[2] && chunk->selected[3] && !chunk->selected[4]);
  const auto one = cache->render(fixture.context(), Seq{1}, Seq{6}, 1);
  RS_EXPECT_EQ(one->n_events, 1U);
  RS_EXPECT_EQ(one->end.value, 4U);
}

RS_TEST(chunks_end_at_multiples_of_256_so_that_connections_meet) {
  ModuleFixture fixture;
  for (int n = 1; n <= 300; ++n) {
    fixture.append("A", n);
  }
  const auto cache = everything(fixture, 10);
  RS_EXPECT_EQ(cache->chunk(fixture.context(), Seq{1}, Seq{301})->end.value, 256U);
  RS_EXPECT_EQ(cache->chunk(fixture.context(), Seq{250}, Seq{301})->end.value, 256U);
  RS_EXPECT_EQ(cache->chunk(fixture.context(), Seq{256}, Seq{301})->end.value, 301U);
}

// The same with and without the index: a condition that looks at every text rules nothing out.
RS_TEST(what_hashes_rule_out_is_counted_as_what_is_evaluated) {
  ModuleFixture fixture;
  std::mt19937 random(7);
  for (int n = 1; n <= 500; ++n) {
    fixture.append(random() % 3 == 0   ? "SystemHealthUpdate"
                   : random() % 3 == 0 ? "B"
                                       : "A",
                   static_cast<int>(random() % 5));
  }
  (void)fixture.hub->records().read_new(10'000);
  const auto filtered = [&](const std::string& text, const char* role, bool all) {
    const auto filter = RS_UNWRAP(Filter::compile(RS_UNWRAP(Json::parse(text)).ref()));
    return fixture.hub->frame_cache(
        RoleView(fixture.vhost->rules(), ModuleFixture::identity({role})),
        all ? Subscription::everything(filter) : Subscription::of({"A"}, filter), fixture.shape(1));
  };
  for (const char* const role : {"admin", "viewer"}) {
    for (const bool all : {true, false}) {
      const auto indexed = filtered(R"({"n":[1,3]})", role, all);
      const auto evaluated = filtered(R"({"search":{"regex":"^(1|3)$"}})", role, all);
      RS_EXPECT(indexed->view().is_indexed() && !evaluated->view().is_indexed());
      for (const std::uint64_t from : {1U, 2U, 63U, 64U, 65U, 200U, 255U, 256U, 400U}) {
        for (const std::uint64_t length : {1U, 2U, 60U, 64U, 100U}) {
          const Seq limit{from + length};
          const auto fast = indexed->render(fixture.context(), Seq{from}, limit, 1000);
          std::uint32_t n_denied = 0;
          std::uint32_t n_filtered = 0;
          std::uint32_t n_events = 0;
          for (Seq at{from}; at < fast->end; at = at.next()) {
            const auto found = fixture.hub->records().find(at);
            const auto verdict =
                indexed->view().select(fixture.hub->records(), *found.record).verdict;
            n_denied += verdict == View::Verdict::kDenied ? 1 : 0;
            n_filtered += verdict == View::Verdict::kFiltered ? 1 : 0;
            n_events += verdict == View::Verdict::kSelected ? 1 : 0;
          }
          RS_EXPECT_EQ(fast->n_denied, n_denied);
          RS_EXPECT_EQ(fast->n_filtered, n_filtered);
          RS_EXPECT_EQ(fast->n_events, n_events);
          const auto passed = indexed->pass_over(fixture.context(), Seq{from}, limit);
          RS_EXPECT_LE(passed.end.value, limit.value);
          if (n_events != 0 && passed.end < fast->end) {
            RS_EXPECT_EQ(passed.end.value, fast->first_event.value);
          }
          RS_EXPECT_EQ(evaluated->pass_over(fixture.context(), Seq{from}, limit).end.value, from);
        }
      }
    }
  }
}

RS_TEST(what_is_passed_over_is_worked_out_once_for_all_at_the_same_place) {
  ModuleFixture fixture;
  for (int n = 1; n <= 300; ++n) {
    fixture.append("A", n);
  }
  (void)fixture.hub->records().read_new(10'000);
  const auto filter = RS_UNWRAP(Filter::compile(RS_UNWRAP(Json::parse(R"({"n":200})")).ref()));
  const auto cache =
      fixture.hub->frame_cache(RoleView(fixture.vhost->rules(), ModuleFixture::identity({"admin"})),
                               Subscription::everything(filter), fixture.shape(1));
  fixture.clock.cpu_per_reading = std::chrono::milliseconds(1);
  const auto n_readings = [&](Seq from, Seq limit, std::uint64_t end) {
    WorkBudget budget(fixture.clock, std::chrono::hours(1));
    RenderContext& context = fixture.context();
    const WorkScope scope(context, budget);
    const auto before = fixture.clock.thread_cpu();
    const auto passed = cache->pass_over(context, from, limit);
    RS_EXPECT_EQ(passed.end.value, end);
    RS_EXPECT_EQ(passed.n_filtered, end - from.value);
    return (fixture.clock.thread_cpu() - before) / fixture.clock.cpu_per_reading;
  };
  RS_EXPECT_GT(n_readings(Seq{1}, Seq{301}, 200), 3);  // it parses
  RS_EXPECT_EQ(n_readings(Seq{1}, Seq{301}, 200), 1);  // the reading of the test
  RS_EXPECT_EQ(n_readings(Seq{2}, Seq{301}, 200), 1);
  RS_EXPECT_EQ(n_readings(Seq{1}, Seq{150}, 150), 1);
}

RS_TEST(what_is_passed_over_is_not_taken_for_that_of_another_ring) {
  ModuleFixture fixture;
  fixture.append("A", 1);
  (void)fixture.hub->records().read_new(10'000);
  const auto filter = RS_UNWRAP(Filter::compile(RS_UNWRAP(Json::parse(R"({"n":2})")).ref()));
  const auto cache =
      fixture.hub->frame_cache(RoleView(fixture.vhost->rules(), ModuleFixture::identity({"admin"})),
                               Subscription::everything(filter), fixture.shape(1));
  RS_EXPECT_EQ(cache->pass_over(fixture.context(), Seq{1}, Seq{2}).end.value, 2U);
  fixture.replace_ring();
  fixture.clock.advance(std::chrono::seconds(2));
  fixture.hub->on_tick();
  fixture.append("A", 2);
  (void)fixture.hub->records().read_new(10'000);
  RS_EXPECT_EQ(cache->pass_over(fixture.context(), Seq{1}, Seq{2}).end.value, 1U);
}
