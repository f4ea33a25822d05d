// Lines out of a stream that is cut anywhere.
#include "worker/framer.hpp"

#include <vector>

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

struct Lines {
  Framer framer;
  std::vector<std::string> lines;
  std::size_t n_too_long = 0;

  explicit Lines(std::size_t max = 16) : framer(max) {}
  void feed(std::string_view bytes) {
    framer.feed(
        bytes, [this](std::string_view line) { lines.emplace_back(line); },
        [this] {
          ++n_too_long;
          lines.emplace_back("<too long>");
        });
  }
  void finish() {
    framer.finish([this](std::string_view line) { lines.emplace_back(line); });
  }
};

using Expected = std::vector<std::string>;

RS_TEST(lines_come_out_whole_however_the_stream_is_cut) {
  const std::string text = "one\n\ntwo three\r\nfour\n";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    Lines got;
    for (std::size_t at = 0; at < text.size(); at += step) {
      got.feed(std::string_view(text).substr(at, step));
    }
    RS_EXPECT_EQ(got.lines, (Expected{"one", "", "two three", "four"}));
    RS_EXPECT_EQ(got.framer.n_kept(), 0u);
  }
}

RS_TEST(a_line_of_exactly_the_limit_is_taken_and_one_byte_more_is_not) {
  for (const std::size_t step : {1u, 5u, 100u}) {
    Lines got;
    const std::string text = std::string(16, 'a') + "\n" + std::string(16, 'b') + "\r\n" +
                             std::string(17, 'c') + "\n" + "ok\n";
    for (std::size_t at = 0; at < text.size(); at += step) {
      got.feed(std::string_view(text).substr(at, step));
    }
    RS_EXPECT_EQ(got.lines,
                 (Expected{std::string(16, 'a'), std::string(16, 'b'), "<too long>", "ok"}));
  }
}

RS_TEST(a_line_over_the_limit_is_told_once_and_not_kept) {
  Lines got;
  for (int i = 0; i < 1000; ++i) {
    got.feed("xxxxxxxxxx");
  }
  RS_EXPECT_EQ(got.n_too_long, 1u);
  RS_EXPECT_EQ(got.framer.n_kept(), 0u);
  got.feed("\nnext\n");
  RS_EXPECT_EQ(got.lines, (Expected{"<too long>", "next"}));
}

RS_TEST(what_has_no_end_is_a_line_when_the_stream_ends) {
  Lines got;
  got.feed("one\ntw");
  got.feed("o");
  got.finish();
  got.finish();
  RS_EXPECT_EQ(got.lines, (Expected{"one", "two"}));
}

RS_TEST(the_rest_of_a_line_too_long_is_no_line_at_the_end) {
  Lines got;
  got.feed(std::string(40, 'x'));
  got.finish();
  RS_EXPECT_EQ(got.lines, (Expected{"<too long>"}));
}

RS_TEST(nul_bytes_are_bytes_like_others) {
  Lines got;
  got.feed(std::string_view("a\0b\n", 4));
  RS_EXPECT_EQ(got.lines.at(0), std::string("a\0b", 3));
}

}  // namespace
