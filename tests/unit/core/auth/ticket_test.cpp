#include "core/auth/ticket.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

constexpr TicketKey kKey{1, 2};

}  // namespace

RS_TEST(what_was_sealed_is_opened_with_the_same_key) {
  for (const std::string& token : {std::string(), std::string("a.b.c"), std::string(8192, 'x')}) {
    const std::string text = seal_ticket(kKey, {7, 0x1234567890, token});
    const auto content = open_ticket(kKey, text);
    RS_EXPECT(content.has_value());
    RS_EXPECT_EQ(content->place, 7U);
    RS_EXPECT_EQ(content->word, 0x1234567890U);
    RS_EXPECT_EQ(content->token, token);
    RS_EXPECT(!open_ticket({1, 3}, text));
  }
  RS_EXPECT_NE(seal_ticket(kKey, {7, 8, "t"}), seal_ticket(kKey, {7, 8, "t"}));
}

RS_TEST(whatever_was_changed_is_refused) {
  const std::string text = seal_ticket(kKey, {7, 8, "a token"});
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = other[i] == 'A' ? 'Q' : 'A';
    if (other != text) {
      RS_EXPECT(!open_ticket(kKey, other) || open_ticket(kKey, other)->token == "a token");
    }
  }
  for (std::size_t n = 0; n < text.size(); ++n) {
    RS_EXPECT(!open_ticket(kKey, text.substr(0, n)));
  }
  RS_EXPECT(!open_ticket(kKey, "not base64!"));
  RS_EXPECT(!open_ticket(kKey, std::string(100'000, 'A')));
}

RS_TEST(a_ticket_may_be_16_kib_long_and_not_longer) {
  const auto sealed = [](std::size_t n) { return seal_ticket(kKey, {7, 8, std::string(n, 'x')}); };
  const std::size_t n = 16'384 / 4 * 3 - 12 - 12 - 16;
  RS_EXPECT_EQ(sealed(n).size(), 16'384U);
  RS_EXPECT(open_ticket(kKey, sealed(n)).has_value());
  RS_EXPECT(!open_ticket(kKey, sealed(n + 1)));
}
