#include "module/delivery/record_cache.hpp"

#include "core/segments/segment_store.hpp"
#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(begins_after_the_head_and_follows_it) {
  ModuleFixture fixture;
  fixture.append("A", 1);
  RecordCache cache(fixture.hub->ring(), 1U << 20U);
  RS_EXPECT_EQ(cache.head().value, 1U);
  fixture.append("A", 2);
  RS_EXPECT(!cache.read_new(100));
  RS_EXPECT_EQ(cache.head().value, 2U);
  const auto found = cache.find(Seq{2});
  RS_EXPECT(found.record != nullptr);
  RS_EXPECT_CONTAINS(found.record->record.text(), R"("n":2)");
}

RS_TEST(history_is_loaded_when_asked_for) {
  ModuleFixture fixture;
  for (int n = 1; n <= 200; ++n) {
    fixture.append("A", n);
  }
  RecordCache cache(fixture.hub->ring(), 1U << 20U);
  const auto found = cache.find(Seq{70});
  RS_EXPECT(found.record != nullptr);
  RS_EXPECT_EQ(found.record->record.seq.value, 70U);
}

RS_TEST(overwritten_records_name_the_next_that_is_left) {
  ModuleFixture fixture;
  RecordCache cache(fixture.hub->ring(), 1U << 20U);
  for (int n = 1; n <= 2000; ++n) {  // more than 64 KiB
    fixture.append("A", n);
  }
  while (cache.read_new(64)) {
  }
  const Seq tail = fixture.hub->ring().cursor_at_tail().seq;
  RS_EXPECT_GT(tail.value, 1U);
  RecordCache fresh(fixture.hub->ring(), 1U << 20U);
  const auto lost = fresh.find(Seq{1});
  RS_EXPECT(lost.record == nullptr);
  RS_EXPECT_EQ(lost.next.value, tail.value);
}

RS_TEST(an_event_is_parsed_once) {
  ModuleFixture fixture;
  RecordCache cache(fixture.hub->ring(), 1U << 20U);
  fixture.append("A", 7);
  (void)cache.read_new(10);
  for (int i = 0; i < 3; ++i) {
    const EventView view = cache.view_of(*cache.find(Seq{1}).record, true);
    RS_EXPECT_EQ(view.root["data"]["n"].as_integer().value_or(0), 7);
  }
  RS_EXPECT_EQ(cache.n_parsed(), 1U);
}

RS_TEST(the_cache_stays_within_its_bound) {
  ModuleFixture fixture;
  RecordCache cache(fixture.hub->ring(), 8U << 10U);
  for (int n = 1; n <= 400; ++n) {
    fixture.append("A", n);
    (void)cache.read_new(10);
  }
  // Two blocks are kept whatever they weigh: the one in use and the newest.
  RS_EXPECT_LT(cache.n_bytes(), 2 * RecordCache::kBlockRecords * (sizeof(CachedRecord) + 512));
  RS_EXPECT(cache.find(Seq{10}).record != nullptr);  // from the ring again
}

RS_TEST(two_roles_that_hide_different_members_get_their_own_projection) {
  ModuleFixture fixture(Settings{{"restrict", "/data/a=one"}, {"restrict", "/data/b=two"}});
  fixture.append("A", 1, R"("a":"secret-a","b":"secret-b")");
  RecordCache& cache = fixture.hub->records();
  (void)cache.read_new(10);
  const RoleView one(fixture.vhost->rules(), ModuleFixture::identity({"one"}));
  const RoleView two(fixture.vhost->rules(), ModuleFixture::identity({"two"}));
  for (int round = 0; round < 2; ++round) {
    const std::string seen_by_one(cache.projection_of(*cache.find(Seq{1}).record, one).text);
    RS_EXPECT_CONTAINS(seen_by_one, "secret-a");
    RS_EXPECT_NOT_CONTAINS(seen_by_one, "secret-b");
    const std::string seen_by_two(cache.projection_of(*cache.find(Seq{1}).record, two).text);
    RS_EXPECT_CONTAINS(seen_by_two, "secret-b");
    RS_EXPECT_NOT_CONTAINS(seen_by_two, "secret-a");
  }
}

