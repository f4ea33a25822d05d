#include "core/ring/writer.hpp"

#include <unistd.h>

#include "tests/support/manual_clock.hpp"
#include "tests/support/ring_fixture.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

struct Ring {
  TempDir dir;
  ManualClock clock;
  std::unique_ptr<RingWriter> writer = open_writer(dir / "ring", clock);
  std::unique_ptr<RingReader> reader = attach_reader(dir / "ring");
  void reopen() {
    writer.reset();
    writer = open_writer(dir / "ring", clock);
  }
};

}  // namespace

RS_TEST(sequences_begin_at_one_and_have_no_holes) {
  Ring ring;
  for (std::uint64_t seq = 1; seq <= 2000; ++seq) {
    RS_EXPECT_EQ(ring.writer->next_seq().value, seq);
    RS_EXPECT_EQ(
        ring.writer->append(0, "N", std::string(seq % 500, 't'), ring.clock.wall_now()).value, seq);
    RS_EXPECT_EQ(ring.reader->head().value, seq);
  }
}

RS_TEST(next_writer_goes_on_where_the_last_one_ended) {
  Ring ring;
  const Epoch epoch = ring.writer->epoch();
  RS_EXPECT(!ring.writer->recovered());
  ring.writer->append(3, "First", "one", ring.clock.wall_now());
  ring.reopen();
  RS_EXPECT(ring.writer->recovered());
  RS_EXPECT(ring.writer->epoch() == epoch);
  RS_EXPECT_EQ(ring.writer->append(3, "Second", "two", ring.clock.wall_now()).value, 2U);
  Cursor at;
  RS_EXPECT_EQ(read_record(*ring.reader, at).text(), "one");
  RS_EXPECT_EQ(read_record(*ring.reader, at).text(), "two");
}

RS_TEST(a_text_in_two_pieces_is_one) {
  Ring ring;
  ring.writer->append(3, "Pieces", "one, ", "two", ring.clock.wall_now());
  Cursor at;
  const Record record = read_record(*ring.reader, at);
  RS_EXPECT_EQ(record.text(), "one, two");
  RS_EXPECT_EQ(record.name(), "Pieces");
}

RS_TEST(largest_record_fits_and_one_byte_more_is_a_bug_of_the_caller) {
  Ring ring;
  const std::size_t max = ring.writer->max_record_bytes();
  RS_EXPECT_EQ(max, kSmallRing / 8 - 40);
  const std::string text(max - 4, 'm');
  for (int i = 0; i < 20; ++i) {
    ring.writer->append(1, "Name", text, ring.clock.wall_now());
  }
  Cursor at = ring.reader->seek_seq(Seq{20}).cursor;
  RS_EXPECT(read_record(*ring.reader, at).text() == text);
  RS_EXPECT_ABORTS(ring.writer->append(1, "Name+", text, ring.clock.wall_now()));
}

RS_TEST(empty_name_and_text_are_a_record_too) {
  Ring ring;
  ring.writer->append(200, {}, {}, ring.clock.wall_now());
  Cursor at;
  const Record record = read_record(*ring.reader, at);
  RS_EXPECT_EQ(record.type_code, 200);
  RS_EXPECT_EQ(record.name(), "");
  RS_EXPECT_EQ(record.text(), "");
}

RS_TEST(any_bytes_are_kept) {
  Ring ring;
  std::string text;
  for (int i = 0; i < 256; ++i) {
    text.push_back(static_cast<char>(i));
  }
  ring.writer->append(1, "Name", text, ring.clock.wall_now());
  Cursor at;
  RS_EXPECT(read_record(*ring.reader, at).text() == text);
}

RS_TEST(receive_times_do_not_jitter_not_even_across_writers) {
  Ring ring;
  const WallTime start = ring.clock.wall_now();
  const auto second = std::chrono::seconds(1);
  ring.writer->append(0, "N", "a", start);
  ring.writer->append(0, "N", "b", start - second);
  ring.reopen();
  ring.writer->append(0, "N", "c", start - second);
  ring.writer->append(0, "N", "d", start + second);
  Cursor at;
  RS_EXPECT(read_record(*ring.reader, at).received == start);
  RS_EXPECT(read_record(*ring.reader, at).received == start);
  RS_EXPECT(read_record(*ring.reader, at).received == start);
  RS_EXPECT(read_record(*ring.reader, at).received == start + second);
}

RS_TEST(a_clock_that_is_set_back_is_believed) {
  Ring ring;
  const WallTime start = ring.clock.wall_now();
  ring.writer->append(0, "N", "a", start + std::chrono::hours(87600));
  ring.reopen();
  ring.writer->append(0, "N", "b", start);
  Cursor at;
  (void)read_record(*ring.reader, at);
  RS_EXPECT(read_record(*ring.reader, at).received == start);
}

RS_TEST(beat_tells_readers_the_time_and_the_pid) {
  Ring ring;
  RS_EXPECT_EQ(ring.reader->state().writer_pid, ::getpid());
  RS_EXPECT_EQ(to_ns(ring.reader->state().heartbeat), ManualClock::kStartWallNs);
  ring.clock.advance(std::chrono::seconds(5));
  RS_EXPECT_EQ(to_ns(ring.reader->state().heartbeat), ManualClock::kStartWallNs);
  ring.writer->beat();
  RS_EXPECT(ring.reader->state().heartbeat == ring.clock.wall_now());
}

RS_TEST(the_age_of_a_heartbeat_is_that_of_the_monotonic_clock) {
  Ring ring;
  ring.writer->beat();
  ring.clock.advance(std::chrono::seconds(2));
  ring.clock.set_wall(ring.clock.wall_now() - std::chrono::hours(5));
  RS_EXPECT(heartbeat_age(ring.reader->state(), ring.clock) == std::chrono::seconds(2));
}

RS_TEST(a_heartbeat_from_before_the_machine_was_started_is_old) {
  Ring ring;
  ring.writer->beat();
  RingState state = ring.reader->state();
  state.heartbeat_mono = ring.clock.mono_now() + std::chrono::seconds(1);
  RS_EXPECT(heartbeat_age(state, ring.clock) > std::chrono::hours(24));
  state.heartbeat_mono = {};  // of an older writer, which knows the wall clock only
  RS_EXPECT(heartbeat_age(state, ring.clock) == std::chrono::seconds(0));
}

RS_TEST(writer_that_closes_in_good_order_takes_its_pid_back) {
  Ring ring;
  ring.writer.reset();
  RS_EXPECT_EQ(ring.reader->state().writer_pid, 0U);
}

RS_TEST(wake_changes_the_wake_word_and_append_alone_does_not) {
  Ring ring;
  const std::uint32_t before = ring.reader->wake_word();
  ring.writer->append(0, "N", "t", ring.clock.wall_now());
  RS_EXPECT_EQ(ring.reader->wake_word(), before);
  ring.writer->wake();
  RS_EXPECT_NE(ring.reader->wake_word(), before);
}

RS_TEST(ring_holds_as_much_as_its_capacity_allows) {
  Ring ring;
  // Records of 64 bytes fill the area exactly: no padding, and not one evicted too early.
  for (std::uint64_t seq = 1; seq <= 5000; ++seq) {
    ring.writer->append(0, "Name", std::string(20, 't'), ring.clock.wall_now());
    const RingState state = ring.reader->state();
    const std::uint64_t held = std::min<std::uint64_t>(seq, kSmallRing / 64);
    RS_EXPECT_EQ(state.head.value - state.tail.value + 1, held);
    RS_EXPECT_EQ(state.head_position - state.tail_position, held * 64);
  }
}

}  // namespace ringside::test
