// Values as people write them, and what they are told when they write something else.
#include "core/config/option.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

OptionSpec spec_of(OptionType type, std::int64_t min = 0, std::int64_t max = INT64_MAX) {
  OptionSpec spec;
  spec.name = "some.option";
  spec.type = type;
  spec.min = min;
  spec.max = max;
  return spec;
}

std::int64_t number(OptionType type, std::string_view text) {
  return RS_UNWRAP(parse_option(spec_of(type), text)).number;
}

bool refuses(OptionType type, std::string_view text) {
  return !parse_option(spec_of(type), text).has_value();
}

}  // namespace

RS_TEST(sizes_have_units) {
  RS_EXPECT_EQ(number(OptionType::kBytes, "512"), 512);
  RS_EXPECT_EQ(number(OptionType::kBytes, "512B"), 512);
  RS_EXPECT_EQ(number(OptionType::kBytes, "64KiB"), 65'536);
  RS_EXPECT_EQ(number(OptionType::kBytes, " 64 MiB "), 67'108'864);
  RS_EXPECT_EQ(number(OptionType::kBytes, "1.5GiB"), 1'610'612'736);
  for (const char* text : {"", "MiB", "64MB", "64mib", "-1", "1.3B", "64MiB!", "0x10", "nan", "inf",
                           "1e30", "9999999999GiB"}) {
    RS_EXPECT(refuses(OptionType::kBytes, text));
  }
}

RS_TEST(times_have_units) {
  RS_EXPECT_EQ(number(OptionType::kDuration, "250ms"), 250);
  RS_EXPECT_EQ(number(OptionType::kDuration, "10s"), 10'000);
  RS_EXPECT_EQ(number(OptionType::kDuration, "1.5s"), 1500);
  RS_EXPECT_EQ(number(OptionType::kDuration, "5min"), 300'000);
  RS_EXPECT_EQ(number(OptionType::kDuration, "12h"), 43'200'000);
  RS_EXPECT_EQ(number(OptionType::kDuration, "7d"), 604'800'000);
  for (const char* text : {"", "s", "10m", "10 sec", "-5s", "1.2345ms"}) {
    RS_EXPECT(refuses(OptionType::kDuration, text));
  }
}

RS_TEST(whole_numbers_and_booleans_are_nothing_else) {
  RS_EXPECT_EQ(number(OptionType::kInteger, "42"), 42);
  for (const char* text : {"", "-1", "+1", "4.2", "0x2a", "42 apples", "99999999999999999999"}) {
    RS_EXPECT(refuses(OptionType::kInteger, text));
  }
  RS_EXPECT_EQ(number(OptionType::kBool, "true"), 1);
  RS_EXPECT_EQ(number(OptionType::kBool, "false"), 0);
  for (const char* text : {"", "yes", "1", "True", "on"}) {
    RS_EXPECT(refuses(OptionType::kBool, text));
  }
}

RS_TEST(lists_are_split_at_commas_and_lose_what_is_empty) {
  const auto list = RS_UNWRAP(parse_option(spec_of(OptionType::kStringList), " a, b c ,,d,")).list;
  RS_EXPECT(list == std::vector<std::string>({"a", "b c", "d"}));
  RS_EXPECT(RS_UNWRAP(parse_option(spec_of(OptionType::kStringList), "")).list.empty());
}

RS_TEST(text_is_trimmed_and_holds_no_nul) {
  RS_EXPECT_EQ(RS_UNWRAP(parse_option(spec_of(OptionType::kPath), " /run/x ")).text, "/run/x");
  RS_EXPECT(!parse_option(spec_of(OptionType::kString), std::string_view("a\0b", 3)));
}

RS_TEST(a_value_out_of_range_is_told_the_range_in_its_unit) {
  const OptionSpec spec = spec_of(OptionType::kBytes, 64 << 10, std::int64_t{64} << 30U);
  RS_EXPECT_OK(parse_option(spec, "64KiB"));
  RS_EXPECT_OK(parse_option(spec, "64GiB"));
  const auto low = parse_option(spec, "12");
  RS_EXPECT(!low);
  RS_EXPECT_EQ(low.error().name, "some.option");
  RS_EXPECT_EQ(low.error().message, "must be 64KiB to 64GiB, is \"12\"");
  const auto late = parse_option(spec_of(OptionType::kDuration, 100, 86'400'000), "2d");
  RS_EXPECT_EQ(late.error().message, "must be 100ms to 1d, is \"2d\"");
}

RS_TEST(an_error_quotes_no_control_characters) {
  const auto refused = parse_option(spec_of(OptionType::kInteger), "\x1b[31m7");
  RS_EXPECT(!refused);
  RS_EXPECT_NOT_CONTAINS(refused.error().message, "\x1b");
}

RS_TEST(what_is_formatted_reads_back) {
  RS_EXPECT_EQ(format_bytes(64 << 20), "64MiB");
  RS_EXPECT_EQ(format_bytes(1000), "1000B");
  RS_EXPECT_EQ(format_bytes(0), "0");
  RS_EXPECT_EQ(format_duration_ms(10'000), "10s");
  RS_EXPECT_EQ(format_duration_ms(1500), "1500ms");
  RS_EXPECT_EQ(format_duration_ms(86'400'000), "1d");
  for (const std::int64_t value : {0, 1, 1023, 1024, 1536, 1 << 20, 60'000, 90'000, 3'600'000}) {
    RS_EXPECT_EQ(number(OptionType::kBytes, format_bytes(value)), value);
    RS_EXPECT_EQ(number(OptionType::kDuration, format_duration_ms(value)), value);
  }
}
