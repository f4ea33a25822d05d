// Pages of history: each event exactly once over any number of pages, in both orders, within every bound.
#include "module/history_page.hpp"

#include "core/ring/layout.hpp"
#include "core/ring/record_format.hpp"
#include "core/segments/segment_store.hpp"
#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

using Numbers = std::vector<std::int64_t>;

Admission asked(std::vector<QueryArgument> arguments, std::string role = "admin",
                Endpoint endpoint = Endpoint::kEvents, std::string user = "alice") {
  auto query = parse_query(endpoint, arguments, QueryUse::kPage);
  if (!query) {
    RS_FAIL(query.error().message);
  }
  RS_EXPECT(!compile_filters(*query));
  Admission made;
  made.endpoint = endpoint;
  made.query = std::move(*query);
  made.identity = ModuleFixture::identity({std::move(role)}, std::move(user));
  return made;
}

struct Answer {
  Json body;
  Numbers numbers;
  std::string next;  // empty for null
};

Answer answer_of(const HistoryPage& page) {
  RS_EXPECT(page.done() && !page.refusal());
  Answer answer;
  answer.body = RS_UNWRAP(Json::parse(page.body()));
  answer.body["events"].for_each_element([&](JsonRef event) {
    answer.numbers.push_back(*event["data"]["n"].as_integer());
    return true;
  });
  answer.next = answer.body["next"].as_string().value_or("");
  return answer;
}

Answer page_of(ModuleFixture& fixture, std::vector<QueryArgument> arguments,
               const std::string& role = "admin", Endpoint endpoint = Endpoint::kEvents) {
  int n_done = 0;
  HistoryPage page(*fixture.vhost, asked(std::move(arguments), role, endpoint), false,
                   [&n_done] { ++n_done; });
  fixture.host.settle();
  RS_EXPECT_EQ(n_done, 1);
  return answer_of(page);
}

Numbers walk(ModuleFixture& fixture, const std::string& order, unsigned limit) {
  Numbers all;
  std::string place;
  for (int n_pages = 0; n_pages < 1000; ++n_pages) {
    std::vector<QueryArgument> arguments{{"order", order}, {"limit", std::to_string(limit)}};
    if (!place.empty()) {
      arguments.emplace_back(order == "newest" ? "until" : "since", place);
    }
    const Answer answer = page_of(fixture, arguments);
    RS_EXPECT(answer.numbers.size() <= limit);
    all.insert(all.end(), answer.numbers.begin(), answer.numbers.end());
    if (answer.next.empty()) {
      return all;
    }
    place = answer.next;
  }
  RS_FAIL("the pages have no end");
}

}  // namespace

RS_TEST(next_walks_the_whole_ring_exactly_once_in_both_orders) {
  ModuleFixture fixture;
  Numbers forwards;
  for (std::int64_t n = 0; n < 103; ++n) {
    fixture.append("Custom", n);
    forwards.push_back(n);
  }
  const Numbers backwards(forwards.rbegin(), forwards.rend());
  for (const unsigned limit : {1U, 7U, 103U, 1000U}) {
    RS_EXPECT(walk(fixture, "oldest", limit) == forwards);
    RS_EXPECT(walk(fixture, "newest", limit) == backwards);
  }
}

RS_TEST(an_empty_ring_is_an_empty_page) {
  ModuleFixture fixture;
  const Answer answer = page_of(fixture, {});
  RS_EXPECT(answer.numbers.empty() && answer.next.empty());
  RS_EXPECT_EQ(*answer.body["missed"].as_integer(), 0);
}

RS_TEST(since_and_until_are_exclusive) {
  ModuleFixture fixture;
  std::vector<Seq> seqs;
  for (std::int64_t n = 0; n < 10; ++n) {
    seqs.push_back(fixture.append("Custom", n));
  }
  const Answer answer =
      page_of(fixture, {{"since", fixture.id_of(seqs[2])}, {"until", fixture.id_of(seqs[6])}});
  RS_EXPECT(answer.numbers == (Numbers{3, 4, 5}));
  RS_EXPECT_EQ(answer.next, "");
}

RS_TEST(a_range_that_ends_before_it_begins_is_empty) {
  ModuleFixture fixture;
  std::vector<Seq> seqs;
  for (std::int64_t n = 0; n < 10; ++n) {
    seqs.push_back(fixture.append("Custom", n));
  }
  for (const std::string order : {"oldest", "newest"}) {
    const Answer answer = page_of(
        fixture,
        {{"since", fixture.id_of(seqs[8])}, {"until", fixture.id_of(seqs[2])}, {"order", order}});
    RS_EXPECT(answer.numbers.empty() && answer.next.empty());
  }
}

