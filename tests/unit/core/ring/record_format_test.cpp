#include "core/ring/record_format.hpp"

#include <vector>

#include "core/shm/word_copy.hpp"
#include "tests/support/ring_fixture.hpp"
#include "tests/support/rs_test.hpp"

namespace ringside::test {
namespace {

// A data area in which the test places records by hand.
class Area {
 public:
  Area() : words_(kSmallRing / 8), data_(bytes(), kSmallRing) {}

  [[nodiscard]] std::byte* bytes() { return reinterpret_cast<std::byte*>(words_.data()); }
  [[nodiscard]] std::uint64_t& word(std::uint64_t offset) { return words_[offset / 8]; }
  [[nodiscard]] const DataArea& data() const { return data_; }

  RecordHeader put(std::uint64_t offset, std::uint64_t seq, std::string_view name,
                   std::string_view text) {
    RecordHeader header;
    header.seq = seq;
    header.type_code = 9;
    header.received_ns = -5;
    header.name_bytes = static_cast<std::uint32_t>(name.size());
    header.text_bytes = static_cast<std::uint32_t>(text.size());
    header.total_bytes = static_cast<std::uint32_t>(
        round_up_to_word(kRecordHeaderBytes + name.size() + text.size()));
    const std::string payload = std::string(name) + std::string(text);
    header.checksum = record_checksum(header, reinterpret_cast<const std::byte*>(payload.data()));
    const HeaderWords words = encode_header(header);
    copy_to_shared(bytes() + offset, reinterpret_cast<const std::byte*>(words.data()),
                   sizeof words);
    std::memcpy(bytes() + offset + kRecordHeaderBytes, payload.data(), payload.size());
    return header;
  }

 private:
  std::vector<std::uint64_t> words_;
  DataArea data_;
};

}  // namespace

RS_TEST(record_is_found_where_it_was_put_with_all_its_fields) {
  Area area;
  const RecordHeader put = area.put(800, 17, "Name", "some text");
  const auto found = area.data().locate(kSmallRing * 3 + 800, 17);
  RS_EXPECT(found.has_value());
  RS_EXPECT_EQ(found->header.seq, 17U);
  RS_EXPECT_EQ(found->header.type_code, 9);
  RS_EXPECT_EQ(found->header.received_ns, -5);
  RS_EXPECT_EQ(found->header.name_bytes, 4U);
  RS_EXPECT_EQ(found->header.text_bytes, 9U);
  RS_EXPECT_EQ(found->header.total_bytes, 56U);
  RS_EXPECT_EQ(found->header.checksum, put.checksum);
  RS_EXPECT_EQ(found->position, kSmallRing * 3 + 800);
  RS_EXPECT_EQ(found->end(), kSmallRing * 3 + 856);
  std::string payload(round_up_to_word(found->payload_bytes()), '?');
  area.data().copy_payload(*found, reinterpret_cast<std::byte*>(payload.data()));
  RS_EXPECT_EQ(payload.substr(0, 13), "Namesome text");
}

RS_TEST(record_behind_padding_is_found_at_the_beginning) {
  Area area;
  const std::uint64_t at = kSmallRing - 64;
  area.word(at) = encode_padding(64);
  area.put(0, 5, "N", "t");
  const auto found = area.data().locate(at, 5);
  RS_EXPECT(found.has_value());
  RS_EXPECT_EQ(found->position, kSmallRing);
}

RS_TEST(another_records_sequence_is_not_accepted) {
  Area area;
  area.put(0, 5, "N", "t");
  RS_EXPECT(area.data().locate(0, 5).has_value());
  RS_EXPECT(!area.data().locate(0, 4).has_value());
  RS_EXPECT(!area.data().locate(0, 6).has_value());
  RS_EXPECT(!area.data().locate(8, 5).has_value());
}

RS_TEST(lengths_that_cannot_be_are_refused) {
  Area area;
  area.put(0, 1, "N", "text");
  const std::uint64_t good = area.word(0);
  for (const std::uint64_t total :
       {std::uint64_t{0}, std::uint64_t{8}, std::uint64_t{39}, std::uint64_t{40}, std::uint64_t{44},
        std::uint64_t{56}, kSmallRing / 8 + 8, kSmallRing, std::uint64_t{0xffffffff}}) {
    area.word(0) = (good & ~std::uint64_t{0xffffffff}) | total;
    RS_EXPECT(!area.data().locate(0, 1).has_value());
  }
  area.word(0) = good;
  RS_EXPECT(area.data().locate(0, 1).has_value());
  for (const std::uint64_t lengths : {~std::uint64_t{0}, std::uint64_t{100},
                                      std::uint64_t{100} << 32U, std::uint64_t{0x80000000}}) {
    area.word(24) = lengths;
    RS_EXPECT(!area.data().locate(0, 1).has_value());
  }
}

RS_TEST(record_that_would_cross_the_end_is_refused) {
  Area area;
  area.put(0, 1, "N", std::string(200, 't'));
  const std::uint64_t at = kSmallRing - 64;
  std::memcpy(area.bytes() + at, area.bytes(), 40);
  RS_EXPECT(!area.data().locate(at, 1).has_value());
}

RS_TEST(padding_that_does_not_end_at_the_end_or_is_doubled_is_refused) {
  Area area;
  area.put(0, 5, "N", "t");
  const std::uint64_t at = kSmallRing - 64;
  for (const std::uint32_t total : {0U, 8U, 56U, 72U, 0xffffffffU}) {
    area.word(at) = encode_padding(total);
    RS_EXPECT(!area.data().locate(at, 5).has_value());
  }
  area.word(at) = encode_padding(64);
  area.word(0) = encode_padding(static_cast<std::uint32_t>(kSmallRing));
  RS_EXPECT(!area.data().locate(at, 5).has_value());
  area.word(0) = encode_padding(64);
  RS_EXPECT(!area.data().locate(at, 5).has_value());
}

RS_TEST(positions_that_cannot_be_are_refused) {
  Area area;
  area.put(0, 1, "N", "t");
  RS_EXPECT(!area.data().locate(1, 1).has_value());
  RS_EXPECT(!area.data().locate(kMaxPlausible, 1).has_value());
  RS_EXPECT(!area.data().locate(~std::uint64_t{7}, 1).has_value());
}

RS_TEST(checksum_covers_every_field_and_every_byte) {
  RecordHeader header;
  header.total_bytes = 48;
  header.seq = 3;
  header.text_bytes = 8;
  alignas(8) std::array<std::byte, 8> payload{};
  const std::uint64_t good = record_checksum(header, payload.data());
  RecordHeader other = header;
  other.seq = 4;
  RS_EXPECT_NE(record_checksum(other, payload.data()), good);
  other = header;
  other.received_ns = 1;
  RS_EXPECT_NE(record_checksum(other, payload.data()), good);
  other = header;
  other.type_code = 1;
  RS_EXPECT_NE(record_checksum(other, payload.data()), good);
  other = header;
  other.text_bytes = 7;
  other.name_bytes = 1;
  RS_EXPECT_NE(record_checksum(other, payload.data()), good);
  other = header;
  other.checksum = 99;  // the field that it goes into is not part of it
  RS_EXPECT_EQ(record_checksum(other, payload.data()), good);
  payload[7] = std::byte{1};
  RS_EXPECT_NE(record_checksum(header, payload.data()), good);
}

}  // namespace ringside::test
