// core/ring/seek.cpp: RingReader::seek_seq and seek_time.
#include <fcntl.h>

#include "core/base/unique_fd.hpp"
#include "core/ring/mark.hpp"
#include "core/ring/time_index.hpp"
#include "core/shm/mapping.hpp"
#include "tests/support/ring_fixture.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

constexpr std::size_t kLargeRing = 1U << 20U;  // a stride of 512 bytes: the index is sparse

// Record number n is received at n microseconds.
struct Ring {
  explicit Ring(int n_records) {
    for (int i = 1; i <= n_records; ++i) {
      writer->append(1, "Name", std::string(static_cast<std::size_t>(i % 300), 't'), time_of(i));
    }
  }
  static WallTime time_of(std::int64_t n) { return wall_from_ns(n * 1000); }
  [[nodiscard]] std::uint64_t tail() const { return reader->state().tail.value; }

  TempDir dir;
  std::unique_ptr<RingWriter> writer = open_writer(dir / "ring", system_clock(), kLargeRing);
  std::unique_ptr<RingReader> reader = attach_reader(dir / "ring");
};

}  // namespace

RS_TEST(every_sequence_that_is_held_is_found) {
  const Ring ring(20'000);
  RS_EXPECT_GT(ring.tail(), 10'000U);
  for (std::uint64_t seq = ring.tail(); seq <= 20'000; seq += 7) {
    RingReader::Seek sought = ring.reader->seek_seq(Seq{seq});
    RS_EXPECT_EQ(sought.missed, 0U);
    RS_EXPECT_EQ(read_record(*ring.reader, sought.cursor).seq.value, seq);
  }
}

RS_TEST(sequence_that_is_gone_gives_the_tail_and_the_exact_loss) {
  const Ring ring(20'000);
  for (const std::uint64_t seq : {std::uint64_t{1}, std::uint64_t{5000}, ring.tail() - 1}) {
    const RingReader::Seek sought = ring.reader->seek_seq(Seq{seq});
    RS_EXPECT_EQ(sought.cursor.seq.value, ring.tail());
    RS_EXPECT_EQ(sought.missed, ring.tail() - seq);
  }
}

RS_TEST(sequence_zero_means_the_first) {
  const Ring ring(10);
  RingReader::Seek sought = ring.reader->seek_seq(Seq{0});
  RS_EXPECT_EQ(sought.missed, 0U);
  RS_EXPECT_EQ(sought.cursor.seq.value, 1U);
}

RS_TEST(sequence_beyond_the_head_gives_the_place_after_it) {
  const Ring ring(10);
  for (const std::uint64_t seq : {std::uint64_t{11}, std::uint64_t{12}, ~std::uint64_t{0}}) {
    const RingReader::Seek sought = ring.reader->seek_seq(Seq{seq});
    RS_EXPECT_EQ(sought.cursor.seq.value, 11U);
    RS_EXPECT_EQ(sought.missed, 0U);
  }
}

RS_TEST(time_gives_the_first_record_at_or_after_it) {
  const Ring ring(20'000);
  for (std::uint64_t seq = ring.tail() + 1; seq <= 20'000; seq += 7) {
    const auto n = static_cast<std::int64_t>(seq);
    RS_EXPECT_EQ(ring.reader->seek_time(Ring::time_of(n)).cursor.seq.value, seq);
    RS_EXPECT_EQ(
        ring.reader->seek_time(Ring::time_of(n) - std::chrono::nanoseconds(1)).cursor.seq.value,
        seq);
    RS_EXPECT_EQ(ring.reader->seek_time(Ring::time_of(n)).missed, 0U);
  }
}

RS_TEST(first_of_several_records_with_one_time_is_found) {
  Ring ring(0);
  for (int i = 1; i <= 3000; ++i) {
    ring.writer->append(1, "Name", "text", Ring::time_of(i / 1000));
  }
  RS_EXPECT_EQ(ring.reader->seek_time(Ring::time_of(1)).cursor.seq.value, 1000U);
  RS_EXPECT_EQ(ring.reader->seek_time(Ring::time_of(2)).cursor.seq.value, 2000U);
  RS_EXPECT_EQ(ring.reader->seek_time(Ring::time_of(3)).cursor.seq.value, 3000U);
}

RS_TEST(time_before_all_that_is_held_tells_what_may_be_missing) {
  const Ring whole(10);
  RS_EXPECT_EQ(whole.reader->seek_time(Ring::time_of(0)).cursor.seq.value, 1U);
  RS_EXPECT_EQ(whole.reader->seek_time(Ring::time_of(0)).missed, 0U);
  const Ring lapped(20'000);
  RS_EXPECT_EQ(lapped.reader->seek_time(Ring::time_of(0)).cursor.seq.value, lapped.tail());
  RS_EXPECT_EQ(lapped.reader->seek_time(Ring::time_of(0)).missed, lapped.tail() - 1);
}

RS_TEST(time_after_all_gives_the_place_after_the_head) {
  const Ring ring(10);
  RS_EXPECT_EQ(ring.reader->seek_time(Ring::time_of(11)).cursor.seq.value, 11U);
  RS_EXPECT_EQ(ring.reader->seek_time(wall_from_ns(INT64_MAX)).missed, 0U);
}

RS_TEST(empty_ring_gives_its_beginning) {
  const Ring ring(0);
  RS_EXPECT_EQ(ring.reader->seek_seq(Seq{5}).cursor.seq.value, 1U);
  RS_EXPECT_EQ(ring.reader->seek_time(Ring::time_of(5)).cursor.seq.value, 1U);
  RS_EXPECT_EQ(ring.reader->seek_time(Ring::time_of(5)).missed, 0U);
}

RS_TEST(index_that_lies_costs_time_but_not_truth) {
  const Ring ring(20'000);
  const UniqueFd fd(::open((ring.dir / "ring").c_str(), O_RDWR));
  const Mapping file =
      RS_UNWRAP(Mapping::make(fd.get(), ring_file_bytes(kLargeRing), Access::kReadWrite));
  for (std::size_t i = 0; i < kIndexEntries; ++i) {
    IndexEntry& entry = ring_index(file.data())[i];
    entry.position.store(entry.position.load() + 8);
  }
  for (std::uint64_t seq = ring.tail() + 1; seq <= 20'000; seq += 997) {
    RS_EXPECT_EQ(ring.reader->seek_seq(Seq{seq}).cursor.seq.value, seq);
    RS_EXPECT_EQ(
        ring.reader->seek_time(Ring::time_of(static_cast<std::int64_t>(seq))).cursor.seq.value,
        seq);
  }
}

// Records whose times of receipt are chosen.
struct RingOfTimes {
  WallTime start = wall_from_ns(1'800'000'000'000'000'000);
  TempDir dir;
  std::unique_ptr<RingWriter> writer = open_writer(dir / "ring", system_clock(), kLargeRing);
  std::uint64_t n = 0;  // the sequence of the last one

  void append(WallTime at) {
    ++n;
    writer->append(1, "Name", std::string(50, 't'), at);
  }
};

RS_TEST(a_clock_that_was_ahead_does_not_spoil_what_came_after) {
  using namespace std::chrono_literals;
  for (const int n_before : {0, 1, 500, 3000}) {
    RingOfTimes ring;
    const WallTime start = ring.start;
    for (int i = 0; i < n_before; ++i) {
      ring.append(start + i * 1s);
    }
    ring.append(start + 87600h);  // ten years ahead
    for (int i = 0; i < 700; ++i) {
      ring.append(start + n_before * 1s + i * 1s);
    }
    const std::uint64_t first = ring.n + 1;
    for (int i = 0; i < 3; ++i) {
      ring.append(start + n_before * 1s + 705s + i * 1s);
    }
    const auto reader = attach_reader(ring.dir / "ring");
    const RingReader::Seek sought = reader->seek_time(start + n_before * 1s + 704s);
    RS_EXPECT_EQ(sought.cursor.seq.value, first);
    RS_EXPECT_EQ(reader->seek_time(start + 200'000h).cursor.seq.value, ring.n + 1);
  }
}

// So long that the index has many entries of the future, and none yet of the time after it.
RS_TEST(many_records_of_a_clock_that_was_ahead_are_not_new) {
  using namespace std::chrono_literals;
  for (const auto& [n_before, n_ahead] :
       std::initializer_list<std::pair<int, int>>{{0, 2000}, {1, 3000}, {3000, 3000}}) {
    RingOfTimes ring;
    const WallTime start = ring.start;
    for (int i = 0; i < n_before; ++i) {
      ring.append(start - 1h + i * 1s);
    }
    for (int i = 0; i < n_ahead; ++i) {
      ring.append(start + 87600h + i * 1s);  // ten years
    }
    ring.append(start + 10s);
    ring.append(start + 20s);
    const auto reader = attach_reader(ring.dir / "ring");
    RS_EXPECT_EQ(reader->seek_time(start + 15s).cursor.seq.value, ring.n);
    RS_EXPECT_EQ(reader->seek_time(start + 25s).cursor.seq.value, ring.n + 1);
  }
}

}  // namespace ringside::test
