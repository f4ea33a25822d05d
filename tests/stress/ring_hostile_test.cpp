// Ring files that nobody in his right mind would write: words flipped, lengths absurd, whole pages
// random. A reader may refuse them, call them corrupt or read what is still sound; it never leaves
// the mapping (guard pages are on both sides) and always comes to an end. A writer takes such a
// file over or sets it aside.
#include <filesystem>
#include <fstream>
#include <random>

#include "tests/support/ring_fixture.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int kRounds = 300;
#else
constexpr int kRounds = 3000;
#endif

// A sound ring that has wrapped several times.
std::vector<std::byte> make_image(const std::string& path) {
  auto writer = open_writer(path, system_clock());
  std::string text;
  for (std::uint64_t seq = 1; seq <= 1500; ++seq) {
    make_text(seq, 0, writer->max_record_bytes() - 8, text);
    writer->append(static_cast<std::uint8_t>(seq), "Hostile", text,
                   wall_from_ns(static_cast<std::int64_t>(seq) * 1000));
  }
  const std::span<const std::byte> bytes = writer->bytes();
  return {bytes.begin(), bytes.end()};
}

void flip(std::span<std::byte> image, std::mt19937_64& random) {
  const std::uint64_t interesting[] = {0,
                                       1,
                                       7,
                                       8,
                                       39,
                                       40,
                                       0xffff,
                                       0xffffffff,
                                       1ULL << 32,
                                       1ULL << 62,
                                       1ULL << 63,
                                       1U << 16U,
                                       1U << 13U,
                                       ~std::uint64_t{0},
                                       0x280000000100};
  // A third each: the header, the index, the records.
  const std::size_t begins[] = {0, kRingHeaderBytes, kDataOffset};
  const std::size_t ends[] = {272, kDataOffset, image.size()};
  const std::size_t part = random() % 3;
  std::size_t offset = begins[part] + random() % ((ends[part] - begins[part]) / 8) * 8;
  if (part == 0 && random() % 8 != 0) {
    offset = 64 + random() % 26 * 8;  // leave the geometry alone, or the file is just refused
  }
  std::uint64_t word = 0;
  std::memcpy(&word, image.data() + offset, sizeof word);
  switch (random() % 4) {
    case 0:
      word = interesting[random() % std::size(interesting)];
      break;
    case 1:
      word ^= std::uint64_t{1} << (random() % 64);
      break;
    case 2:
      word += random() % 129 - 64;
      break;
    default:
      word = random();
  }
  std::memcpy(image.data() + offset, &word, sizeof word);
}

}  // namespace

RS_TEST(reader_is_never_led_astray_by_flipped_words) {
  const TempDir dir;
  const std::vector<std::byte> sound = make_image(dir / "ring");
  const GuardedBytes guarded(sound);
  RS_EXPECT_EQ(exercise_hostile_ring(guarded.bytes()), "");
  std::mt19937_64 random(seed());
  for (int round = 0; round < kRounds; ++round) {
    std::memcpy(guarded.bytes().data(), sound.data(), sound.size());
    for (std::uint64_t n = 1 + random() % 20; n > 0; --n) {
      flip(guarded.bytes(), random);
    }
    RS_EXPECT_EQ(exercise_hostile_ring(guarded.bytes()), "");
  }
}

RS_TEST(reader_is_never_led_astray_by_random_bytes_under_a_sound_header) {
  const TempDir dir;
  const std::vector<std::byte> sound = make_image(dir / "ring");
  const GuardedBytes guarded(sound);
  std::mt19937_64 random(seed());
  for (int round = 0; round < kRounds / 30; ++round) {
    std::memcpy(guarded.bytes().data(), sound.data(), sound.size());
    for (std::size_t at = 64; at < sound.size(); at += 8) {
      const std::uint64_t word = random() >> (random() % 64);
      std::memcpy(guarded.bytes().data() + at, &word, sizeof word);
    }
    RS_EXPECT_EQ(exercise_hostile_ring(guarded.bytes()), "");
  }
}

