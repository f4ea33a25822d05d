// Which words are secrets where only a name and blanks are before them.
#include "core/redact/bare_secret.hpp"

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

RS_TEST(a_password_has_letters_and_digits) {
  for (const char* word : {"hunter2", "Zq9x77", "abc123=", "a1b2c3d4"}) {
    RS_EXPECT(is_bare_secret("password", word));
    RS_EXPECT(is_placed_secret(word));
  }
  for (const char* word : {"hunter", "123456", "a1b2c", "policy", ""}) {
    RS_EXPECT(!is_bare_secret("password", word));
  }
}

RS_TEST(a_token_changes_between_letters_and_digits_three_times) {
  RS_EXPECT(is_bare_secret("token", "a1b2c3d4"));
  RS_EXPECT(is_bare_secret("api_key", "hunter2Zq9x"));
  RS_EXPECT(!is_bare_secret("token", "OAuth2Client"));
  RS_EXPECT(!is_bare_secret("token", "bucket12"));
  RS_EXPECT(!is_bare_secret("token", "a1b2c3"));
  RS_EXPECT(is_bare_secret("client secret", "bucket12"));
}

RS_TEST(the_verb_pass_needs_what_a_token_needs) {
  RS_EXPECT(!is_bare_secret("pass", "mutex2"));
  RS_EXPECT(is_bare_secret("pass", "hunter2Zq9x"));
  RS_EXPECT(is_bare_secret("auth_pass", "hunter2"));
}

RS_TEST(terms_quantities_dates_versions_and_names_are_no_secrets) {
  for (const char* word :
       {"sha256", "Base64", "AES256", "30days", "1500ms", "2026-11-27T10", "27.11.2026a", "v1beta1",
        "V2", "my-app-v2", "web01.example.org", "user_12", "default/token-a1", "bob@host1",
        "${X1Y2Z3}", "%1$s2x3", "/etc/x1y2"}) {
    RS_EXPECT(!is_placed_secret(word) || (std::fprintf(stderr, "%s\n", word), false));
  }
}

RS_TEST(a_code_has_four_to_ten_digits_in_one_or_two_groups) {
  const auto length = [](std::string_view text) { return code_end(text, 0); };
  RS_EXPECT_EQ(length("4711"), 4U);
  RS_EXPECT_EQ(length("4711. Bye"), 4U);
  RS_EXPECT_EQ(length("1234567890 "), 10U);
  RS_EXPECT_EQ(length("123-456"), 7U);
  RS_EXPECT_EQ(length("123 456,"), 7U);
  RS_EXPECT_EQ(length("1234-5678"), 9U);
  for (const char* text : {"123", "12345678901", "123-45", "123-4567", "4711a", "4711-1", "4711.5",
                           "4711/2", "47:11", "4711:1", "4711%", "x4711", ""}) {
    RS_EXPECT_EQ(length(text), 0U);
  }
}

RS_TEST(names_of_codes_end_in_what_people_call_them) {
  for (const char* name : {"OTP", "verification code", "user_pin", "sim_puk", "passcode", "totp"}) {
    RS_EXPECT(is_name_of_code(name));
  }
  for (const char* name : {"password", "coder", "token", ""}) {
    RS_EXPECT(!is_name_of_code(name));
  }
}

}  // namespace
