// Which texts are stored passwords. tests/redact/forms.jsonl has one of each format; here are the boundaries.
#include "core/redact/password_hashes.hpp"

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

constexpr std::string_view kBody = "0123456789abcdefghijAB";  // as short as a hash can be

std::string_view found_in(std::string_view text,
                          ShapeMatch (*match)(std::string_view, std::size_t) noexcept, char sign) {
  const ShapeMatch found = match(text, text.find(sign));
  return text.substr(found.begin, found.end - found.begin);
}

RS_TEST(a_crypt_hash_is_found_from_its_scheme_to_its_end) {
  const std::string hash = "$6$" + std::string(kBody);
  for (const char* around : {"", " ", ".", ",", ":19000:0:99999:7:::"}) {
    RS_EXPECT_EQ(found_in(hash + around, match_crypt_hash, '$'), hash);
  }
  RS_EXPECT_EQ(found_in("bob:" + hash, match_crypt_hash, '$'), hash);
  const std::string named = "pbkdf2_sha256$600000$" + std::string(kBody);
  RS_EXPECT_EQ(found_in("x " + named + " y", match_crypt_hash, '$'), named);
}

RS_TEST(a_short_text_with_dollars_is_no_hash) {
  for (const char* text :
       {"$6$", "$HOME$PATH", "$5.00", "$6$0123456789abcdefghijA", "$6$abcdefghijabcdefghijABC",
        "a$6$0123456789abcdefghijABC", "$x$ and 0123456789abcdefghijABC"}) {
    RS_EXPECT_EQ(found_in(text, match_crypt_hash, '$'), "");
  }
}

RS_TEST(of_an_ldap_hash_the_scheme_stays) {
  RS_EXPECT_EQ(found_in("x: {SSHA}c2FsdA== y", match_ldap_hash, '{'), "c2FsdA==");
  RS_EXPECT_EQ(found_in("{bcrypt}abcd", match_ldap_hash, '{'), "abcd");
  for (const char* text :
       {"{SSHA} x", "{name}abcdef", "{}abcdef", "{SSHA", "{SSHA}abc", "{MD5}{x}"}) {
    RS_EXPECT_EQ(found_in(text, match_ldap_hash, '{'), "");
  }
}

RS_TEST(a_hash_of_mysql_has_forty_digits) {
  const std::string digits = "0123456789ABCDEF0123456789ABCDEF01234567";
  RS_EXPECT_EQ(found_in("*" + digits, match_mysql_hash, '*'), "*" + digits);
  RS_EXPECT_EQ(found_in("*" + digits + "8", match_mysql_hash, '*'), "");
  RS_EXPECT_EQ(found_in("*" + digits.substr(1), match_mysql_hash, '*'), "");
}

RS_TEST(a_number_between_a_name_and_hexadecimal_digits_says_that_they_are_a_password) {
  RS_EXPECT_EQ(found_in("password 7 0822455D0A16", match_numbered_secret, '7'), "0822455D0A16");
  RS_EXPECT_EQ(found_in("tacacs key 7 094F471A1A0A", match_numbered_secret, '7'), "094F471A1A0A");
  for (const char* text :
       {"password 7 times", "step 7 0822455D0A16", "password 7 0822", "7 0822455D0A16",
        "password 7 0822455D0A1", "password 7 0822455D0A16x"}) {
    RS_EXPECT_EQ(found_in(text, match_numbered_secret, '7'), "");
  }
}

}  // namespace
