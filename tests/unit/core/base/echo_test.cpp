// Input in messages: bounded, and without control characters.
#include "core/base/echo.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(short_text_is_repeated_and_long_text_is_cut_with_dots) {
  RS_EXPECT_EQ(echo("status"), "status");
  RS_EXPECT_EQ(echo(std::string(kMaxEchoBytes, 'x')), std::string(kMaxEchoBytes, 'x'));
  RS_EXPECT_EQ(echo(std::string(kMaxEchoBytes + 1, 'x')), std::string(kMaxEchoBytes, 'x') + "...");
}

RS_TEST(control_characters_are_escaped) {
  RS_EXPECT(echo("a\x1b[31m\nb").find('\x1b') == std::string::npos);
  RS_EXPECT(echo("a\x1b[31m\nb").find('\n') == std::string::npos);
}
