#include "core/ring/recovery.hpp"

#include <fcntl.h>

#include "core/base/unique_fd.hpp"
#include "core/ring/record_format.hpp"
#include "core/ring/time_index.hpp"
#include "core/shm/mapping.hpp"
#include "core/shm/word_copy.hpp"
#include "tests/support/ring_fixture.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

// A ring whose writer has gone, mapped so that the test can damage it.
class DeadRing {
 public:
  explicit DeadRing(std::uint64_t n_records) {
    {
      auto writer = open_writer(dir_ / "ring", system_clock());
      for (std::uint64_t seq = 1; seq <= n_records; ++seq) {
        writer->append(1, "Dead", std::string(400, 'd'),
                       wall_from_ns(static_cast<std::int64_t>(seq) * 1000));
      }
    }
    const UniqueFd fd(::open((dir_ / "ring").c_str(), O_RDWR));
    mapping_ = RS_UNWRAP(Mapping::make(fd.get(), ring_file_bytes(kSmallRing), Access::kReadWrite));
  }

  [[nodiscard]] std::byte* file() const { return mapping_.data(); }
  [[nodiscard]] RingHeader& header() const { return ring_header(mapping_.data()); }
  [[nodiscard]] std::byte* record(std::uint64_t seq) const {
    Cursor at = RS_UNWRAP(RingReader::over({file(), mapping_.size()}))->seek_seq(Seq{seq}).cursor;
    const auto found = DataArea(file() + kDataOffset, kSmallRing).locate(at.position, seq);
    return file() + kDataOffset + found.value().position % kSmallRing;
  }
  [[nodiscard]] Result<Recovered> recover() const { return recover_ring(file(), kSmallRing); }
  void expect_damaged(std::string_view reason) const {
    const auto recovered = recover();
    RS_EXPECT(!recovered.has_value());
    RS_EXPECT_CONTAINS(recovered.error().message, reason);
  }

 private:
  TempDir dir_;
  Mapping mapping_;
};

}  // namespace

RS_TEST(empty_ring_is_sound) {
  const Recovered recovered = RS_UNWRAP(DeadRing(0).recover());
  RS_EXPECT_EQ(recovered.head.seq, 0U);
  RS_EXPECT_EQ(recovered.tail.seq, 1U);
  RS_EXPECT_EQ(recovered.last_received_ns, 0);
}

RS_TEST(ring_that_has_wrapped_is_sound_and_tells_its_last_time) {
  const Recovered recovered = RS_UNWRAP(DeadRing(1000).recover());
  RS_EXPECT_EQ(recovered.head.seq, 1000U);
  RS_EXPECT_GT(recovered.tail.seq, 800U);
  RS_EXPECT_EQ(recovered.last_received_ns, 1'000'000);
}

// Each of these is a place where a writer can die.
RS_TEST(record_that_was_being_written_is_as_if_never_begun) {
  const DeadRing ring(10);
  const std::uint64_t head = load_mark(ring.header().head).value().position;
  for (std::uint64_t at = head; at < head + 300; at += 8) {
    store_shared_word(ring.file() + kDataOffset + at, scramble(at));
  }
  RS_EXPECT_EQ(RS_UNWRAP(ring.recover()).head.seq, 10U);
}

RS_TEST(publication_cut_in_half_is_as_if_never_begun) {
  const DeadRing ring(10);
  ring.header().head.position[11 % kMarkSlots].store(0xbad);
  ring.header().tail.position[2 % kMarkSlots].store(0xbad);
  const Recovered recovered = RS_UNWRAP(ring.recover());
  RS_EXPECT_EQ(recovered.head.seq, 10U);
  RS_EXPECT_EQ(recovered.tail.seq, 1U);
}

RS_TEST(tail_that_moved_for_a_record_never_written_is_sound) {
  const DeadRing ring(1000);
  const MarkValue tail = load_mark(ring.header().tail).value();
  const auto oldest =
      DataArea(ring.file() + kDataOffset, kSmallRing).locate(tail.position, tail.seq);
  publish_mark(ring.header().tail, {tail.seq + 1, oldest.value().end()});
  RS_EXPECT_EQ(RS_UNWRAP(ring.recover()).tail.seq, tail.seq + 1);
}

RS_TEST(damage_to_a_length_is_found) {
  const DeadRing ring(20);
  store_shared_word(ring.record(7), load_shared_word(ring.record(7)) + 8);
  ring.expect_damaged("record 7");
}

RS_TEST(damage_to_a_text_is_found) {
  const DeadRing ring(20);
  std::byte* const record = ring.record(9);
  record[kRecordHeaderBytes + 100] ^= std::byte{1};
  ring.expect_damaged("record 9 has a wrong checksum");
}

RS_TEST(damage_to_a_sequence_is_found) {
  const DeadRing ring(20);
  store_shared_word(ring.record(9) + 8, 10);
  ring.expect_damaged("record 9");
}

RS_TEST(marks_that_contradict_each_other_are_found) {
  const DeadRing ring(1000);
  const MarkValue head = load_mark(ring.header().head).value();
  const MarkValue tail = load_mark(ring.header().tail).value();
  reset_mark(ring.header().head, {head.seq + 1, head.position});
  ring.expect_damaged("damaged");
  reset_mark(ring.header().head, {head.seq - 1, head.position});
  ring.expect_damaged("the head is at");
  reset_mark(ring.header().head, {tail.seq - 2, head.position});
  ring.expect_damaged("contradict");
  reset_mark(ring.header().head, {head.seq, tail.position + kSmallRing + 8});
  ring.expect_damaged("contradict");
  reset_mark(ring.header().head, head);
  reset_mark(ring.header().tail, {0, 0});
  ring.expect_damaged("contradict");
}

RS_TEST(missing_index_entry_is_no_damage) {
  const DeadRing ring(100);
  const std::uint64_t count = ring.header().index_count.load();
  ring.header().index_count.store(count - 1);
  RS_EXPECT_OK(ring.recover());
  RS_EXPECT_EQ(ring.header().index_count.load(), count - 1);
}

RS_TEST(index_that_lies_about_a_record_is_built_anew) {
  const DeadRing ring(1000);
  const IndexRange before = index_range(ring.file());
  IndexEntry& entry = ring_index(ring.file())[(before.end - 20) % kIndexEntries];
  for (SharedU64* word : {&entry.position, &entry.received_ns, &entry.seq}) {
    const std::uint64_t good = word->load();
    word->store(good + 8);
    RS_EXPECT_OK(ring.recover());
    const auto reader = RS_UNWRAP(RingReader::over({ring.file(), ring_file_bytes(kSmallRing)}));
    for (std::uint64_t seq = reader->state().tail.value; seq <= 1000; ++seq) {
      const IndexPoint found = find_in_index_by_seq(ring.file(), seq).value();
      RS_EXPECT_EQ(found.seq, seq);  // in a ring this small every record has an entry
      RS_EXPECT_EQ(found.received_ns, static_cast<std::int64_t>(seq) * 1000);
    }
  }
  RS_EXPECT_GT(index_range(ring.file()).begin, before.end);
}

RS_TEST(index_entry_for_a_record_never_written_is_dropped) {
  const DeadRing ring(100);
  const std::uint64_t count = ring.header().index_count.load();
  ring_index(ring.file())[count].seq.store(101);
  ring.header().index_count.store(count + 1);
  RS_EXPECT_OK(ring.recover());
  RS_EXPECT_EQ(find_in_index_by_seq(ring.file(), 200).value().seq, 100U);
}

}  // namespace ringside::test
