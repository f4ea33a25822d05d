// The header is five words rather than a struct of smaller fields, because each word is one atomic
// access. Lengths are in the first and the fourth word; nothing is believed until they agree with
// each other and with the area.
//
// The checksum covers the header's words and, through a hash of their own, name and text. Two
// hashes rather than one over header and payload together: the payload may lie anywhere, and a
// 40-byte hash costs two nanoseconds.
#include "core/ring/record_format.hpp"

#include "core/shm/hash.hpp"
#include "core/shm/word_copy.hpp"

namespace ringside {
namespace {

[[nodiscard]] std::uint64_t first_word(std::uint32_t total_bytes, RecordKind kind,
                                       std::uint8_t type_code) noexcept {
  return total_bytes | std::uint64_t{static_cast<std::uint8_t>(kind)} << 32U |
         std::uint64_t{type_code} << 40U;
}

}  // namespace

RecordHeader decode_header(const HeaderWords& words) noexcept {
  RecordHeader header;
  header.total_bytes = static_cast<std::uint32_t>(words[0]);
  header.kind = static_cast<RecordKind>(words[0] >> 32U & 0xffU);
  header.type_code = static_cast<std::uint8_t>(words[0] >> 40U);
  header.seq = words[1];
  header.received_ns = static_cast<std::int64_t>(words[2]);
  header.text_bytes = static_cast<std::uint32_t>(words[3]);
  header.name_bytes = static_cast<std::uint32_t>(words[3] >> 32U);
  header.checksum = words[4];
  return header;
}

HeaderWords encode_header(const RecordHeader& header) noexcept {
  return {first_word(header.total_bytes, header.kind, header.type_code), header.seq,
          static_cast<std::uint64_t>(header.received_ns),
          header.text_bytes | std::uint64_t{header.name_bytes} << 32U, header.checksum};
}

std::uint64_t encode_padding(std::uint32_t total_bytes) noexcept {
  return first_word(total_bytes, RecordKind::kPadding, 0);
}

std::uint64_t record_checksum(const RecordHeader& header, const std::byte* payload) noexcept {
  HeaderWords words = encode_header(header);
  words.back() = hash64(payload, std::size_t{header.name_bytes} + header.text_bytes);
  return hash64(words.data(), sizeof words);
}

std::optional<DataArea::Located> DataArea::locate(std::uint64_t position,
                                                  std::uint64_t seq) const noexcept {
  if (position % 8 != 0 || position >= kMaxPlausible) {
    return std::nullopt;
  }
  std::uint64_t offset = position & (capacity_ - 1);
  HeaderWords words{};
  words[0] = load_shared_word(data_ + offset);
  if (decode_header(words).kind == RecordKind::kPadding) {
    // Padding always reaches to the end of the area, and what follows it is at offset 0.
    const std::uint64_t room = capacity_ - offset;
    if (words[0] != encode_padding(static_cast<std::uint32_t>(room)) ||
        room > max_total_bytes(capacity_)) {
      return std::nullopt;
    }
    position += room;
    offset = 0;
    words[0] = load_shared_word(data_);
  }
  const RecordHeader first = decode_header(words);
  if (first.kind != RecordKind::kRecord || first.total_bytes < kRecordHeaderBytes ||
      first.total_bytes % 8 != 0 || first.total_bytes > max_total_bytes(capacity_) ||
      first.total_bytes > capacity_ - offset) {
    return std::nullopt;
  }
  for (std::size_t i = 1; i < words.size(); ++i) {
    words[i] = load_shared_word(data_ + offset + i * 8);
  }
  const Located found{decode_header(words), position};
  if (found.header.seq != seq ||
      round_up_to_word(kRecordHeaderBytes + std::uint64_t{found.header.name_bytes} +
                       found.header.text_bytes) != found.header.total_bytes) {
    return std::nullopt;
  }
  return found;
}

void DataArea::copy_payload(const Located& record, std::byte* out) const noexcept {
  copy_from_shared(out, data_ + (record.position & (capacity_ - 1)) + kRecordHeaderBytes,
                   record.header.total_bytes - kRecordHeaderBytes);
}

}  // namespace ringside