RS_TEST(filters_and_roles_apply) {
  ModuleFixture fixture(Settings{{"roles", "Secret=admin"}});
  fixture.append("Secret", 1);
  fixture.append("LogEntry", 2, R"("level":"INFO","component":"api","message":"a")");
  fixture.append("LogEntry", 3, R"("level":"ERROR","component":"api","message":"b")");
  RS_EXPECT(page_of(fixture, {}).numbers == (Numbers{1, 2, 3}));
  RS_EXPECT(page_of(fixture, {}, "developer").numbers == (Numbers{2, 3}));
  RS_EXPECT(page_of(fixture, {{"level", "ERROR"}}, "developer", Endpoint::kLogs).numbers ==
            (Numbers{3}));
}

RS_TEST(what_the_ring_has_lost_since_is_counted) {
  ModuleFixture fixture;
  const Seq first = fixture.append("Custom", 0);
  for (std::int64_t n = 1; n < 2000; ++n) {
    fixture.append("Custom", n);
  }
  fixture.hub->catch_up();
  const Seq tail = fixture.hub->ring().cursor_at_tail().seq;
  RS_EXPECT(tail.value > first.value + 1);
  const Answer answer = page_of(fixture, {{"since", fixture.id_of(first)}, {"limit", "1"}});
  RS_EXPECT_EQ(*answer.body["missed"].as_integer(),
               static_cast<std::int64_t>(tail.value - first.value - 1));
}

RS_TEST(missed_is_null_where_nobody_can_know) {
  ModuleFixture fixture;
  fixture.append("Custom", 1);
  const Answer answer = page_of(fixture, {{"since", "00000001:5"}});
  RS_EXPECT(answer.body["missed"].kind() == JsonKind::kNull);
  RS_EXPECT(answer.numbers == (Numbers{1}));
}

