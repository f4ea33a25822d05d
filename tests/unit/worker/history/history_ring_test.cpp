#include "worker/history/history_ring.hpp"

#include <filesystem>
#include <limits>

#include "core/segments/history.hpp"
#include "tests/support/segments_fixture.hpp"

namespace ringside::test {
namespace {

namespace fs = std::filesystem;

// A worker's two places, and what it does to them at each start.
struct Machine : Segments {
  Machine() { start(); }

  void start(std::size_t capacity = kSmallRing) {
    ring.reset();
    open();
    HistoryRing opened = RS_UNWRAP(open_history_ring(
        {.path = dir / "ring", .capacity_bytes = capacity}, *store, path(), clock));
    ring = std::move(opened.ring);
    n_lost = opened.n_lost;
  }
  void append(std::uint64_t last, bool on_disk = true) {
    while (ring->next_seq().value <= last) {
      const std::uint64_t seq = ring->next_seq().value;
      ring->append(static_cast<std::uint8_t>(seq % 5), "Name", text_of(seq), time_of(seq));
      if (on_disk) {
        store->add(ring->last_record().header, ring->last_record().payload);
        RS_EXPECT_OK(store->flush());
      }
    }
  }
  // The run directory is in memory: a reboot empties it.
  void reboot(bool clean) {
    if (clean) {
      RS_EXPECT_OK(store->stop());
    }
    ring.reset();
    store.reset();
    fs::remove(dir.path() / "ring");
  }
  // All that a client with an id of `from` gets. Each event must be there.
  void expect_history(std::uint64_t from, std::uint64_t last) {
    const auto reader = attach_reader(dir / "ring");
    History history(*reader, RS_UNWRAP(SegmentReader::open(path())));
    HistoryCursor at = history.seek_seq(Seq{from}).cursor;
    Record record;
    for (std::uint64_t seq = from; seq <= last; ++seq) {
      RS_EXPECT(history.read_next(at, record).outcome == ReadOutcome::kRecord);
      expect_record(record, seq);
    }
    RS_EXPECT(history.read_next(at, record).outcome == ReadOutcome::kEmpty);
  }

