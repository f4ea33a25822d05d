// Which digits in a text are a card's number.
#include "core/redact/secret_scan_cards.hpp"

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

bool is_card(std::string_view text, std::size_t at = 0) { return match_card(text, at).is_card; }

RS_TEST(numbers_that_issuers_give_for_tests_are_cards) {
  for (const char* number :
       {"4111111111111111", "4222222222222", "5555555555554444", "2223003122003222",
        "378282246310005", "6011111111111117", "3530111333300000", "30569309025904",
        "4111 1111 1111 1111", "4111-1111-1111-1111", "3782 822463 10005"}) {
    RS_EXPECT(is_card(number));
    RS_EXPECT_EQ(match_card(number, 0).end, std::string_view(number).size());
  }
}

RS_TEST(a_wrong_check_digit_or_another_range_is_no_card) {
  RS_EXPECT(!is_card("4111111111111112"));
  RS_EXPECT(!is_card("1111111111111117"));
  RS_EXPECT(!is_card("9999999999999995"));
  RS_EXPECT(!is_card("41111111"));
}

RS_TEST(times_since_1970_are_no_cards) {
  for (const char* number : {"1758880800123", "1758880800123456", "1758880800123456789"}) {
    RS_EXPECT(!is_card(number));
  }
}

RS_TEST(digits_within_words_and_numbers_are_no_cards) {
  RS_EXPECT(!is_card("a4111111111111111", 1));
  RS_EXPECT(!is_card("0.4111111111111111", 2));
  RS_EXPECT(!is_card("4111111111111111-aa"));
  RS_EXPECT(!is_card("41111111111111111111111"));
  RS_EXPECT(is_card("4111111111111111."));
}

RS_TEST(numbers_beside_a_card_do_not_hide_it) {
  const std::string_view before = "12 4111111111111111";
  RS_EXPECT_EQ(match_card(before, 0).end,
               2u);  // the first group alone; the next is asked for by itself
  RS_EXPECT(is_card(before, 3));
  const CardMatch match = match_card("4111111111111111 42", 0);
  RS_EXPECT(match.is_card);
  RS_EXPECT_EQ(match.end, 16u);
}

}  // namespace
