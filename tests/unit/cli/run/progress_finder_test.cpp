#include "cli/run/progress_finder.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;
using cli::ProgressFinder;

RS_TEST(percentages_and_fractions_are_found_and_the_last_one_counts) {
  const ProgressFinder finder;
  RS_EXPECT_EQ(finder.find("42%").value(), 42);
  RS_EXPECT_EQ(finder.find("[ 12.5 %] building").value(), 12.5);
  RS_EXPECT_EQ(finder.find(" 10%  20%  30.5%").value(), 30.5);
  RS_EXPECT_EQ(finder.find("3/8").value(), 37.5);
  RS_EXPECT_EQ(finder.find("[3/8] Installing CNI").value(), 37.5);
  RS_EXPECT_EQ(finder.find("step (1/2): 3/4.").value(), 75);
  RS_EXPECT_EQ(finder.find("1/4 2/4 3/4 4/4").value(), 100);
  RS_EXPECT_EQ(finder.find("[ 10/120] Building").value(), 100.0 * 10 / 120);
  RS_EXPECT_EQ(finder.find("100%").value(), 100);
  RS_EXPECT_EQ(finder.find("0%").value(), 0);
}

RS_TEST(what_only_looks_like_progress_is_not_found) {
  const ProgressFinder finder;
  for (const char* text :
       {"", "no", "101%", "1234%", "-5%", "v1.2.3%", "11/26/2026", "/3/8", "a/3/8/b", "9/8", "0/0",
        "http://x/3/8", "3/8x", "1e3/2", "%", "50 percent", "and/or", "3/"}) {
    RS_EXPECT_EQ(finder.find(text), std::nullopt);
  }
}

RS_TEST(an_expression_of_ones_own_decides_alone) {
  const auto percent = RS_UNWRAP(ProgressFinder::of("done: (\\d+)"));
  RS_EXPECT_EQ(percent.find("done: 7, 50%").value(), 7);
  RS_EXPECT_EQ(percent.find("50%"), std::nullopt);
  const auto parts = RS_UNWRAP(ProgressFinder::of("(\\d+) of (\\d+)"));
  RS_EXPECT_EQ(parts.find("1 of 4, 2 of 4").value(), 50);
  RS_EXPECT_EQ(parts.find("5 of 4"), std::nullopt);
  const auto either = RS_UNWRAP(ProgressFinder::of("(?:(\\d+)%|x)"));
  RS_EXPECT_EQ(either.find("x"), std::nullopt);
  RS_EXPECT_EQ(either.find("").has_value(), false);
}

RS_TEST(an_expression_that_cannot_be_used_says_why) {
  const auto broken = ProgressFinder::of("(");
  RS_EXPECT(!broken);
  RS_EXPECT_CONTAINS(broken.error().message, "--progress: missing )");
  const auto empty = ProgressFinder::of("\\d+%");
  RS_EXPECT(!empty);
  RS_EXPECT_CONTAINS(empty.error().message, "group");
}

RS_TEST(only_the_end_of_a_long_line_is_looked_at) {
  const ProgressFinder finder;
  RS_EXPECT_EQ(finder.find("42%" + std::string(ProgressFinder::kLongestText, ' ')), std::nullopt);
  RS_EXPECT_EQ(finder.find(std::string(1 << 20, '%') + " 42%").value(), 42);
}