RS_TEST(what_is_parsed_and_projected_is_counted_once_and_charged) {
  ModuleFixture fixture(Settings{{"restrict", "/data/a=one"}});
  fixture.append("A", 1, R"("a":"x")");
  RecordCache cache(fixture.hub->ring(), 1U << 20U);
  (void)cache.find(Seq{1});
  const std::size_t unparsed = cache.n_bytes();
  RS_EXPECT_GT(unparsed, sizeof(CachedRecord));
  (void)cache.view_of(*cache.find(Seq{1}).record, false);
  RS_EXPECT_EQ(cache.n_bytes(), unparsed);
  RS_EXPECT_EQ(cache.n_made(), 0U);
  (void)cache.view_of(*cache.find(Seq{1}).record, true);
  const std::size_t parsed = cache.n_bytes();
  const std::size_t n_text = cache.find(Seq{1}).record->record.text().size();
  RS_EXPECT_GE(parsed, unparsed + 12 * n_text);
  RS_EXPECT_EQ(cache.n_made(), 1U);
  const RoleView two(fixture.vhost->rules(), ModuleFixture::identity({"two"}));
  const EventView view = cache.projection_of(*cache.find(Seq{1}).record, two);
  RS_EXPECT_EQ(cache.n_bytes(), parsed + 13 * view.text.size());
  (void)cache.projection_of(*cache.find(Seq{1}).record, two);
  RS_EXPECT_EQ(cache.n_made(), 2U);
  cache.skip_to_head();
  RS_EXPECT_EQ(cache.n_bytes(), 0U);
}

RS_TEST(new_records_are_read_in_the_portions_that_are_asked_for) {
  ModuleFixture fixture;
  RecordCache cache(fixture.hub->ring(), 1U << 20U);
  for (int n = 1; n <= 5; ++n) {
    fixture.append("A", n);
  }
  RS_EXPECT(cache.read_new(2));
  RS_EXPECT_EQ(cache.head().value, 2U);
  RS_EXPECT(
      cache.read_new(100, 1));  // one that exceeds the bytes, so that there is always progress
  RS_EXPECT_EQ(cache.head().value, 3U);
  RS_EXPECT(cache.read_new(2));
  RS_EXPECT(!cache.read_new(1));
  RS_EXPECT_EQ(cache.head().value, 5U);
}

RS_TEST(the_block_that_was_used_last_stays_and_the_others_go_in_their_order) {
  ModuleFixture fixture;
  for (int n = 1; n <= 400; ++n) {
    fixture.append("A", n);
  }
  RecordCache cache(fixture.hub->ring(), 1);  // only what has to be kept
  (void)cache.find(Seq{70});
  const std::size_t one_block = cache.n_bytes();
  (void)cache.find(Seq{140});
  RS_EXPECT_LT(cache.n_bytes(), one_block + one_block / 2);  // 70's block went
  RecordCache roomy(fixture.hub->ring(), 2 * one_block + one_block / 2);
  CachedRecord* const kept = roomy.find(Seq{70}).record;
  (void)roomy.find(Seq{140});
  RS_EXPECT_EQ(roomy.find(Seq{70}).record, kept);  // used again: 140's block is the oldest
  (void)roomy.find(Seq{210});
  RS_EXPECT_EQ(roomy.find(Seq{70}).record, kept);
}

