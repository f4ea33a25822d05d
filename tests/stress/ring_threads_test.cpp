// One writer and several readers as threads on one mapping, which is what ThreadSanitizer can
// judge: between processes it sees only one side. The ring is small and the writer does not wait,
// so readers are lapped all the time.
#include <atomic>
#include <random>
#include <thread>

#include "core/shm/word_copy.hpp"
#include "tests/support/ring_fixture.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t kRecords = 60'000;
#else
constexpr std::uint64_t kRecords = 400'000;
#endif

// What a thread found; the test's own thread judges it.
struct Finding {
  std::string wrong;
  std::uint64_t n_read = 0;
  std::uint64_t n_missed = 0;
};

Finding read_all_of_it(const RingReader& reader, std::uint64_t last_seq, std::size_t max_bytes) {
  Finding found;
  Cursor at;
  Record record;
  std::string expected;
  std::uint64_t next = 1;
  while (next <= last_seq) {
    const ReadResult result = reader.read_next(at, record);
    if (result.outcome == ReadOutcome::kEmpty) {
      (void)reader.wait(reader.wake_word(), std::chrono::milliseconds(1));
    } else if (result.outcome == ReadOutcome::kLapped) {
      next += result.missed;
      found.n_missed += result.missed;
    } else if (result.outcome == ReadOutcome::kRecord) {
      make_text(next, 0, max_bytes, expected);
      if (record.seq.value != next || record.text() != expected) {
        found.wrong = fmt::format("record {} is not what was written", next);
        return found;
      }
      ++next;
      ++found.n_read;
    } else {
      found.wrong = fmt::format("the ring seems damaged at {}", next);
      return found;
    }
  }
  return found;
}

// Seeks at random; wherever it lands, the record there must be the one that was asked for or a
// later one, counted.
Finding seek_at_random(const RingReader& reader, const std::atomic<bool>& stop,
                       std::uint64_t seed_value) {
  Finding found;
  std::mt19937_64 random(seed_value);
  Record record;
  while (!stop.load() && found.wrong.empty()) {
    const RingState state = reader.state();
    if (state.head.value == 0) {
      continue;
    }
    const std::uint64_t wanted = 1 + random() % state.head.value;
    RingReader::Seek sought = reader.seek_seq(Seq{wanted});
    if (sought.cursor.seq.value != wanted + sought.missed) {
      found.wrong = fmt::format("sought {}, got {} with {} missed", wanted, sought.cursor.seq.value,
                                sought.missed);
    }
    const ReadResult result = reader.read_next(sought.cursor, record);
    if (result.outcome == ReadOutcome::kCorrupt || result.outcome == ReadOutcome::kEmpty) {
      found.wrong = fmt::format("sought {}, found no record", wanted);
    }
    if (result.outcome == ReadOutcome::kRecord) {
      ++found.n_read;
      // Times in this test are sequences, so the time of a record seeks back to it.
      RingReader::Seek by_time = reader.seek_time(record.received);
      if (by_time.cursor.seq < record.seq) {
        found.wrong = fmt::format("sought the time of {}, got {}", record.seq.value,
                                  by_time.cursor.seq.value);
      } else if (by_time.cursor.seq > record.seq && reader.state().tail < by_time.cursor.seq) {
        found.wrong = fmt::format("sought the time of {}, skipped to {}", record.seq.value,
                                  by_time.cursor.seq.value);
      }
    }
  }
  return found;
}

void write_all(RingWriter& writer, std::size_t max_bytes) {
  std::string text;
  for (std::uint64_t seq = 1; seq <= kRecords; ++seq) {
    make_text(seq, 0, max_bytes, text);
    writer.append(2, "Stress", text, wall_from_ns(static_cast<std::int64_t>(seq)));
    if (seq % 64 == 0) {
      writer.wake();
      writer.beat();
    }
  }
  writer.wake();
}

}  // namespace

RS_TEST(threads_on_one_mapping_read_what_was_written_or_count_it_as_missed) {
  const TempDir dir;
  auto writer = open_writer(dir / "ring", system_clock());
  const std::size_t max_bytes = writer->max_record_bytes() - 8;
  const auto reader = RS_UNWRAP(RingReader::over(writer->bytes()));
  Finding findings[3];
  {
    std::vector<std::jthread> threads;
    for (Finding& finding : findings) {
      threads.emplace_back([&] { finding = read_all_of_it(*reader, kRecords, max_bytes); });
    }
    write_all(*writer, max_bytes);
  }
  for (const Finding& finding : findings) {
    RS_EXPECT_EQ(finding.wrong, "");
    RS_EXPECT_EQ(finding.n_read + finding.n_missed, kRecords);
  }
}

RS_TEST(threads_that_seek_while_the_writer_laps_them_land_where_they_asked) {
  const TempDir dir;
  auto writer = open_writer(dir / "ring", system_clock());
  const auto reader = RS_UNWRAP(RingReader::over(writer->bytes()));
  std::atomic<bool> stop = false;
  Finding findings[2];
  {
    std::vector<std::jthread> threads;
    std::uint64_t n = 0;
    for (Finding& finding : findings) {
      threads.emplace_back([&, s = seed() + ++n] { finding = seek_at_random(*reader, stop, s); });
    }
    write_all(*writer, writer->max_record_bytes() - 8);
    stop = true;
  }
  for (const Finding& finding : findings) {
    RS_EXPECT_EQ(finding.wrong, "");
    RS_EXPECT_GT(finding.n_read, 0U);
  }
}

RS_TEST(reader_survives_a_foreign_process_that_scribbles_over_the_ring) {
  const TempDir dir;
  auto writer = open_writer(dir / "ring", system_clock());
  for (std::uint64_t seq = 1; seq <= 2000; ++seq) {
    writer->append(1, "Scribbled", std::string(seq % 200, 'x'),
                   wall_from_ns(static_cast<std::int64_t>(seq)));
  }
  GuardedBytes copy(writer->bytes());
  const auto reader = RS_UNWRAP(RingReader::over(copy.bytes()));
  std::atomic<bool> stop = false;
  std::jthread scribbler([&, random = std::mt19937_64(seed())]() mutable {
    while (!stop.load()) {
      // Mostly the words that matter: head, tail and index counts.
      const std::size_t n_words = random() % 2 == 0 ? 272 / 8 : copy.bytes().size() / 8;
      store_shared_word(copy.bytes().data() + random() % n_words * 8,
                        random() % 2 == 0 ? random() : random() % 4096);
    }
  });
  Record record;
  std::mt19937_64 random(seed() + 1);
  for (int i = 0; i < 200'000; ++i) {
    Cursor at{random() % 100'000 * 8, Seq{random() % 2100}};
    switch (random() % 4) {
      case 0:
        at = reader->cursor_at_tail();
        break;
      case 1:
        at = reader->seek_seq(at.seq).cursor;
        break;
      case 2:
        at = reader->seek_time(wall_from_ns(static_cast<std::int64_t>(at.seq.value))).cursor;
        break;
      default:
        break;
    }
    (void)reader->read_next(at, record);
    (void)reader->state();
  }
  stop = true;
}

}  // namespace ringside::test
