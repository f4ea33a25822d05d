#include "core/base/text.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(valid_utf8_is_what_rfc_3629_says) {
  for (const char* good :
       {"", "plain", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"}) {
    RS_EXPECT(is_valid_utf8(good));
  }
  for (const char* bad : {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xF5", "\xC3", "a\xE2\x82"}) {
    RS_EXPECT(!is_valid_utf8(bad));
  }
}

RS_TEST(repair_replaces_each_ill_formed_run_once) {
  RS_EXPECT_EQ(to_valid_utf8("a\xE2\x82z"), "a\xEF\xBF\xBDz");
  RS_EXPECT_EQ(to_valid_utf8("\xFF\xFE"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  RS_EXPECT_EQ(to_valid_utf8("caf\xC3\xA9"), "caf\xC3\xA9");
}

RS_TEST(nothing_that_steers_a_terminal_gets_through) {
  RS_EXPECT_EQ(escape_controls("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  RS_EXPECT_EQ(escape_controls("\x1b[2J\x7f"), "\\x1b[2J\\x7f");
  RS_EXPECT_EQ(escape_controls("\xC2\x9B"), "\\x9b");
  RS_EXPECT_EQ(escape_controls("\xE2\x80\xAE"), "\\u202e");
  RS_EXPECT_EQ(escape_controls("na\xC3\xAFve"), "na\xC3\xAFve");
}

RS_TEST(json_strings_are_escaped) {
  std::string out;
  append_json_string(out, std::string_view("a\"b\\c\n\x01\0", 8));
  RS_EXPECT_EQ(out, "\"a\\\"b\\\\c\\n\\u0001\\u0000\"");
}

RS_TEST(splitting_keeps_empty_pieces_and_trimming_takes_white_space) {
  const auto pieces = split("a,,b", ',');
  RS_EXPECT_EQ(pieces.size(), 3U);
  RS_EXPECT_EQ(pieces[1], "");
  RS_EXPECT_EQ(trim(" \t x y\r\n"), "x y");
  RS_EXPECT_EQ(trim("  "), "");
}

RS_TEST(globs_match_whole_names) {
  RS_EXPECT(glob_matches("host_*", "host_cpu"));
  RS_EXPECT(glob_matches("*", ""));
  RS_EXPECT(glob_matches("a*b*c", "a-b-b-c"));
  RS_EXPECT(glob_matches("h?st", "host"));
  RS_EXPECT(!glob_matches("host_*", "xhost_cpu"));
  RS_EXPECT(!glob_matches("a*b", "abc"));
  RS_EXPECT(!glob_matches("?", ""));
}

RS_TEST(numbers_are_whole_or_refused) {
  std::size_t n = 0;
  RS_EXPECT(parse_u64("18446744073709551615", n));
  RS_EXPECT_EQ(n, 18446744073709551615ULL);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "1.0", "18446744073709551616", "0x1"}) {
    RS_EXPECT(!parse_u64(bad, n));
  }
}

RS_TEST(case_is_ignored_in_ascii_only) {
  RS_EXPECT(equals_ignoring_case("WARN", "warn"));
  RS_EXPECT(!equals_ignoring_case("WARN", "warnx"));
  RS_EXPECT(!equals_ignoring_case("[", "{"));
}

RS_TEST(json_for_a_terminal_has_no_controls) {
  RS_EXPECT_EQ(escape_json_controls("{\"a\":\"x\x7F\xC2\x9B\xE2\x80\xAE\xE2\x81\xA6\xC3\xA4\"}"),
               "{\"a\":\"x\\u007f\\u009b\\u202e\\u2066\xC3\xA4\"}");
}
