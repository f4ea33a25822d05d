#pragma once
// A record as it is in the data area: a header of five words, the name, the text, zero bytes up to a multiple of 8.
//   Source: docs/ring-format.md, "Records".

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/ring/layout.hpp"

namespace ringside {

inline constexpr std::size_t kRecordHeaderBytes = 40;

enum class RecordKind : std::uint8_t { kRecord = 1, kPadding = 2 };

struct RecordHeader {
  std::uint32_t total_bytes = 0;  // header, name, text and filling; a multiple of 8
  RecordKind kind = RecordKind::kRecord;
  std::uint8_t type_code = 0;
  std::uint64_t seq = 0;
  std::int64_t received_ns = 0;
  std::uint32_t text_bytes = 0;
  std::uint32_t name_bytes = 0;
  std::uint64_t checksum = 0;
};

using HeaderWords = std::array<std::uint64_t, kRecordHeaderBytes / 8>;

[[nodiscard]] RecordHeader decode_header(const HeaderWords& words) noexcept;
[[nodiscard]] HeaderWords encode_header(const RecordHeader& header) noexcept;
// The first word of a padding record that fills `total_bytes`; it has no other.
[[nodiscard]] std::uint64_t encode_padding(std::uint32_t total_bytes) noexcept;
[[nodiscard]] std::uint64_t record_checksum(const RecordHeader& header,
                                            const std::byte* payload) noexcept;

[[nodiscard]] constexpr std::uint64_t round_up_to_word(std::uint64_t n_bytes) noexcept {
  return (n_bytes + 7) & ~std::uint64_t{7};
}
// Header, name and text together: an eighth of the data area at most, so that a ring always has
// several records.
[[nodiscard]] constexpr std::uint64_t max_total_bytes(std::uint64_t capacity) noexcept {
  return capacity / 8 < kMaxRecordBytes ? capacity / 8 : kMaxRecordBytes;
}

// The data area, read without trust: every length is checked against the area before it is used.
//   Threads: any; the bytes may change under it, and what it returns may then be torn: check the tail afterwards.
class DataArea {
 public:
  DataArea(const std::byte* data, std::uint64_t capacity) noexcept
      : data_(data), capacity_(capacity) {}

  struct Located {
    RecordHeader header;
    std::uint64_t position = 0;  // of the header, after a padding record where one was in the way
    [[nodiscard]] std::uint64_t end() const noexcept { return position + header.total_bytes; }
    [[nodiscard]] std::size_t payload_bytes() const noexcept {
      return std::size_t{header.name_bytes} + header.text_bytes;
    }
  };

  // The header of record `seq`, which should be at `position` or after a padding record there.
  // Nothing when what is there cannot be that record.  Cost: six loads.
  [[nodiscard]] std::optional<Located> locate(std::uint64_t position,
                                              std::uint64_t seq) const noexcept;

  // Copies name, text and filling: round_up_to_word(payload_bytes()) bytes.
  void copy_payload(const Located& record, std::byte* out) const noexcept;

 private:
  const std::byte* data_;
  std::uint64_t capacity_;
};

}  // namespace ringside
