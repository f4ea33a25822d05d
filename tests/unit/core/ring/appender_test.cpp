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

}  // namespace ringside::test
