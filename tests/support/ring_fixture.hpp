#pragma once
// What ring tests share: a ring in a directory of its own, records whose whole content follows from
// their sequence, and a driver that does to a ring everything that a reader can do. Header only:
// tests and the fuzz target link the ring, the support library does not.

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/ring/layout.hpp"
#include "core/ring/reader.hpp"
#include "core/ring/record_format.hpp"
#include "core/ring/writer.hpp"
#include "tests/support/rs_test.hpp"

namespace ringside::test {

inline constexpr std::size_t kSmallRing = 64U << 10U;

inline std::unique_ptr<RingWriter> open_writer(const std::string& path, const Clock& clock,
                                               std::size_t capacity = kSmallRing) {
  RingOptions options;
  options.path = path;
  options.capacity_bytes = capacity;
  return RS_UNWRAP(RingWriter::open(options, clock));
}

inline std::unique_ptr<RingReader> attach_reader(const std::string& path) {
  return RS_UNWRAP(RingReader::attach(path));
}

// A scrambled number (splitmix64): the same for the same input, in every process.
inline std::uint64_t scramble(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111eb;
  return x ^ (x >> 31U);
}

// The text that record `seq` has in tests: length and every byte follow from the number, so a torn
// one shows. Mostly short, now and then near `max_bytes`. `salt` tells apart what different writers
// write under one number.
inline void make_text(std::uint64_t seq, std::uint64_t salt, std::size_t max_bytes,
                      std::string& out) {
  const std::uint64_t dice = scramble(seq ^ (salt << 32U));
  const std::size_t limit = dice % 64 == 0 ? max_bytes : 400;
  out.resize((dice >> 8U) % limit);
  std::uint64_t word = dice;
  for (std::size_t i = 0; i < out.size(); i += sizeof word) {
    word = word * 0x5851f42d4c957f2d + 1;
    std::memcpy(out.data() + i, &word, std::min(sizeof word, out.size() - i));
  }
}

// Reads one record that must be there.
inline Record read_record(const RingReader& reader, Cursor& at) {
  Record record;
  const ReadResult result = reader.read_next(at, record);
  RS_EXPECT_EQ(result.outcome, ReadOutcome::kRecord);
  return record;
}

// Reads to the end and returns the sequences; lapping or damage fails the test.
inline std::vector<std::uint64_t> read_all(const RingReader& reader, Cursor at) {
  std::vector<std::uint64_t> seqs;
  Record record;
  for (;;) {
    const ReadResult result = reader.read_next(at, record);
    if (result.outcome == ReadOutcome::kEmpty) {
      return seqs;
    }
    RS_EXPECT_EQ(result.outcome, ReadOutcome::kRecord);
    seqs.push_back(record.seq.value);
  }
}

// Bytes between two pages that cannot be touched: reading outside of them ends the process.
class GuardedBytes {
 public:
  explicit GuardedBytes(std::span<const std::byte> content) : size_(content.size()) {
    const std::size_t rounded = (size_ + kPage - 1) / kPage * kPage;
    total_ = rounded + 2 * kPage;
    void* const address = ::mmap(nullptr, total_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address == MAP_FAILED || ::mprotect(static_cast<std::byte*>(address) + kPage, rounded,
                                            PROT_READ | PROT_WRITE) != 0) {
      throw std::runtime_error("mmap");
    }
    base_ = static_cast<std::byte*>(address);
    std::memcpy(base_ + kPage, content.data(), size_);
  }
  ~GuardedBytes() { ::munmap(base_, total_); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;

  [[nodiscard]] std::span<std::byte> bytes() const { return {base_ + kPage, size_}; }

 private:
  static constexpr std::size_t kPage = 4096;
  std::size_t size_;
  std::size_t total_ = 0;
  std::byte* base_ = nullptr;
};

// Everything a reader can do, on bytes that may be anything. Returns what is wrong with the
// answers, or nothing: records that the ring cannot hold, or reading that does not come to an end
// although nobody writes. Also the fuzz target's body.
inline std::string exercise_hostile_ring(std::span<const std::byte> file) {
  const auto attached = RingReader::over(file);
  if (!attached) {
    return attached.error().message.empty() ? "refused without a reason" : "";
  }
  const RingReader& reader = **attached;
  const RingState state = reader.state();
  const std::uint64_t max_reads = state.capacity_bytes / kRecordHeaderBytes + 8;
  const auto read_from = [&](Cursor at) -> std::string {
    Record record;
    for (std::uint64_t n = 0;; ++n) {
      if (n > max_reads) {
        return "reading goes on for ever";
      }
      const ReadResult result = reader.read_next(at, record);
      if (result.outcome == ReadOutcome::kEmpty) {
        return "";
      }
      if (result.outcome == ReadOutcome::kRecord &&
          record.buffer.size() > max_total_bytes(state.capacity_bytes)) {
        return "a record larger than the ring can hold";
      }
      if (result.outcome == ReadOutcome::kRecord && record.name_bytes > record.buffer.size()) {
        return "a name longer than its record";
      }
    }
  };
  for (const Cursor& from : {Cursor{}, reader.cursor_at_tail(), reader.cursor_after_head(),
                             Cursor{~std::uint64_t{0}, Seq{1}},
                             Cursor{state.tail_position + 8, state.tail}, Cursor{3, state.head}}) {
    if (std::string wrong = read_from(from); !wrong.empty()) {
      return wrong;
    }
  }
  for (const std::uint64_t seq :
       {std::uint64_t{0}, std::uint64_t{1}, state.tail.value, state.head.value,
        state.tail.value / 2 + state.head.value / 2, ~std::uint64_t{0}}) {
    if (std::string wrong = read_from(reader.seek_seq(Seq{seq}).cursor); !wrong.empty()) {
      return wrong;
    }
  }
  for (const std::int64_t ns :
       {INT64_MIN, std::int64_t{0}, to_ns(state.created), to_ns(state.heartbeat), INT64_MAX}) {
    if (std::string wrong = read_from(reader.seek_time(wall_from_ns(ns)).cursor); !wrong.empty()) {
      return wrong;
    }
  }
  return "";
}

}  // namespace ringside::test
