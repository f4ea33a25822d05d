// Escapes in JSON text, and repairs.
#include "core/base/json_escape.hpp"

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

std::string unescaped(std::string_view raw) {
  std::string out;
  unescape_json(raw, out);
  return out;
}

RS_TEST(escapes_are_resolved) {
  RS_EXPECT_EQ(unescaped(R"(a\"b\\c\/d\n\t\u0041\u00e4\u20ac)"),
               "a\"b\\c/d\n\tA\xC3\xA4\xE2\x82\xAC");
  RS_EXPECT_EQ(unescaped(R"(\ud83d\ude00)"), "\xF0\x9F\x98\x80");
  RS_EXPECT_EQ(unescaped(R"(\ud83dx\ude00)"), "\xEF\xBF\xBDx\xEF\xBF\xBD");
}

RS_TEST(printable_ascii_is_resolved_in_text_that_is_not_json) {
  RS_EXPECT_EQ(without_ascii_escapes(R"("pass\u0077ord":"\u00e4\u0022)"),
               R"("password":"\u00e4\u0022)");
  RS_EXPECT_EQ(without_ascii_escapes(R"(\"pass\\u0077ord\":)"),
               R"(\"password\":)");  // escaped twice
}

RS_TEST(a_byte_order_mark_and_unpaired_surrogates_are_repaired) {
  RS_EXPECT(repaired_json("\xEF\xBB\xBF{}") == "{}");
  RS_EXPECT(repaired_json(R"({"a":"\ud83d b","c":"\ude00"})") ==
            R"({"a":"\ufffd b","c":"\ufffd"})");
  RS_EXPECT(!repaired_json(R"({"a":"\ud83d\ude00","b":"\\ud83d"})"));
  RS_EXPECT(!repaired_json("{}"));
}

}  // namespace