RS_TEST(reader_refuses_a_file_cut_anywhere) {
  const TempDir dir;
  const std::vector<std::byte> sound = make_image(dir / "ring");
  std::mt19937_64 random(seed());
  for (int round = 0; round < 100; ++round) {
    const std::size_t n_bytes = random() % sound.size() / 8 * 8;
    const GuardedBytes guarded({sound.data(), n_bytes});
    RS_EXPECT(!RingReader::over(guarded.bytes()).has_value());
  }
}

RS_TEST(writer_takes_over_a_damaged_file_or_sets_it_aside_and_goes_on) {
  const TempDir dir;
  const std::string path = dir / "ring";
  const std::vector<std::byte> sound = make_image(path);
  std::mt19937_64 random(seed());
  int n_taken_over = 0;
  for (int round = 0; round < kRounds / 10; ++round) {
    std::vector<std::byte> image = sound;
    for (std::uint64_t n = 1 + random() % 3; n > 0; --n) {
      flip(image, random);
    }
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(reinterpret_cast<const char*>(image.data()),
               static_cast<std::streamsize>(image.size()));
    auto writer = open_writer(path, system_clock());
    n_taken_over += writer->recovered() ? 1 : 0;
    const Seq first = writer->next_seq();
    const auto reader = attach_reader(path);
    Cursor at = reader->cursor_after_head();
    for (int i = 0; i < 300; ++i) {
      writer->append(1, "After", std::string(500, 'a'), system_clock().wall_now());
    }
    Record record;
    std::uint64_t n_seen = 0;
    for (ReadResult result = reader->read_next(at, record); result.outcome != ReadOutcome::kEmpty;
         result = reader->read_next(at, record)) {
      RS_EXPECT_NE(result.outcome, ReadOutcome::kCorrupt);
      n_seen += result.outcome == ReadOutcome::kRecord ? 1 : result.missed;
    }
    RS_EXPECT_EQ(n_seen, 300U);
    RS_EXPECT_EQ(at.seq.value, first.value + 300);
    // What was taken over was sound, so everything that the ring holds can be read.
    RS_EXPECT_GT(read_all(*reader, reader->cursor_at_tail()).size(), 100U);
  }
  RS_EXPECT_GT(n_taken_over, 0);             // only the index was damaged: rebuilt
  RS_EXPECT_LT(n_taken_over, kRounds / 10);  // the rest: set aside
}

RS_TEST(writer_survives_damage_to_the_records_it_evicts) {
  const TempDir dir;
  const std::string path = dir / "ring";
  std::mt19937_64 random(seed());
  for (int round = 0; round < kRounds / 10; ++round) {
    std::filesystem::remove(path);
    auto writer = open_writer(path, system_clock());
    const auto reader = attach_reader(path);
    std::uint64_t n_written = 0;
    const auto append = [&](int n) {
      for (int i = 0; i < n; ++i, ++n_written) {
        writer->append(1, "Damaged", std::string(100 + random() % 1000, 'd'),
                       system_clock().wall_now());
      }
    };
    append(100);
    {
      std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
      for (int i = 0; i < 40; ++i) {
        const std::uint64_t word = random() >> (random() % 64);
        file.seekp(static_cast<std::streamoff>(kDataOffset + random() % (kSmallRing / 8) * 8));
        file.write(reinterpret_cast<const char*>(&word), sizeof word);
      }
    }
    append(1000);
    Cursor at;
    Record record;
    std::uint64_t n_counted = 0;
    for (ReadResult result = reader->read_next(at, record); result.outcome != ReadOutcome::kEmpty;
         result = reader->read_next(at, record)) {
      n_counted += result.outcome == ReadOutcome::kRecord ? 1 : result.missed;
    }
    RS_EXPECT_EQ(n_counted, n_written);
  }
}

}  // namespace ringside::test