RS_TEST(the_disk_is_read_where_that_is_asked_for_and_only_there) {
  ModuleFixture fixture;
  const auto store = RS_UNWRAP(SegmentStore::open({.dir = fixture.dir / "history"}, fixture.clock));
  store->continue_with(fixture.writer->lineage(), Seq{1});
  RecordCache cache(fixture.hub->ring(), 1U << 20U);
  for (int n = 1; n <= 2000; ++n) {
    fixture.append("A", n);
    store->add(fixture.writer->last_record().header, fixture.writer->last_record().payload);
  }
  RS_EXPECT_OK(store->flush());
  cache.skip_to_head();
  cache.history().set_segments(RS_UNWRAP(SegmentReader::open(fixture.dir / "history")));
  const Seq tail = fixture.hub->ring().cursor_at_tail().seq;
  RS_EXPECT_GT(tail.value, 200U);
  const Seq before_tail{tail.value - 1};
  RS_EXPECT(cache.find(Seq{5}).record == nullptr);
  RS_EXPECT_EQ(cache.find(Seq{5}).next.value, tail.value);
  RS_EXPECT(cache.find(before_tail).record == nullptr);  // its block has what the ring has
  {
    const RecordCache::WithDisk with_disk(cache);
    for (std::uint64_t seq = 1; seq <= 2000; ++seq) {
      const RecordCache::Lookup found = cache.find(Seq{seq});
      RS_EXPECT(found.record != nullptr);
      RS_EXPECT_EQ(found.record->record.seq.value, seq);
    }
  }
  RS_EXPECT_LE(cache.n_bytes(), 2U << 20U);
  RS_EXPECT(cache.find(Seq{2000}).record != nullptr);
}

RS_TEST(what_the_ring_has_lost_is_looked_for_among_what_was_read_before) {
  ModuleFixture fixture;
  for (int n = 1; n <= 20; ++n) {
    fixture.append("A", n);
  }
  RecordCache cache(fixture.hub->ring(), 1U << 20U);  // begins after 20
  for (int n = 21; n <= 60; ++n) {
    fixture.append("A", n);
  }
  RS_EXPECT(!cache.read_new(100));
  for (int n = 61; n <= 3000; ++n) {
    fixture.append("A", n);
  }
  RS_EXPECT_GT(fixture.hub->ring().cursor_at_tail().seq.value, 128U);
  RecordCache::Lookup found = cache.find(Seq{5});
  RS_EXPECT(found.record == nullptr);
  RS_EXPECT_EQ(found.next.value, 21U);
  found = cache.find(Seq{20});
  RS_EXPECT_EQ(found.next.value, 21U);
  found = cache.find(Seq{21});
  RS_EXPECT(found.record != nullptr);
  RS_EXPECT_EQ(found.record->record.seq.value, 21U);
}

RS_TEST(a_range_is_there_as_a_whole_or_not_at_all) {
  ModuleFixture fixture;
  RecordCache cache(fixture.hub->ring(), 1U << 20U);
  for (int n = 1; n <= 70; ++n) {
    fixture.append("A", n);
  }
  RS_EXPECT(!cache.read_new(100));
  const RecordCache::Range all = cache.range(Seq{1}, Seq{64});
  RS_EXPECT(all.records != nullptr);
  RS_EXPECT_EQ(all.slots, ~BlockColumns::Slots{1});  // there is no event 0
  const RecordCache::Range some = cache.range(Seq{66}, Seq{68});
  RS_EXPECT_EQ(some.slots, BlockColumns::Slots{0b1100});
  RS_EXPECT(cache.range(Seq{69}, Seq{72}).records == nullptr);  // two have not come yet
  RS_EXPECT(cache.range(Seq{69}, Seq{71}).records != nullptr);
}

RS_TEST(a_cache_that_was_lapped_goes_on_with_what_is_left) {
  ModuleFixture fixture;
  RecordCache cache(fixture.hub->ring(), 1U << 20U);
  for (int n = 1; n <= 3000; ++n) {
    fixture.append("A", n);
  }
  const Seq tail = fixture.hub->ring().cursor_at_tail().seq;
  RS_EXPECT(cache.read_new(1));  // the loss
  RS_EXPECT_EQ(cache.head().value, tail.value - 1);
  RS_EXPECT(cache.read_new(1));
  RS_EXPECT_EQ(cache.head().value, tail.value);
  while (cache.read_new(100)) {
  }
  RS_EXPECT_EQ(cache.head().value, 3000U);
}
