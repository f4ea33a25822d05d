#include "core/segments/segment_format.hpp"

#include "tests/support/rs_test.hpp"

namespace ringside::test {
namespace {

SegmentIdentity identity() {
  Lineage lineage(Epoch{0xa});
  lineage.begin(Epoch{0xb}, Seq{41});
  return {lineage, Seq{42}, wall_from_ns(77)};
}

SegmentSummary summary() { return {Seq{100}, kSegmentDataOffset + 4096, 5, 9, 3}; }

}  // namespace

RS_TEST(identity_is_read_as_it_was_written) {
  const SegmentIdentity read = RS_UNWRAP(decode_identity(encode_identity(identity())));
  RS_EXPECT(read.lineage == identity().lineage);
  RS_EXPECT_EQ(read.first.value, 42U);
  RS_EXPECT_EQ(to_ns(read.created), 77);
}

RS_TEST(every_changed_word_of_an_identity_is_refused) {
  for (std::size_t i = 0; i < kIdentityWords; ++i) {
    IdentityWords words = encode_identity(identity());
    words[i] ^= 1;
    const auto read = decode_identity(words);
    RS_EXPECT(!read.has_value());
    RS_EXPECT(!read.error().message.empty());
  }
}

RS_TEST(seal_is_read_as_it_was_written_and_a_part_of_one_is_none) {
  RS_EXPECT(decode_seal(encode_seal(summary())) == summary());
  RS_EXPECT(!decode_seal(SealWords{}).has_value());
  for (std::size_t i = 0; i < kSealWords; ++i) {
    SealWords words = encode_seal(summary());
    words[i] ^= 1;
    RS_EXPECT(!decode_seal(words).has_value());
  }
}

RS_TEST(names_sort_as_sequences_do_and_other_names_are_none) {
  RS_EXPECT_EQ(segment_name(Seq{42}), "00000000000000000042.seg");
  RS_EXPECT_LT(segment_name(Seq{9}), segment_name(Seq{10}));
  RS_EXPECT_EQ(parse_segment_name(segment_name(Seq{1'234'567'890'123}))->value, 1'234'567'890'123U);
  for (const char* const name :
       {"", ".", "clean", "42.seg", "00000000000000000000.seg", "0000000000000000004x.seg",
        "00000000000000000042.seg.bad", "99999999999999999999.seg", "-0000000000000000042.seg"}) {
    RS_EXPECT(!parse_segment_name(name).has_value());
  }
}

}  // namespace ringside::test
