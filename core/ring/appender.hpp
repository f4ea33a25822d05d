#pragma once
// RingAppender: puts records into a mapped ring file. The writer of a ring has one; another fills a ring that has no name
// yet with the history that it begins with.
//
// Threads: the thread that maps the file for writing.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "core/base/time.hpp"
#include "core/ring/layout.hpp"
#include "core/ring/mark.hpp"
#include "core/ring/time_index.hpp"
#include "core/ring/types.hpp"

namespace ringside {

class RingAppender {
 public:
  // Continues after the head of the ring in `file`, whose header is complete, and which stays mapped. `last_received_ns`:
  // of its newest record, 0 without one.
  RingAppender(std::byte* file, std::uint64_t capacity_bytes, std::int64_t last_received_ns);

  // The sequence that the next append will get.
  [[nodiscard]] Seq next_seq() const noexcept { return Seq{head_.seq + 1}; }
  [[nodiscard]] std::int64_t last_received_ns() const noexcept { return last_received_ns_; }
  // The largest name + text, in bytes, that append() takes.
  [[nodiscard]] std::size_t max_record_bytes() const noexcept;

  // See RingWriter::append(). The text is `text` followed by `rest`.
  Seq append(std::uint8_t type_code, std::string_view name, std::string_view text,
             std::string_view rest, WallTime received) noexcept;

  // The bytes of the last record that was appended, as they are in the ring: header, then name, text and filling. Valid
  // until the next append.
  struct LastRecord {
    std::array<std::uint64_t, 5> header{};
    std::span<const std::byte> payload;
  };
  [[nodiscard]] const LastRecord& last_record() const noexcept { return last_; }

 private:
  void make_room(std::uint64_t end) noexcept;
  void write_padding(std::uint64_t n_bytes) const noexcept;

  RingHeader& header_;
  std::byte* data_;
  std::uint64_t capacity_;
  MarkValue head_;
  MarkValue tail_;
  std::int64_t last_received_ns_;
  IndexWriter index_;
  std::unique_ptr<std::byte[]> payload_;
  LastRecord last_;
};

}  // namespace ringside
