#include "core/segments/history.hpp"

#include <algorithm>

#include "tests/support/segments_fixture.hpp"

namespace ringside::test {
namespace {

// A ring that has lost most of what is on disk.
struct Both : Segments {
  explicit Both(std::uint64_t last = 2000) {
    writer = open_writer(dir / "ring", clock);
    store->continue_with(writer->lineage(), Seq{1});
    append(last);
    reader = attach_reader(dir / "ring");
    history = std::make_unique<History>(*reader, RS_UNWRAP(SegmentReader::open(path())));
  }
  void append(std::uint64_t last) {
    while (writer->next_seq().value <= last) {
      const std::uint64_t seq = writer->next_seq().value;
      writer->append(static_cast<std::uint8_t>(seq % 5), "Name", text_of(seq), time_of(seq));
      store->add(writer->last_record().header, writer->last_record().payload);
      RS_EXPECT_OK(store->flush());
    }
  }
  [[nodiscard]] std::uint64_t tail() const { return reader->cursor_at_tail().seq.value; }

  std::unique_ptr<RingWriter> writer;
  std::unique_ptr<RingReader> reader;
  std::unique_ptr<History> history;
};

}  // namespace

RS_TEST(history_is_read_from_disk_into_the_ring_without_a_seam) {
  Both both;
  RS_EXPECT_GT(both.tail(), 1000U);
  RS_EXPECT_EQ(both.history->oldest().value, 1U);
  const History::Place place = both.history->seek_seq(Seq{1});
  RS_EXPECT_EQ(place.missed, 0U);
  HistoryCursor at = place.cursor;
  Record record;
  for (std::uint64_t seq = 1; seq <= 2000; ++seq) {
    RS_EXPECT(both.history->read_next(at, record).outcome == ReadOutcome::kRecord);
    expect_record(record, seq);
  }
  RS_EXPECT(both.history->read_next(at, record).outcome == ReadOutcome::kEmpty);
  both.append(2010);
  RS_EXPECT(both.history->read_next(at, record).outcome == ReadOutcome::kRecord);
  expect_record(record, 2001);
}

RS_TEST(a_cursor_that_the_ring_has_overtaken_goes_on_from_disk) {
  Both both;
  HistoryCursor at = both.history->seek_seq(Seq{both.tail() + 5}).cursor;
  const std::uint64_t from = at.seq.value;
  both.append(4000);
  RS_EXPECT_GT(both.tail(), from);
  Record record;
  for (std::uint64_t seq = from; seq <= 4000; ++seq) {
    RS_EXPECT(both.history->read_next(at, record).outcome == ReadOutcome::kRecord);
    expect_record(record, seq);
  }
}

RS_TEST(what_is_nowhere_is_missed_exactly) {
  Both both;
  const std::uint64_t kept = both.firsts()[3];
  both.store->remove_through(Seq{kept - 1});
  both.history->refresh();
  RS_EXPECT_EQ(both.history->oldest().value, kept);
  const History::Place place = both.history->seek_seq(Seq{3});
  RS_EXPECT_EQ(place.cursor.seq.value, kept);
  RS_EXPECT_EQ(place.missed, kept - 3);
  HistoryCursor at{Seq{3}, {}, {}};
  Record record;
  const ReadResult lost = both.history->read_next(at, record);
  RS_EXPECT(lost.outcome == ReadOutcome::kLapped);
  RS_EXPECT_EQ(lost.missed, kept - 3);
  RS_EXPECT(both.history->read_next(at, record).outcome == ReadOutcome::kRecord);
  expect_record(record, kept);
}

RS_TEST(a_hole_between_disk_and_ring_is_missed_exactly) {
  Both both;
  const std::uint64_t last = both.firsts().back();
  std::filesystem::remove(both.file(last));  // stands for a disk that was full
  both.history->refresh();
  HistoryCursor at = both.history->seek_seq(Seq{last - 1}).cursor;
  Record record;
  RS_EXPECT(both.history->read_next(at, record).outcome == ReadOutcome::kRecord);
  const std::uint64_t tail = both.tail();
  if (tail > last) {
    const ReadResult lost = both.history->read_next(at, record);
    RS_EXPECT(lost.outcome == ReadOutcome::kLapped);
    RS_EXPECT_EQ(lost.missed, tail - last);
  }
  RS_EXPECT(both.history->read_next(at, record).outcome == ReadOutcome::kRecord);
  expect_record(record, std::max(tail, last));
}

RS_TEST(times_are_found_on_disk_and_in_the_ring) {
  Both both;
  for (std::uint64_t seq = 2; seq <= 2000; seq += 37) {
    const History::Place place = both.history->seek_time(time_of(seq));
    RS_EXPECT_EQ(place.cursor.seq.value, seq);
    RS_EXPECT_EQ(place.missed, 0U);
  }
  RS_EXPECT_EQ(both.history->seek_time(time_of(0)).cursor.seq.value, 1U);
  RS_EXPECT_EQ(both.history->seek_time(time_of(0)).missed, 0U);
  RS_EXPECT_EQ(both.history->seek_time(time_of(9000)).cursor.seq.value, 2001U);
  both.store->remove_through(Seq{both.firsts()[3] - 1});
  both.history->refresh();
  RS_EXPECT_EQ(both.history->seek_time(time_of(1)).missed, both.history->oldest().value - 1);
}

RS_TEST(without_segments_the_ring_is_all_there_is) {
  Both both;
  History ring_only(*both.reader);
  RS_EXPECT_EQ(ring_only.oldest().value, both.tail());
  RS_EXPECT_EQ(ring_only.seek_seq(Seq{1}).missed, both.tail() - 1);
  RS_EXPECT_EQ(ring_only.seek_time(time_of(1)).missed, both.tail() - 1);
  HistoryCursor at;
  Record record;
  RS_EXPECT(ring_only.read_next(at, record).outcome == ReadOutcome::kLapped);
  RS_EXPECT(ring_only.read_next(at, record).outcome == ReadOutcome::kRecord);
}

}  // namespace ringside::test
