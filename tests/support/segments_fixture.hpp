#pragma once
// What tests of segments share: a directory of its own, records whose whole content follows from their sequence.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "core/segments/segment_list.hpp"
#include "core/segments/segment_reader.hpp"
#include "core/segments/segment_store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/ring_fixture.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {

// Received one second apart.
inline WallTime time_of(std::uint64_t seq) {
  return wall_from_ns(ManualClock::kStartWallNs + static_cast<std::int64_t>(seq) * 1'000'000'000);
}

inline std::string text_of(std::uint64_t seq, std::size_t max_bytes = 3000) {
  std::string text;
  make_text(seq, 0, max_bytes, text);
  return text;
}

struct Segments {
  explicit Segments(std::uint64_t segment_bytes = 32U << 10U) : segment_bytes_(segment_bytes) {
    open();
  }

  void open() {
    store.reset();
    store = RS_UNWRAP(
        SegmentStore::open({.dir = dir / "history", .segment_bytes = segment_bytes_}, clock));
  }
  // Adds records up to `last`, as a worker that writes a few at a time.
  void fill(std::uint64_t last, unsigned per_flush = 7) {
    if (store->next().value == 1 && store->empty()) {
      store->continue_with(Lineage(Epoch{0xa}), Seq{1});
    }
    while (store->next().value <= last) {
      const std::uint64_t seq = store->next().value;
      store->add(static_cast<std::uint8_t>(seq % 5), "Name", text_of(seq), time_of(seq));
      if (seq % per_flush == 0 || seq == last) {
        RS_EXPECT_OK(store->flush());
      }
    }
  }
  void sync() {
    if (const auto sync = store->take_sync()) {
      const Status result = sync->run();
      RS_EXPECT_OK(result);
      store->on_synced(*sync, result);
    }
  }
  [[nodiscard]] std::string path() const { return dir / "history"; }
  [[nodiscard]] std::string file(std::uint64_t first) const {
    return path() + '/' + segment_name(Seq{first});
  }
  [[nodiscard]] std::vector<std::uint64_t> firsts() const {
    std::vector<std::uint64_t> out;
    for (const Seq first : RS_UNWRAP(list_segments(path()))) {
      out.push_back(first.value);
    }
    return out;
  }

  const TempDir dir;
  ManualClock clock;
  std::uint64_t segment_bytes_;
  std::unique_ptr<SegmentStore> store;
};

inline void expect_record(const Record& record, std::uint64_t seq) {
  RS_EXPECT_EQ(record.seq.value, seq);
  RS_EXPECT_EQ(record.type_code, seq % 5);
  RS_EXPECT_EQ(record.name(), "Name");
  RS_EXPECT(record.text() == text_of(seq));
  RS_EXPECT(record.received == time_of(seq));
}

// Reads everything from `from` on; what is there must be as it was written. Returns the sequences.
inline std::vector<std::uint64_t> read_segments(SegmentReader& reader, std::uint64_t from = 1) {
  std::vector<std::uint64_t> seqs;
  SegmentCursor at{Seq{from}, {}, 0};
  Record record;
  for (;;) {
    const std::uint64_t before = at.seq.value;
    const SegmentOutcome outcome = reader.read_next(at, record);
    if (outcome == SegmentOutcome::kEnd) {
      RS_EXPECT_EQ(at.seq.value, before);
      return seqs;
    }
    RS_EXPECT_GT(at.seq.value, before);
    if (outcome == SegmentOutcome::kRecord) {
      expect_record(record, before);
      seqs.push_back(before);
    }
  }
}

inline std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> seqs;
  for (std::uint64_t seq = first; seq <= last; ++seq) {
    seqs.push_back(seq);
  }
  return seqs;
}

inline void flip_byte(const std::string& path, std::uint64_t position, unsigned mask = 0x41) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(position));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(position));
  file.put(static_cast<char>(static_cast<unsigned>(byte) ^ mask));
}

}  // namespace ringside::test
