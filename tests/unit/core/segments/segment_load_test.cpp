// Opening a directory that another process has left, in whatever state.
#include <algorithm>
#include <filesystem>

#include "tests/support/segments_fixture.hpp"

namespace ringside::test {
namespace {

namespace fs = std::filesystem;

}  // namespace

RS_TEST(a_new_directory_is_made_and_empty) {
  const Segments segments;
  RS_EXPECT(segments.store->empty());
  RS_EXPECT(!segments.store->was_stopped());
  RS_EXPECT_EQ(segments.store->lineage().current().value, 0U);
  RS_EXPECT_EQ(fs::status(segments.path()).permissions() & fs::perms::others_all, fs::perms::none);
}

RS_TEST(a_second_writer_is_refused) {
  const Segments segments;
  const auto second = SegmentStore::open({.dir = segments.path()}, segments.clock);
  RS_EXPECT(!second.has_value());
  RS_EXPECT_CONTAINS(second.error().message, "another process");
}

RS_TEST(a_directory_that_cannot_be_made_is_an_error_that_says_which) {
  const ManualClock clock;
  const auto store = SegmentStore::open({.dir = "/nonexistent/history"}, clock);
  RS_EXPECT(!store.has_value());
  RS_EXPECT_CONTAINS(store.error().message, "/nonexistent/history");
}

RS_TEST(the_next_process_continues_after_a_clean_stop) {
  Segments segments;
  segments.fill(300);
  RS_EXPECT_OK(segments.store->stop());
  segments.open();
  RS_EXPECT(segments.store->was_stopped());
  RS_EXPECT_EQ(segments.store->next().value, 301U);
  RS_EXPECT(segments.store->lineage() == Lineage(Epoch{0xa}));
  segments.store->continue_with(segments.store->lineage(), Seq{301});
  segments.fill(400);
  segments.open();  // killed
  RS_EXPECT(!segments.store->was_stopped());
  RS_EXPECT_EQ(segments.store->next().value, 401U);
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  RS_EXPECT(read_segments(*reader) == range(1, 400));
}

RS_TEST(a_mark_of_another_stop_does_not_count) {
  Segments segments;
  segments.fill(30);
  RS_EXPECT_OK(segments.store->stop());
  const std::string mark = read_file(segments.path() + "/clean");
  segments.open();
  segments.store->continue_with(segments.store->lineage(), Seq{31});
  segments.fill(40);
  RS_EXPECT(!fs::exists(segments.path() + "/clean"));  // before anything is written
  segments.dir.write("history/clean", mark);
  segments.open();
  RS_EXPECT(!segments.store->was_stopped());
}

RS_TEST(many_restarts_do_not_make_many_segments) {
  Segments segments;
  for (std::uint64_t n = 1; n <= 20; ++n) {
    segments.fill(n * 3);
    segments.open();
    segments.store->continue_with(segments.store->lineage(), segments.store->next());
  }
  RS_EXPECT_LE(segments.firsts().size(), 3U);
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  RS_EXPECT(read_segments(*reader) == range(1, 60));
}

RS_TEST(a_segment_that_was_not_sealed_and_is_not_the_last_is_sealed) {
  Segments segments;
  segments.fill(500);  // never synced: no seals
  const auto firsts = segments.firsts();
  segments.open();
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  RS_EXPECT(read_segments(*reader) == range(1, 500));
  segments.open();
  RS_EXPECT(segments.firsts() == firsts);
  RS_EXPECT_EQ(segments.store->next().value, 501U);
}

RS_TEST(what_is_no_segment_is_set_aside_and_the_rest_is_used) {
  Segments segments;
  segments.fill(500);
  const auto firsts = segments.firsts();
  segments.store.reset();
  flip_byte(segments.file(firsts[1]), 20);
  segments.dir.write("history/" + segment_name(Seq{9000}), "hello");
  segments.open();
  RS_EXPECT(fs::exists(segments.file(firsts[1]) + ".bad"));
  RS_EXPECT(fs::exists(segments.file(9000) + ".bad"));
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  std::vector<std::uint64_t> expected = range(1, 500);
  std::erase_if(expected, [&](std::uint64_t seq) { return seq >= firsts[1] && seq < firsts[2]; });
  RS_EXPECT(read_segments(*reader) == expected);
}

RS_TEST(a_segment_without_a_record_is_continued) {
  Segments segments;
  segments.fill(20);
  segments.store.reset();
  const IdentityWords identity =
      encode_identity({Lineage(Epoch{0xa}), Seq{21}, segments.clock.wall_now()});
  segments.dir.write("history/" + segment_name(Seq{21}),
                     std::string(reinterpret_cast<const char*>(identity.data()), sizeof identity));
  segments.open();
  RS_EXPECT_EQ(segments.store->next().value, 21U);
  RS_EXPECT(segments.firsts() == (std::vector<std::uint64_t>{1, 21}));
  segments.fill(30);
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  RS_EXPECT(read_segments(*reader) == range(1, 30));
  segments.open();
  RS_EXPECT_EQ(segments.store->next().value, 31U);
}

RS_TEST(a_new_epoch_is_on_disk_before_its_first_record) {
  Segments segments;
  segments.fill(20);
  Lineage lineage = segments.store->lineage();
  for (std::uint32_t i = 1; i <= 3; ++i) {  // three stops in a row, without an event
    lineage.begin(Epoch{0xb0 + i}, Seq{20});
    segments.store->continue_with(lineage, Seq{21});
    RS_EXPECT_OK(segments.store->write_lineage());
    segments.open();
    RS_EXPECT(segments.store->lineage() == lineage);
    RS_EXPECT_EQ(segments.store->next().value, 21U);
  }
  RS_EXPECT_OK(segments.store->stop());
  segments.open();
  RS_EXPECT(segments.store->was_stopped());
  RS_EXPECT(segments.store->lineage() == lineage);
  segments.store->continue_with(lineage, Seq{21});
  segments.fill(30);
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  RS_EXPECT(read_segments(*reader) == range(1, 30));
}

RS_TEST(segments_of_another_history_move_into_a_directory_of_their_own) {
  Segments segments;
  segments.fill(200);
  const auto firsts = segments.firsts();
  const std::string to = RS_UNWRAP(segments.store->set_aside());
  RS_EXPECT_CONTAINS(to, "epoch-0000000a");
  RS_EXPECT(segments.store->empty());
  RS_EXPECT_EQ(segments.firsts().size(), 0U);
  const auto aside = RS_UNWRAP(SegmentReader::open(to));
  RS_EXPECT(read_segments(*aside) == range(1, 200));
  segments.store->continue_with(Lineage(Epoch{0xc}), Seq{1});
  segments.fill(10);
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  RS_EXPECT(read_segments(*reader) == range(1, 10));
}

}  // namespace ringside::test
