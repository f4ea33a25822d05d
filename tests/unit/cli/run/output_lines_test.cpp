#include "cli/run/output_lines.hpp"

#include <vector>

#include "tests/support/rs_test.hpp"

using namespace ringside;
using cli::OutputLines;

namespace {

struct Lines {
  OutputLines lines;
  std::vector<std::string> seen;
  std::size_t n_cut = 0;

  std::size_t feed(std::string_view bytes, std::size_t most = SIZE_MAX) {
    return lines.feed(bytes, most, [this](std::string_view line, std::size_t cut) {
      seen.emplace_back(line);
      n_cut += cut;
    });
  }
  void finish() {
    lines.finish([this](std::string_view line, std::size_t cut) {
      seen.emplace_back(line);
      n_cut += cut;
    });
  }
};

using Texts = std::vector<std::string>;

}  // namespace

RS_TEST(lines_are_found_however_they_are_cut) {
  const std::string text = "one\n\ntwo\r\nthree";
  for (std::size_t at = 0; at <= text.size(); ++at) {
    Lines l;
    l.feed(text.substr(0, at));
    l.feed(text.substr(at));
    l.finish();
    RS_EXPECT_EQ(l.seen, (Texts{"one", "", "two", "three"}));
  }
}

RS_TEST(a_line_that_was_overwritten_is_what_was_shown_last) {
  Lines l;
  l.feed("10%\r20%\r30%\nab\r\r\n\rcd\n");
  RS_EXPECT_EQ(l.seen, (Texts{"30%", "ab", "cd"}));
  l.feed("1 %\r2 %");
  RS_EXPECT_EQ(l.lines.shown(), "2 %");
  l.feed("\r");
  RS_EXPECT_EQ(l.lines.shown(), "2 %");
  l.feed("3 %\r4 %\r");
  RS_EXPECT_EQ(l.lines.shown(), "4 %");
  for (int i = 0; i < 100'000; ++i) {  // without an end, and without growing
    l.feed("\rworking");
  }
  RS_EXPECT_EQ(l.lines.shown(), "working");
  l.finish();
  RS_EXPECT_EQ(l.seen.back(), "working");
  RS_EXPECT_EQ(l.n_cut, 0u);
}

RS_TEST(a_line_that_is_too_long_is_cut_and_says_by_how_much) {
  Lines l;
  l.feed(std::string(OutputLines::kLongestLine + 10, 'x') + "\nnext\n");
  for (int i = 0; i < 40; ++i) {
    l.feed(std::string(1000, 'y'));
  }
  l.finish();
  RS_EXPECT_EQ(l.seen.size(), 3u);
  RS_EXPECT_EQ(l.seen[0].size(), OutputLines::kLongestLine);
  RS_EXPECT_EQ(l.seen[1], "next");
  RS_EXPECT_EQ(l.seen[2].size(), OutputLines::kLongestLine);
  RS_EXPECT_EQ(l.n_cut, 10u + 40'000u - OutputLines::kLongestLine);
}

RS_TEST(bytes_that_are_no_text_are_bytes_of_a_line) {
  Lines l;
  const std::string text("\0\xff\x01\n\0", 5);
  l.feed(text);
  l.finish();
  RS_EXPECT_EQ(l.seen, (Texts{text.substr(0, 3), text.substr(4)}));
}

RS_TEST(no_more_lines_are_taken_than_asked_for) {
  Lines l;
  RS_EXPECT_EQ(l.feed("a\nb\nc\n", 2), 4u);
  RS_EXPECT_EQ(l.seen, (Texts{"a", "b"}));
}

RS_TEST(a_line_with_a_hole_is_given_up_and_counted) {
  Lines l;
  l.feed("begin");
  l.lines.skip(false);
  l.feed("end of another\nwhole\n");
  RS_EXPECT_EQ(l.seen, (Texts{"whole"}));
  RS_EXPECT_EQ(l.lines.n_incomplete(), 1u);
  l.feed("begin");
  l.lines.skip(true);
  l.feed("whole again\n");
  l.lines.skip(false);
  l.feed("never ends");
  l.finish();
  RS_EXPECT_EQ(l.seen, (Texts{"whole", "whole again"}));
  RS_EXPECT_EQ(l.lines.n_incomplete(), 2u);
}

RS_TEST(escape_sequences_are_taken_out) {
  RS_EXPECT_EQ(cli::without_escapes("\x1b[1;31mERROR\x1b[0m: no"), "ERROR: no");
  RS_EXPECT_EQ(cli::without_escapes("\x1b]0;title\x07text\x1b]8;;http://x\x1b\\link"), "textlink");
  RS_EXPECT_EQ(cli::without_escapes("end\x1b"), "end");
  RS_EXPECT_EQ(cli::without_escapes("end\x1b[12"), "end");
  RS_EXPECT_EQ(cli::without_escapes("\x1b(Bx"), "Bx");
}
