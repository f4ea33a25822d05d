// Numbers keep their digits.
#include "core/base/json_number.hpp"

#include "core/base/json.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

RS_TEST(numbers_come_out_digit_for_digit) {
  for (const char* number :
       {"18446744073709551615", "123456789012345678901234567890", "-9223372036854775809", "1.10",
        "1e5", "-0.0", "1E+2", "0.1", "100", "0", "-7", "-0", "1e-400", "1.7976931348623157e308",
        "0.30000000000000004"}) {
    const std::string text = "{\"a\":[" + std::string(number) + "]}";
    const Json value = RS_UNWRAP(Json::parse(text));
    RS_EXPECT_EQ(value.dump(), text);
    RS_EXPECT(value["a"][0].is_number());
    RS_EXPECT(!value["a"][0].is_string());
  }
}

RS_TEST(what_is_no_number_or_too_large_is_refused) {
  for (const char* text : {"01", "1.", ".5", "1e", "-", "+1", "1e400", "00.5", "1.e5",
                           "012345678901234567890", "1e5.5", "--1", "1-1"}) {
    RS_EXPECT(!Json::parse(text).has_value());
  }
}

RS_TEST(large_numbers_have_a_value) {
  const Json value = RS_UNWRAP(Json::parse("[18446744073709551615, 9223372036854775807, 2.5]"));
  RS_EXPECT(value.ref()[0].kind() == JsonKind::kInteger);
  RS_EXPECT(!value.ref()[0].as_integer());
  RS_EXPECT_EQ(*value.ref()[0].as_number(), 18446744073709551616.0);
  RS_EXPECT_EQ(*value.ref()[1].as_integer(), 9223372036854775807);
  RS_EXPECT_EQ(*value.ref()[2].as_number(), 2.5);
}

RS_TEST(digits_in_strings_are_left_alone) {
  const char* text = R"({"a\"1.5":"1.50 \\","b":1.50})";
  RS_EXPECT_EQ(RS_UNWRAP(Json::parse(text)).dump(), text);
}

}  // namespace
