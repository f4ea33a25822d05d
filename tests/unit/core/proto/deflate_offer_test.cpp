#include "core/proto/deflate_offer.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

std::string accepted(std::string_view header) {
  const auto agreement = accept_deflate(header);
  return agreement ? agreement->text() : "none";
}

}  // namespace

RS_TEST(the_first_offer_that_can_be_kept_is_taken) {
  RS_EXPECT_EQ(accepted("permessage-deflate"), "permessage-deflate");
  RS_EXPECT_EQ(accepted("permessage-deflate; client_max_window_bits, permessage-deflate; "
                        "client_no_context_takeover"),
               "permessage-deflate");
  RS_EXPECT_EQ(accepted("foo; client_no_context_takeover, permessage-deflate"),
               "permessage-deflate");
  RS_EXPECT_EQ(
      accepted("permessage-deflate; client_max_window_bits, foo; client_no_context_takeover"),
      "permessage-deflate");
  RS_EXPECT_EQ(accepted("permessage-deflate; server_max_window_bits=10, permessage-deflate"),
               "permessage-deflate");
  RS_EXPECT_EQ(accepted("permessage-deflate; server_max_window_bits=10; client_no_context_takeover,"
                        "permessage-deflate; server_no_context_takeover"),
               "permessage-deflate; server_no_context_takeover");
  RS_EXPECT_EQ(accepted("x-foo; server_max_window_bits=9, permessage-deflate"),
               "permessage-deflate");
  RS_EXPECT_EQ(accepted("permessage-deflate, permessage-deflate"), "permessage-deflate");
  RS_EXPECT_EQ(
      accepted(
          " ,, permessage-deflate ;client_no_context_takeover;\tserver_no_context_takeover , "),
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
}

RS_TEST(windows_of_the_client_are_8_to_15) {
  for (const std::string_view good : {"", "=8", "=9", "=10", "=15", "=\"12\""}) {
    RS_EXPECT_EQ(accepted("permessage-deflate; client_max_window_bits" + std::string(good)),
                 "permessage-deflate");
  }
  for (const std::string_view bad :
       {"=7", "=16", "=abc", "=010", "=08", "=+9", "=1", "=", "=\"\"", "=\"9", "=8.0"}) {
    RS_EXPECT_EQ(accepted("permessage-deflate; client_max_window_bits" + std::string(bad)), "none");
  }
}

RS_TEST(an_offer_with_a_wrong_parameter_is_passed_over) {
  for (const std::string_view bad :
       {"; foo", "; client_no_context_takeover=1",
        "; client_no_context_takeover; client_no_context_takeover",
        "; server_no_context_takeover; server_no_context_takeover",
        "; client_max_window_bits; client_max_window_bits=10", "; server_max_window_bits",
        "; server_max_window_bits=15", "; Client_No_Context_Takeover"}) {
    const std::string offer = "permessage-deflate" + std::string(bad);
    RS_EXPECT_EQ(accepted(offer), "none");
    RS_EXPECT_EQ(accepted(offer + ", permessage-deflate; client_no_context_takeover"),
                 "permessage-deflate; client_no_context_takeover");
  }
}

RS_TEST(a_header_that_is_not_one_gives_no_compression) {
  for (const std::string_view bad :
       {"", " ", ",", ";", "permessage-deflate;", "permessage-deflate; =1", "permessage-deflate x",
        "\"permessage-deflate\"", "permessage-deflate; a=\"b", "permessage-deflat",
        "permessage-deflatex"}) {
    RS_EXPECT_EQ(accepted(bad), "none");
  }
}
