// The vectors of RFC 4648 section 10 without their padding, and every way to write what is not
// base64url: a token accepted in two spellings would be two tokens to whoever compares them.
#include "core/auth/base64url.hpp"

#include <string>

#include "tests/support/rs_test.hpp"
#include "tests/unit/core/auth/key_fixture.hpp"

using namespace ringside;

RS_TEST(test_vectors_of_the_rfc_are_decoded) {
  RS_EXPECT_EQ(decode_base64url("").value(), "");
  RS_EXPECT_EQ(decode_base64url("Zg").value(), "f");
  RS_EXPECT_EQ(decode_base64url("Zm8").value(), "fo");
  RS_EXPECT_EQ(decode_base64url("Zm9v").value(), "foo");
  RS_EXPECT_EQ(decode_base64url("Zm9vYg").value(), "foob");
  RS_EXPECT_EQ(decode_base64url("Zm9vYmE").value(), "fooba");
  RS_EXPECT_EQ(decode_base64url("Zm9vYmFy").value(), "foobar");
}

RS_TEST(every_byte_comes_back) {
  std::string bytes;
  for (int c = 0; c < 256; ++c) {
    bytes += static_cast<char>(c);
    RS_EXPECT(decode_base64url(test::to_base64url(bytes)) == bytes);
  }
}

RS_TEST(the_url_alphabet_is_read_and_the_other_is_not) {
  RS_EXPECT_EQ(decode_base64url("-_-_").value(), "\xfb\xff\xbf");
  RS_EXPECT(!decode_base64url("+/+/"));
}

RS_TEST(padding_white_space_and_impossible_lengths_are_refused) {
  for (const char* text : {"Zg==", "Zm8=", "Zm9v\n", " Zm9v", "Zm 9v", "Z", "Zm9vY", "Zm9v!"}) {
    RS_EXPECT(!decode_base64url(text));
  }
  RS_EXPECT(!decode_base64url(std::string("Zm\0v", 4)));
}
