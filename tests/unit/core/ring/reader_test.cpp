#include "core/ring/reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "core/base/unique_fd.hpp"
#include "core/ring/mark.hpp"
#include "core/shm/mapping.hpp"
#include "core/shm/word_copy.hpp"
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
  Record record;

  void append(int n, std::size_t text_bytes = 1000) {
    for (int i = 0; i < n; ++i) {
      writer->append(5, "Name", std::string(text_bytes, 't'), clock.wall_now());
    }
  }
  // The bytes at `offset` of the file, writable, as a foreign process with the right to write might
  // have them.
  [[nodiscard]] Mapping writable() const {
    const UniqueFd fd(::open((dir / "ring").c_str(), O_RDWR));
    return RS_UNWRAP(Mapping::make(fd.get(), ring_file_bytes(kSmallRing), Access::kReadWrite));
  }
};

}  // namespace

RS_TEST(reader_gets_records_as_they_were_written) {
  Ring ring;
  ring.writer->append(42, "TaskStatusChanged", R"({"id":"x"})", ring.clock.wall_now());
  Cursor at;
  RS_EXPECT_EQ(ring.reader->read_next(at, ring.record).outcome, ReadOutcome::kRecord);
  RS_EXPECT_EQ(ring.record.seq.value, 1U);
  RS_EXPECT_EQ(ring.record.type_code, 42);
  RS_EXPECT_EQ(ring.record.name(), "TaskStatusChanged");
  RS_EXPECT_EQ(ring.record.text(), R"({"id":"x"})");
  RS_EXPECT(ring.record.received == ring.clock.wall_now());
  RS_EXPECT_EQ(at.seq.value, 2U);
}

RS_TEST(reader_says_empty_and_stays_where_it_is) {
  Ring ring;
  Cursor at = ring.reader->cursor_after_head();
  RS_EXPECT_EQ(ring.reader->read_next(at, ring.record).outcome, ReadOutcome::kEmpty);
  RS_EXPECT_EQ(at.seq.value, 1U);
  ring.append(1);
  RS_EXPECT_EQ(ring.reader->read_next(at, ring.record).outcome, ReadOutcome::kRecord);
  RS_EXPECT_EQ(ring.reader->read_next(at, ring.record).outcome, ReadOutcome::kEmpty);
  RS_EXPECT_EQ(at.seq.value, 2U);
}

RS_TEST(reader_reports_exact_loss_when_lapped) {
  Ring ring;
  Cursor at = ring.reader->cursor_after_head();
  ring.append(500);
  const std::uint64_t tail = ring.reader->state().tail.value;
  RS_EXPECT_GT(tail, 400U);
  const ReadResult lapped = ring.reader->read_next(at, ring.record);
  RS_EXPECT_EQ(lapped.outcome, ReadOutcome::kLapped);
  RS_EXPECT_EQ(lapped.missed, tail - 1);
  RS_EXPECT_EQ(at.seq.value, tail);
  RS_EXPECT_EQ(read_all(*ring.reader, at).size(), 500 - tail + 1);
}

RS_TEST(reader_reports_exact_loss_when_lapped_twice) {
  Ring ring;
  Cursor at = ring.reader->cursor_after_head();
  std::uint64_t n_missed = 0;
  std::uint64_t n_read = 0;
  for (int round = 0; round < 2; ++round) {
    ring.append(400);
    const ReadResult result = ring.reader->read_next(at, ring.record);
    RS_EXPECT_EQ(result.outcome, ReadOutcome::kLapped);
    n_missed += result.missed;
    RS_EXPECT_EQ(ring.reader->read_next(at, ring.record).outcome, ReadOutcome::kRecord);
    ++n_read;
  }
  n_read += read_all(*ring.reader, at).size();
  RS_EXPECT_EQ(n_missed + n_read, 800U);
}

RS_TEST(default_cursor_stands_at_the_very_beginning) {
  Ring ring;
  ring.append(3);
  Cursor at;
  RS_EXPECT_EQ(read_record(*ring.reader, at).seq.value, 1U);
}

RS_TEST(cursors_begin_at_the_tail_or_after_the_head) {
  Ring ring;
  RS_EXPECT_EQ(ring.reader->cursor_at_tail().seq.value, 1U);
  ring.append(300);
  RS_EXPECT_EQ(ring.reader->cursor_after_head().seq.value, 301U);
  Cursor tail = ring.reader->cursor_at_tail();
  RS_EXPECT_EQ(tail.seq.value, ring.reader->state().tail.value);
  RS_EXPECT_EQ(read_record(*ring.reader, tail).seq.value, ring.reader->state().tail.value);
}

RS_TEST(two_readers_do_not_disturb_each_other) {
  Ring ring;
  const auto other = attach_reader(ring.dir / "ring");
  ring.append(10);
  Cursor a;
  Cursor b;
  RS_EXPECT_EQ(read_all(*ring.reader, a).size(), 10U);
  RS_EXPECT_EQ(read_all(*other, b).size(), 10U);
}

RS_TEST(reader_outlives_the_writer_and_sees_the_next_one) {
  Ring ring;
  ring.append(2);
  Cursor at;
  (void)read_record(*ring.reader, at);
  ring.writer.reset();
  RS_EXPECT_EQ(read_record(*ring.reader, at).seq.value, 2U);
  ring.writer = open_writer(ring.dir / "ring", ring.clock);
  ring.append(1);
  RS_EXPECT_EQ(read_record(*ring.reader, at).seq.value, 3U);
}

