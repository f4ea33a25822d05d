// A machine that stops in the middle of a write, by every cut and by random damage: what is left is a prefix of what was
// written, whole; nothing that was synced before the damage is lost; and what is written afterwards follows it.
#include <algorithm>
#include <filesystem>
#include <random>

#include "tests/support/segments_fixture.hpp"

namespace ringside::test {
namespace {

namespace fs = std::filesystem;

// Opens what is left, goes on writing, and reads everything back. Returns the last record that was left. Where the next
// segment had been begun, what it has is there, too, and what was lost before it is a hole.
std::uint64_t continue_and_read(Segments& segments, std::uint64_t synced) {
  segments.open();
  const std::uint64_t left = segments.store->next().value - 1;
  RS_EXPECT(!segments.store->was_stopped());
  if (!segments.store->empty()) {
    Lineage lineage = segments.store->lineage();
    lineage.begin(new_epoch(lineage), Seq{left});
    segments.store->continue_with(lineage, Seq{left + 1});
  }
  segments.fill(left + 5);
  const auto reader = RS_UNWRAP(SegmentReader::open(segments.path()));
  const std::vector<std::uint64_t> seqs = read_segments(*reader);
  RS_EXPECT_GE(seqs.size(), synced + 5);
  RS_EXPECT(std::equal(seqs.begin(), seqs.begin() + static_cast<std::ptrdiff_t>(synced),
                       range(1, synced).begin()));
  RS_EXPECT(std::equal(seqs.end() - 5, seqs.end(), range(left + 1, left + 5).begin()));
  if (segments.firsts().size() == 1) {
    RS_EXPECT(seqs == range(1, left + 5));
  }
  return left;
}

}  // namespace

RS_TEST(every_cut_leaves_the_longest_prefix) {
  Segments segments(1U << 20U);
  std::vector<std::uint64_t> ends;  // of each record
  segments.store->continue_with(Lineage(Epoch{0xa}), Seq{1});
  for (std::uint64_t seq = 1; seq <= 6; ++seq) {
    segments.store->add(static_cast<std::uint8_t>(seq % 5), "Name", text_of(seq, 90), time_of(seq));
    RS_EXPECT_OK(segments.store->flush());
    ends.push_back(kSegmentDataOffset + segments.store->n_bytes());
  }
  segments.store.reset();
  const std::string content = read_file(segments.file(1));
  for (std::size_t cut = 0; cut <= content.size(); cut += cut < kSegmentDataOffset - 8 ? 4099 : 1) {
    for (const fs::directory_entry& entry : fs::directory_iterator(segments.path())) {
      fs::remove(entry.path());
    }
    segments.dir.write("history/" + segment_name(Seq{1}), content.substr(0, cut));
    segments.open();
    std::uint64_t whole = 0;
    while (whole < ends.size() && ends[whole] <= cut) {
      ++whole;
    }
    RS_EXPECT_EQ(segments.store->next().value, whole + 1);
    segments.store.reset();
  }
}

RS_TEST(random_damage_to_what_was_not_synced_leaves_a_prefix) {
  std::mt19937_64 dice(seed());
  for (int round = 0; round < 150; ++round) {
    Segments segments((16U << 10U) << dice() % 3);
    segments.fill(1 + dice() % 250, static_cast<unsigned>(1 + dice() % 20));
    segments.sync();
    const std::uint64_t synced = segments.store->next().value - 1;
    const std::string file = segments.file(segments.firsts().back());
    const std::uint64_t synced_bytes = fs::file_size(file);
    segments.fill(synced + dice() % 100, static_cast<unsigned>(1 + dice() % 20));
    const std::uint64_t written = segments.store->next().value - 1;
    segments.store.reset();
    const std::uint64_t n_bytes = fs::file_size(file);
    switch (dice() % 3) {
      case 0:
        fs::resize_file(file, synced_bytes + dice() % (n_bytes - synced_bytes + 1));
        break;
      case 1:  // the file has grown, and its bytes did not come
        fs::resize_file(file, synced_bytes + dice() % (n_bytes - synced_bytes + 1));
        fs::resize_file(file, n_bytes + dice() % 5000);
        break;
      default:
        for (std::uint64_t n = dice() % 6; n > 0 && n_bytes > synced_bytes; --n) {
          flip_byte(file, synced_bytes + dice() % (n_bytes - synced_bytes),
                    1U << static_cast<unsigned>(dice() % 8));
        }
    }
    const std::uint64_t left = continue_and_read(segments, synced);
    RS_EXPECT_GE(left, synced);
    RS_EXPECT_LE(left, written);
  }
}

RS_TEST(random_damage_anywhere_never_yields_a_record_that_was_not_written) {
  std::mt19937_64 dice(seed());
  for (int round = 0; round < 100; ++round) {
    Segments segments(16U << 10U);
    segments.fill(1 + dice() % 400, static_cast<unsigned>(1 + dice() % 20));
    if (dice() % 2 == 0) {
      segments.sync();
    }
    const auto firsts = segments.firsts();
    segments.store.reset();
    for (std::uint64_t n = 1 + dice() % 8; n > 0; --n) {
      const std::string file = segments.file(firsts[dice() % firsts.size()]);
      flip_byte(file, dice() % fs::file_size(file), 1U << static_cast<unsigned>(dice() % 8));
    }
    // Readers, before and after a writer has looked at it: each record is as it was written, in order.
    (void)read_segments(*RS_UNWRAP(SegmentReader::open(segments.path())));
    segments.open();
    (void)read_segments(*RS_UNWRAP(SegmentReader::open(segments.path())));
  }
}

}  // namespace ringside::test