RS_TEST(a_page_is_bounded_in_bytes_and_goes_on) {
  ModuleFixture fixture;
  std::string padding(5'000, 'x');
  Numbers all;
  for (std::int64_t n = 0; n < 3; ++n) {
    fixture.append("Custom", n, R"("padding":")" + padding + '"');
    all.push_back(n);
  }
  const Answer answer = page_of(fixture, {{"limit", "1000"}});
  RS_EXPECT(answer.numbers.size() <= HistoryPage::kMaxBytes / 5'000);
  RS_EXPECT(walk(fixture, "oldest", 2) == all);
}

RS_TEST(pages_of_one_user_wait_for_the_quota_of_replays) {
  ModuleFixture fixture(Settings{{"limit-replays-per-user", "1"}});
  fixture.append("Custom", 1);
  auto first = std::make_unique<HistoryPage>(*fixture.vhost, asked({}), false, [] {});
  HistoryPage second(*fixture.vhost, asked({}), false, [] {});
  HistoryPage others(*fixture.vhost, asked({}, "admin", Endpoint::kEvents, "bob"), false, [] {});
  fixture.host.settle();
  RS_EXPECT(first->done() && !second.done() && others.done());
  first.reset();
  fixture.hub->on_tick();
  fixture.host.settle();
  RS_EXPECT(second.done());
}

RS_TEST(a_replaced_ring_and_a_revoked_token_end_a_page_with_a_reason) {
  ModuleFixture fixture(Settings{{"limit-replays-per-user", "1"}});
  HistoryPage holds(*fixture.vhost, asked({}), false, [] {});
  fixture.host.settle();
  int n_done = 0;
  HistoryPage waits(*fixture.vhost, asked({}), false, [&n_done] { ++n_done; });
  waits.on_new_epoch({Epoch{1}, Seq{1}});
  RS_EXPECT(waits.done() && waits.refusal()->status() == 503U);
  waits.on_new_epoch({Epoch{1}, Seq{1}});
  RS_EXPECT_EQ(n_done, 1);
}

RS_TEST(gzip_is_the_same_text) {
  ModuleFixture fixture;
  for (std::int64_t n = 0; n < 50; ++n) {
    fixture.append("Custom", n);
  }
  HistoryPage page(*fixture.vhost, asked({}), true, [] {});
  fixture.host.settle();
  RS_EXPECT(page.done() && page.is_gzip());
  RS_EXPECT(page.body().starts_with("\x1f\x8b"));
}

RS_TEST(a_page_is_a_connection_of_its_user) {
  ModuleFixture fixture(Settings{{"limit-connections-per-user", "2"}});
  auto first = std::make_unique<HistoryPage>(*fixture.vhost, asked({}), false, [] {});
  HistoryPage second(*fixture.vhost, asked({}), false, [] {});
  HistoryPage third(*fixture.vhost, asked({}), false, [] {});
  RS_EXPECT(third.done() && third.refusal()->error == HttpError::kTooManyConnections);
  first.reset();
  HistoryPage fourth(*fixture.vhost, asked({}), false, [] {});
  fixture.host.settle();
  RS_EXPECT(fourth.done() && !fourth.refusal());
}

RS_TEST(a_page_that_waits_ends_with_its_token) {
  ModuleFixture fixture(Settings{{"limit-replays-per-user", "1"}, {"token-leeway", "0s"}});
  HistoryPage holds(*fixture.vhost, asked({}), false, [] {});
  fixture.host.settle();
  Admission expiring = asked({});
  expiring.identity->expires = fixture.clock.wall_now() + std::chrono::seconds(60);
  HistoryPage waits(*fixture.vhost, std::move(expiring), false, [] {});
  for (int i = 0; i < 14; ++i) {
    RS_EXPECT_EQ(waits.done(), i > 11);
    fixture.clock.advance(std::chrono::seconds(5));
    fixture.writer->beat();
    fixture.hub->on_tick();
    fixture.host.settle();
  }
  RS_EXPECT_EQ(waits.refusal()->status(), 401U);
}

RS_TEST(a_page_that_waits_is_cut_with_its_user_and_not_with_any_connection) {
  using Kind = ControlSegment::CutKind;
  ModuleFixture fixture(Settings{{"limit-replays-per-user", "1"}});
  HistoryPage holds(*fixture.vhost, asked({}), false, [] {});
  fixture.host.settle();
  HistoryPage waits(*fixture.vhost, asked({}), false, [] {});
  ControlSegment& control = *fixture.hub->control();
  for (const std::uint64_t id : {0U, 1U}) {
    RS_EXPECT(control.request_cut({Kind::kConnection, id}));
    fixture.hub->on_tick();
    RS_EXPECT(!waits.done());
  }
  RS_EXPECT(control.request_cut({Kind::kUser, control.cut_key_of("alice")}));
  fixture.hub->on_tick();
  RS_EXPECT(waits.refusal()->error == HttpError::kForbidden);
}

// --- rows

RS_TEST(a_page_has_the_rows_of_its_token_and_neither_counts_nor_ids_of_others) {
  ModuleFixture fixture;
  for (std::int64_t n = 0; n < 60; ++n) {
    fixture.append("Custom", n, n % 3 == 0 ? R"("team":"a")" : R"("team":"b")");
  }
  fixture.hub->on_wake();
  Numbers all;
  std::string place;
  for (int n_pages = 0; n_pages < 50; ++n_pages) {
    std::vector<QueryArgument> arguments{{"limit", "7"}};
    if (!place.empty()) {
      arguments.emplace_back("since", place);
    }
    Admission admission = asked(arguments);
    const Json filter = RS_UNWRAP(Json::parse(R"({"team":"a"})"));
    admission.identity->filter = *Filter::compile(filter.ref());
    HistoryPage page(*fixture.vhost, std::move(admission), false, [] {});
    fixture.host.settle();
    const Answer answer = answer_of(page);
    all.insert(all.end(), answer.numbers.begin(), answer.numbers.end());
    RS_EXPECT_NE(answer.body["head"].as_string().value_or(""), fixture.id_of(Seq{60}));
    answer.body["events"].for_each_element([&](JsonRef event) {
      const auto n = *event["data"]["n"].as_integer();
      RS_EXPECT_NE(event["id"].as_string().value_or(""),
                   fixture.id_of(Seq{static_cast<std::uint64_t>(n) + 1}));
      return true;
    });
    place = answer.next;
    if (place.empty()) {
      break;
    }
  }
  Numbers wanted;
  for (std::int64_t n = 0; n < 60; n += 3) {
    wanted.push_back(n);
  }
  RS_EXPECT_EQ(all, wanted);
}

RS_TEST(a_page_of_limited_rows_does_not_say_how_many_events_the_ring_has_lost) {
  ModuleFixture fixture;
  fixture.append("Custom", 0, R"("team":"a")");
  fixture.hub->on_wake();
  Identity who = ModuleFixture::identity({"admin"});
  const Json filter = RS_UNWRAP(Json::parse(R"({"team":"a"})"));
  who.filter = *Filter::compile(filter.ref());
  const std::string first =
      format_event_id(fixture.hub->event_for(RoleView(fixture.vhost->rules(), who), Seq{1}));
  for (std::int64_t n = 1; n < 3000; ++n) {
    fixture.append("Custom", n, R"("team":"b")");
  }
  fixture.hub->on_wake();
  Admission admission = asked({{"since", first}});
  admission.identity = who;
  HistoryPage page(*fixture.vhost, std::move(admission), false, [] {});
  fixture.host.settle();
  const Answer answer = answer_of(page);
  RS_EXPECT(answer.numbers.empty());
  RS_EXPECT(answer.body["missed"].kind() == JsonKind::kNull);
}

RS_TEST(pages_read_the_disk_where_the_ring_has_lost_it) {
  ModuleFixture fixture;
  const auto store = RS_UNWRAP(SegmentStore::open({.dir = fixture.dir / "history"}, fixture.clock));
  store->continue_with(fixture.writer->lineage(), Seq{1});
  for (std::int64_t n = 1; n <= 3000; ++n) {
    fixture.append("A", n);
    store->add(fixture.writer->last_record().header, fixture.writer->last_record().payload);
  }
  RS_EXPECT_OK(store->flush());
  fixture.clock.advance(std::chrono::seconds(2));
  fixture.hub->on_tick();
  const Answer first = page_of(fixture, {{"limit", "5"}});
  RS_EXPECT_EQ(first.numbers, (Numbers{1, 2, 3, 4, 5}));
  RS_EXPECT_EQ(first.body["missed"].as_integer().value_or(-1), 0);
  const Answer newest =
      page_of(fixture, {{"order", "newest"}, {"limit", "3"}, {"until", fixture.id_of(Seq{100})}});
  RS_EXPECT_EQ(newest.numbers, (Numbers{99, 98, 97}));
  Numbers all(3000);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = static_cast<std::int64_t>(i) + 1;
  }
  RS_EXPECT_EQ(walk(fixture, "oldest", 700), all);
}

RS_TEST(missed_is_null_for_a_time_before_all_and_for_an_until_of_another_history) {
  ModuleFixture fixture;
  for (std::int64_t n = 0; n < 2000; ++n) {
    fixture.append("Custom", n);
  }
  fixture.hub->catch_up();
  RS_EXPECT_GT(fixture.hub->ring().cursor_at_tail().seq.value, 1U);
  const auto missed = [&](std::vector<QueryArgument> arguments) {
    return page_of(fixture, std::move(arguments)).body["missed"].kind();
  };
  RS_EXPECT(missed({{"since", "2020-01-01T00:00:00Z"}}) == JsonKind::kNull);
  RS_EXPECT(missed({{"until", "00000001:5"}}) == JsonKind::kNull);
  RS_EXPECT(missed({{"limit", "1"}}) == JsonKind::kInteger);
}

// Forwards, nobody knows where the record after a damaged one begins; backwards, each is looked for by itself.
RS_TEST(what_cannot_be_read_for_a_damaged_record_is_counted) {
  ModuleFixture fixture;
  for (std::int64_t n = 1; n <= 10; ++n) {
    fixture.append("Custom", n);
  }
  auto* const file = const_cast<std::byte*>(fixture.writer->bytes().data());
  const Cursor at = RS_UNWRAP(RingReader::attach(fixture.dir / "ring"))->seek_seq(Seq{5}).cursor;
  file[kDataOffset + at.position + kRecordHeaderBytes + 20] ^= std::byte{1};
  const Answer forwards = page_of(fixture, {{"order", "oldest"}});
  RS_EXPECT_EQ(forwards.numbers, (Numbers{1, 2, 3, 4}));
  RS_EXPECT_EQ(forwards.body["missed"].as_integer().value_or(-1), 6);
  RS_EXPECT_EQ(forwards.next, "");
  const Answer backwards = page_of(fixture, {{"order", "newest"}});
  RS_EXPECT_EQ(backwards.numbers, (Numbers{10, 9, 8, 7, 6, 4, 3, 2, 1}));
  RS_EXPECT_EQ(backwards.body["missed"].as_integer().value_or(-1), 1);
  RS_EXPECT_EQ(fixture.hub->control()->total(Counter::kEventsMissed), 7U);
}