  std::unique_ptr<RingWriter> ring;
  std::uint64_t n_lost = 0;
};

}  // namespace

RS_TEST(a_restarted_worker_continues_both) {
  Machine machine;
  machine.append(1500);
  const Epoch epoch = machine.ring->epoch();
  machine.start();
  RS_EXPECT(machine.ring->origin() == RingOrigin::kTakenOver);
  RS_EXPECT(machine.ring->epoch() == epoch);
  machine.append(1600);
  machine.expect_history(1, 1600);
}

RS_TEST(what_the_disk_lacks_comes_from_the_ring_that_was_left) {
  Machine machine;
  machine.append(1500);
  machine.append(1530, false);  // killed between ring and disk
  machine.start();
  RS_EXPECT_EQ(machine.store->next().value, 1531U);
  RS_EXPECT_EQ(machine.n_lost, 0U);
  machine.expect_history(1, 1530);
}

RS_TEST(after_a_clean_stop_a_new_ring_has_the_same_epoch_and_the_newest_history) {
  Machine machine;
  machine.append(1500);
  const Epoch epoch = machine.ring->epoch();
  machine.reboot(true);
  machine.start();
  RS_EXPECT(machine.ring->origin() == RingOrigin::kNew);
  RS_EXPECT(machine.ring->epoch() == epoch);
  RS_EXPECT_EQ(machine.ring->lineage().past().size(), 0U);
  RS_EXPECT_EQ(machine.ring->next_seq().value, 1501U);
  const RingState state = attach_reader(machine.dir / "ring")->state();
  RS_EXPECT_EQ(state.head.value, 1500U);
  RS_EXPECT_GT(state.head_position - state.tail_position, kSmallRing / 2);
  machine.append(1600);
  machine.expect_history(1, 1600);
}

RS_TEST(after_any_other_stop_there_is_a_new_epoch_and_ids_of_the_old_one_are_valid_up_to_its_end) {
  Machine machine;
  machine.append(1500);
  const Epoch first = machine.ring->epoch();
  machine.reboot(false);
  machine.start();
  const Epoch second = machine.ring->epoch();
  RS_EXPECT(second != first);
  RS_EXPECT_EQ(machine.ring->lineage().resolve({first, Seq{1500}})->value, 1500U);
  RS_EXPECT(!machine.ring->lineage().resolve({first, Seq{1501}}).has_value());
  machine.append(1600);
  machine.expect_history(1, 1600);
  machine.reboot(false);
  machine.start();
  RS_EXPECT_EQ(machine.ring->lineage().past().size(), 2U);
  RS_EXPECT_EQ(machine.ring->lineage().resolve({first, Seq{7}})->value, 7U);
  RS_EXPECT_EQ(machine.ring->lineage().resolve({second, Seq{1600}})->value, 1600U);
}

RS_TEST(an_epoch_without_an_event_is_not_forgotten) {
  Machine machine;
  machine.append(100);
  machine.reboot(false);
  machine.start();
  const Epoch quiet = machine.ring->epoch();
  machine.reboot(false);
  machine.start();
  RS_EXPECT_EQ(machine.ring->lineage().resolve({quiet, Seq{100}})->value, 100U);
}

RS_TEST(a_tail_that_did_not_reach_the_disk_is_gone_and_its_sequences_are_of_another_epoch) {
  Machine machine;
  machine.append(1500);
  const Epoch first = machine.ring->epoch();
  machine.reboot(false);
  const std::string newest = machine.file(machine.firsts().back());
  fs::resize_file(newest, fs::file_size(newest) - 100);
  machine.start();
  const std::uint64_t end = machine.ring->next_seq().value;
  RS_EXPECT_LE(end, 1500U);
  RS_EXPECT(machine.ring->lineage().resolve({first, Seq{end - 1}}).has_value());
  RS_EXPECT(!machine.ring->lineage().resolve({first, Seq{end}}).has_value());
  machine.append(1600);
  machine.expect_history(1, 1600);
}

RS_TEST(a_ring_of_another_size_keeps_all_history) {
  Machine machine;
  machine.append(1500);
  const Epoch epoch = machine.ring->epoch();
  machine.start(kSmallRing * 2);
  RS_EXPECT(machine.ring->epoch() == epoch);
  machine.append(1600);
  machine.start(kSmallRing);
  RS_EXPECT(machine.ring->epoch() == epoch);
  machine.expect_history(1, 1600);
}

RS_TEST(segments_of_another_history_are_set_aside) {
  Machine machine;
  machine.append(500);
  machine.reboot(true);
  machine.ring =
      open_writer(machine.dir / "ring", machine.clock);  // a time without history on disk
  machine.append(20, false);
  machine.start();
  RS_EXPECT_EQ(machine.ring->next_seq().value, 21U);
  RS_EXPECT_EQ(machine.store->next().value, 21U);
  RS_EXPECT_EQ(machine.store->oldest().value, 1U);
  std::size_t n_aside = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(machine.path())) {
    n_aside += entry.is_directory() ? 1U : 0U;
  }
  RS_EXPECT_EQ(n_aside, 1U);
  machine.expect_history(1, 20);
}

RS_TEST(a_record_too_large_for_the_ring_is_read_from_disk) {
  Machine machine;
  machine.start(kSmallRing * 8);
  machine.append(50);
  machine.ring->append(51 % 5, "Name", std::string(kSmallRing / 4, 'l'), time_of(51));
  machine.store->add(machine.ring->last_record().header, machine.ring->last_record().payload);
  RS_EXPECT_OK(machine.store->flush());
  machine.append(60);
  machine.reboot(true);
  machine.start(kSmallRing);
  RS_EXPECT_EQ(attach_reader(machine.dir / "ring")->state().tail.value, 52U);
  RS_EXPECT_EQ(machine.ring->next_seq().value, 61U);
}

RS_TEST(catching_up_goes_in_parts_and_counts_what_the_ring_has_lost) {
  Machine machine;
  machine.append(100);
  machine.append(3000, false);
  const auto view = RS_UNWRAP(RingReader::over(machine.ring->bytes()));
  const std::uint64_t tail = view->cursor_at_tail().seq.value;
  std::uint64_t n_lost = 0;
  int n_parts = 0;
  for (bool done = false; !done; ++n_parts) {
    const CatchUp part = RS_UNWRAP(catch_up(*view, *machine.store, 4096));
    n_lost += part.n_lost;
    done = part.done;
  }
  RS_EXPECT_GT(n_parts, 5);
  RS_EXPECT_EQ(n_lost, tail - 101);
  RS_EXPECT_EQ(machine.store->next().value, 3001U);
  const auto reader = RS_UNWRAP(SegmentReader::open(machine.path()));
  std::vector<std::uint64_t> expected = range(1, 100);
  for (const std::uint64_t seq : range(tail, 3000)) {
    expected.push_back(seq);
  }
  RS_EXPECT(read_segments(*reader) == expected);
}

}  // namespace ringside::test
