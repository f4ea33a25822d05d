#include "worker/sources/files/line_cutter.hpp"

#include <random>
#include <vector>

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

struct Got {
  std::string text;
  std::uint64_t offset = 0;
  bool operator==(const Got&) const = default;
};

std::vector<std::string> texts(const std::vector<Got>& lines) {
  std::vector<std::string> out;
  for (const auto& line : lines) {
    out.push_back(line.text);
  }
  return out;
}

LineSink into(std::vector<Got>& out) {
  return [&out](const CutLine& line) { out.push_back({std::string(line.text), line.offset}); };
}

using Texts = std::vector<std::string>;

}  // namespace

RS_TEST(the_end_of_what_is_cut_is_kept) {
  const std::string line = "head" + std::string(5000, 'x') + "tail\n";
  for (const std::size_t piece : {line.size(), std::size_t{700}, std::size_t{1}}) {
    LineCutter cutter(4);
    std::string tail;
    for (std::size_t at = 0; at < line.size(); at += piece) {
      cutter.feed(std::string_view(line).substr(at, piece),
                  [&](const CutLine& cut) { tail = cut.tail; });
    }
    RS_EXPECT_EQ(tail, std::string(LineCutter::kTailBytes - 4, 'x') + "tail");
    cutter.feed("ok\n", [&](const CutLine& cut) { tail = cut.tail; });
    RS_EXPECT_EQ(tail, "");
  }
}

RS_TEST(lines_come_out_with_their_offsets) {
  LineCutter cutter(100);
  std::vector<Got> got;
  cutter.restart(1000);
  cutter.feed("one\ntwo\r\n\n  \nthree\npart", into(got));
  RS_EXPECT(got == (std::vector<Got>{{"one", 1000}, {"two", 1004}, {"three", 1013}}));
  RS_EXPECT(cutter.has_partial());
  RS_EXPECT_EQ(cutter.line_start(), 1019u);
  RS_EXPECT_EQ(cutter.read_position(), 1023u);
}

RS_TEST(line_too_long_is_cut_with_a_marker) {
  LineCutter cutter(5);
  std::vector<Got> got;
  cutter.feed("1234567890\nabcde\n", into(got));
  RS_EXPECT_EQ(texts(got), (Texts{"12345 [5 bytes cut]", "abcde"}));
  RS_EXPECT_EQ(got[1].offset, 11u);
}

RS_TEST(line_without_end_takes_bounded_memory_and_is_cut_once) {
  LineCutter cutter(5);
  std::vector<Got> got;
  for (int i = 0; i < 1000; ++i) {
    cutter.feed(std::string(100, 'x'), into(got));
  }
  RS_EXPECT(got.empty());
  RS_EXPECT_EQ(cutter.read_position(), 100'000u);
  cutter.feed("\nnext\n", into(got));
  RS_EXPECT_EQ(texts(got), (Texts{"xxxxx [99995 bytes cut]", "next"}));
  RS_EXPECT_EQ(got[1].offset, 100'001u);
}

RS_TEST(partial_line_comes_out_on_flush_and_its_rest_alone) {
  LineCutter cutter(100);
  std::vector<Got> got;
  cutter.feed("begun", into(got));
  cutter.flush(into(got));
  cutter.flush(into(got));
  cutter.feed(" and ended\n", into(got));
  RS_EXPECT(got == (std::vector<Got>{{"begun", 0}, {" and ended", 5}}));
}

RS_TEST(nul_bytes_around_a_line_are_taken_off) {
  LineCutter cutter(100);
  std::vector<Got> got;
  cutter.feed(std::string(20, '\0') + "after the hole\n" + std::string(3, '\0') + "\n", into(got));
  RS_EXPECT_EQ(texts(got), (Texts{"after the hole"}));
}

// However the bytes are divided, the same lines come out.
RS_TEST(lines_do_not_depend_on_how_bytes_arrive) {
  std::mt19937_64 random(test::seed());
  for (int round = 0; round < 200; ++round) {
    std::string bytes;
    for (auto n = random() % 200; n > 0; --n) {
      bytes += "ab\n\r x"[random() % 6];
    }
    std::vector<Got> whole;
    LineCutter one(7);
    one.feed(bytes, into(whole));
    one.flush(into(whole));
    std::vector<Got> pieces;
    LineCutter other(7);
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t n = 1 + random() % 9;
      other.feed(std::string_view(bytes).substr(at, n), into(pieces));
      at += n;
    }
    other.flush(into(pieces));
    RS_EXPECT(whole == pieces);
    RS_EXPECT_EQ(other.read_position(), bytes.size());
  }
}

RS_TEST(a_hole_of_any_length_does_not_count_as_part_of_a_line) {
  std::vector<Got> got;
  LineCutter cutter(16);
  const std::string hole(100'000, '\0');
  cutter.feed(hole, into(got));
  cutter.feed("first line\nsecond\n", into(got));
  RS_EXPECT_EQ(got.size(), 2u);
  RS_EXPECT_EQ(got[0].text, "first line");
  RS_EXPECT_EQ(got[1].text, "second");
  RS_EXPECT_EQ(cutter.read_position(), hole.size() + 18);
}

RS_TEST(a_byte_order_mark_is_taken_off) {
  std::vector<Got> got;
  LineCutter cutter(100);
  cutter.feed(
      "\xEF\xBB\xBF"
      "first\r\nsecond\n",
      into(got));
  RS_EXPECT_EQ(got[0].text, "first");
  RS_EXPECT_EQ(got[1].text, "second");
}
