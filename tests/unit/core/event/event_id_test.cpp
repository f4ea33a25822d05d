#include "core/event/event_id.hpp"

#include "tests/support/rs_test.hpp"

namespace ringside::test {

RS_TEST(event_id_is_epoch_in_eight_hex_digits_colon_decimal_sequence) {
  RS_EXPECT_EQ(format_event_id({Epoch{0x5f3a9c1e}, Seq{184467}}), "5f3a9c1e:184467");
  RS_EXPECT_EQ(format_event_id({Epoch{0x1}, Seq{0}}), "00000001:0");
  RS_EXPECT_EQ(format_epoch(Epoch{0xabc}), "00000abc");
}

RS_TEST(event_id_reads_back) {
  for (const EventId id : {EventId{Epoch{1}, Seq{0}}, EventId{Epoch{0xffffffff}, Seq{UINT64_MAX}},
                           EventId{Epoch{7}, Seq{10}}}) {
    RS_EXPECT(parse_event_id(format_event_id(id)) == id);
  }
}

RS_TEST(anything_else_is_no_event_id) {
  for (const char* text :
       {"", ":", "5f3a9c1e", "5f3a9c1e:", "5f3a9c1e:-1", "5f3a9c1e:+1", "5f3a9c1e: 1",
        "5f3a9c1e:1 ", "5f3a9c1e:01", "5F3A9C1E:1", "0x5f3a9c:1", "5f3a9c1:1", "5f3a9c1e1:1",
        "5f3a9c1e:18446744073709551616", "5f3a9c1e:1e3", "-f3a9c1e:1", "2025-09-26T10:00:00Z"}) {
    RS_EXPECT(!parse_event_id(text).has_value());
  }
}

RS_TEST(sequences_follow_each_other) {
  RS_EXPECT_EQ(Seq{4}.next().value, 5U);
  RS_EXPECT(Seq{4} < Seq{5});
}

}  // namespace ringside::test