RS_TEST(state_tells_what_the_ring_holds) {
  Ring ring;
  RingState state = ring.reader->state();
  RS_EXPECT_EQ(state.head.value, 0U);
  RS_EXPECT_EQ(state.tail.value, 1U);
  RS_EXPECT_EQ(state.capacity_bytes, kSmallRing);
  RS_EXPECT(state.epoch == ring.writer->epoch());
  RS_EXPECT_EQ(to_ns(state.created), ManualClock::kStartWallNs);
  ring.append(1, 20);
  state = ring.reader->state();
  RS_EXPECT_EQ(state.head.value, 1U);
  RS_EXPECT_EQ(state.head_position, 64U);
  RS_EXPECT_EQ(state.tail_position, 0U);
}

RS_TEST(damaged_record_is_corrupt_and_the_cursor_goes_to_the_head) {
  Ring ring;
  ring.append(10);
  const Mapping file = ring.writable();
  file.data()[kDataOffset + 1048 + 40 + 500] ^= std::byte{1};  // in the text of the second record
  Cursor at;
  RS_EXPECT_EQ(read_record(*ring.reader, at).seq.value, 1U);
  const ReadResult result = ring.reader->read_next(at, ring.record);
  RS_EXPECT_EQ(result.outcome, ReadOutcome::kCorrupt);
  RS_EXPECT_EQ(result.missed, 9U);
  RS_EXPECT_EQ(at.seq.value, 11U);
  ring.append(1);
  RS_EXPECT_EQ(read_record(*ring.reader, at).seq.value, 11U);
}

RS_TEST(wild_length_is_corrupt) {
  Ring ring;
  ring.append(10);
  const Mapping file = ring.writable();
  for (const std::uint64_t word : {0x1fffffff8ULL, 0x100000000ULL, 0x100000028ULL, 0ULL, ~0ULL}) {
    store_shared_word(file.data() + kDataOffset, word);
    Cursor at;
    RS_EXPECT_EQ(ring.reader->read_next(at, ring.record).outcome, ReadOutcome::kCorrupt);
    RS_EXPECT_EQ(at.seq.value, 11U);
  }
}

RS_TEST(tail_that_goes_back_is_corrupt_not_endless) {
  Ring ring;
  ring.append(300);
  const Mapping file = ring.writable();
  reset_mark(ring_header(file.data()).tail, {1, 0});
  Cursor at;
  RS_EXPECT_EQ(ring.reader->read_next(at, ring.record).outcome, ReadOutcome::kCorrupt);
  RS_EXPECT_EQ(at.seq.value, 301U);
}

RS_TEST(cursor_of_another_ring_is_answered_without_harm) {
  Ring ring;
  ring.append(10);
  Cursor beyond{1U << 20U, Seq{500}};
  RS_EXPECT_EQ(ring.reader->read_next(beyond, ring.record).outcome, ReadOutcome::kEmpty);
  Cursor misplaced{8, Seq{5}};
  RS_EXPECT_EQ(ring.reader->read_next(misplaced, ring.record).outcome, ReadOutcome::kCorrupt);
  RS_EXPECT_EQ(misplaced.seq.value, 11U);
}

RS_TEST(attach_says_why_it_cannot) {
  const TempDir dir;
  RS_EXPECT_EQ(RingReader::attach(dir / "none").error().errno_value, ENOENT);
  RS_EXPECT_CONTAINS(RingReader::attach(dir / "none").error().message, dir / "none");
  dir.write("text", std::string(200'000, 't'));
  RS_EXPECT_CONTAINS(RingReader::attach(dir / "text").error().message, "not a ring");
  dir.write("empty", "");
  RS_EXPECT(!RingReader::attach(dir / "empty").has_value());
  RS_EXPECT_CONTAINS(RingReader::attach(dir.path().string()).error().message, "not a regular file");
  RS_EXPECT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  RS_EXPECT_CONTAINS(RingReader::attach(dir / "fifo").error().message, "not a regular file");
}

RS_TEST(attach_refuses_a_ring_that_was_cut_short) {
  Ring ring;
  std::filesystem::copy_file(ring.dir / "ring", ring.dir / "cut");
  std::filesystem::resize_file(ring.dir / "cut", ring_file_bytes(kSmallRing) - 8);
  RS_EXPECT_CONTAINS(RingReader::attach(ring.dir / "cut").error().message, "damaged");
}

RS_TEST(waiting_reader_is_woken_by_the_writer) {
  Ring ring;
  std::uint64_t woken_to = 0;
  {
    std::jthread waiter([&] {
      Cursor at;
      Record record;
      std::uint32_t seen = ring.reader->wake_word();
      while (ring.reader->read_next(at, record).outcome == ReadOutcome::kEmpty) {
        seen = ring.reader->wait(seen, std::chrono::seconds(60));
      }
      woken_to = record.seq.value;
    });
    ring.append(1);
    ring.writer->wake();
  }
  RS_EXPECT_EQ(woken_to, 1U);
}

}  // namespace ringside::test
