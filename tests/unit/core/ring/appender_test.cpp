#include "core/ring/appender.hpp"

#include <cstring>

#include "core/ring/record_format.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/ring_fixture.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {

RS_TEST(last_record_has_the_bytes_that_are_in_the_ring) {
  const TempDir dir;
  const ManualClock clock;
  const auto writer = open_writer(dir / "ring", clock);
  std::string text;
  for (std::uint64_t seq = 1; seq <= 3000; ++seq) {
    make_text(seq, 0, 2000, text);
    writer->append(static_cast<std::uint8_t>(seq % 7), "Name", text, clock.wall_now());
    const RingAppender::LastRecord& last = writer->last_record();
    const RecordHeader header = decode_header(last.header);
    RS_EXPECT_EQ(header.seq, seq);
    RS_EXPECT_EQ(header.total_bytes, kRecordHeaderBytes + last.payload.size());
    RS_EXPECT_EQ(record_checksum(header, last.payload.data()), header.checksum);
    const auto file = writer->bytes();
    const RingHeader& ring = ring_header(file.data());
    const std::uint64_t end = load_mark(ring.head)->position;
    const std::byte* const there =
        file.data() + kDataOffset + ((end - header.total_bytes) & (kSmallRing - 1));
    RS_EXPECT_EQ(std::memcmp(there, last.header.data(), kRecordHeaderBytes), 0);
    RS_EXPECT_EQ(std::memcmp(there + kRecordHeaderBytes, last.payload.data(), last.payload.size()),
                 0);
  }
}

RS_TEST(an_appender_continues_where_the_header_says) {
  const TempDir dir;
  const ManualClock clock;
  const auto writer = open_writer(dir / "ring", clock);
  writer->append(1, "Name", "one", clock.wall_now());
  const auto file = writer->bytes();
  RingAppender second(const_cast<std::byte*>(file.data()), kSmallRing, 77);
  RS_EXPECT_EQ(second.next_seq().value, 2U);
  RS_EXPECT_EQ(second.last_received_ns(), 77);
  RS_EXPECT_EQ(second.append(1, "Name", "t", "wo", clock.wall_now()).value, 2U);
  Cursor at = attach_reader(dir / "ring")->seek_seq(Seq{2}).cursor;
  RS_EXPECT_EQ(read_record(*attach_reader(dir / "ring"), at).text(), "two");
}

// Someone else has scribbled over the record that is overwritten next: there is no knowing where the one after it begins.
RS_TEST(a_damaged_record_that_is_in_the_way_takes_the_history_with_it_and_nothing_else) {
  const TempDir dir;
  const ManualClock clock;
  const auto writer = open_writer(dir / "ring", clock);
  const auto reader = attach_reader(dir / "ring");
  const auto append = [&] {
    return writer->append(1, "Name", std::string(100, 't'), clock.wall_now());
  };
  while (reader->state().tail.value == 1) {
    append();
  }
  auto* const file = const_cast<std::byte*>(writer->bytes().data());
  const std::uint64_t at = load_mark(ring_header(file).tail)->position & (kSmallRing - 1);
  std::uint64_t wild = 0;
  std::memcpy(file + kDataOffset + at, &wild, sizeof wild);
  const Seq damaged = reader->state().tail;
  Seq last{};
  while (reader->state().tail == damaged) {
    last = append();
  }
  RS_EXPECT_EQ(reader->state().tail.value, last.value);
  RS_EXPECT_EQ(reader->state().head.value, last.value);
  Cursor cursor = reader->cursor_at_tail();
  RS_EXPECT_EQ(read_record(*reader, cursor).seq.value, last.value);
  for (int n = 0; n < 2000; ++n) {  // and it goes on as before, round and round
    last = append();
  }
  RS_EXPECT_GT(last.value - reader->state().tail.value, 200U);
  cursor = reader->cursor_at_tail();
  for (std::uint64_t seq = reader->state().tail.value; seq <= last.value; ++seq) {
    RS_EXPECT_EQ(read_record(*reader, cursor).seq.value, seq);
  }
}

RS_TEST(a_clock_that_goes_back_by_no_more_than_a_second_is_jitter) {
  const TempDir dir;
  const ManualClock clock;
  const auto writer = open_writer(dir / "ring", clock);
  const WallTime start = clock.wall_now();
  const auto received = [&](std::chrono::nanoseconds offset) {
    writer->append(1, "Name", "t", start + offset);
    return wall_from_ns(decode_header(writer->last_record().header).received_ns) - start;
  };
  using namespace std::chrono_literals;
  RS_EXPECT(received(0s) == 0s);
  RS_EXPECT(received(5s) == 5s);
  RS_EXPECT(received(4s) == 5s);
  RS_EXPECT(received(4s - 1ns) == 4s - 1ns);
  RS_EXPECT(received(4s) == 4s);
}

}  // namespace ringside::test
