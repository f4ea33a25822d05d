// The id that is put at the end of an event.
#include "worker/event_id_text.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(the_next_id_is_the_last_one_and_one_more) {
  EventIdText text(Epoch{0x5f3a9c1e});
  RS_EXPECT_EQ(text.of(Seq{1}), R"(,"id":"5f3a9c1e:1"})");
  for (std::uint64_t seq = 2; seq < 12'000; ++seq) {
    RS_EXPECT_EQ(text.of(Seq{seq}), fmt::format(R"(,"id":"5f3a9c1e:{}"}})", seq));
  }
}

RS_TEST(an_id_that_is_not_the_next_is_written_anew) {
  EventIdText text(Epoch{1});
  RS_EXPECT_EQ(text.of(Seq{999}), R"(,"id":"00000001:999"})");
  RS_EXPECT_EQ(text.of(Seq{5}), R"(,"id":"00000001:5"})");
  RS_EXPECT_EQ(text.of(Seq{5}), R"(,"id":"00000001:5"})");
  RS_EXPECT_EQ(text.of(Seq{18'446'744'073'709'551'615U}),
               R"(,"id":"00000001:18446744073709551615"})");
}
