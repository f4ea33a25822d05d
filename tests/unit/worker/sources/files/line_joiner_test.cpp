// Lines that make one message.
#include "worker/sources/files/line_joiner.hpp"

#include <vector>

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

std::vector<JoinedLine> joined(const std::vector<std::string>& lines, bool joins = true) {
  LineJoiner joiner(joins);
  std::vector<JoinedLine> out;
  const JoinedSink sink = [&](const JoinedLine& line) { out.push_back(line); };
  std::uint64_t offset = 0;
  for (const std::string& line : lines) {
    joiner.feed({line, offset, 0}, sink);
    offset += line.size() + 1;
  }
  joiner.flush(sink);
  return out;
}
std::vector<std::string> texts(const std::vector<std::string>& lines, bool joins = true) {
  std::vector<std::string> out;
  for (const JoinedLine& line : joined(lines, joins)) {
    out.push_back(line.text);
  }
  return out;
}
using Texts = std::vector<std::string>;

RS_TEST(indented_lines_go_with_the_line_before) {
  RS_EXPECT_EQ(texts({"ERROR boom", "\tat a.b", "  at c.d", "Caused by: x", "\tat e", "next"}),
               (Texts{"ERROR boom\n\tat a.b\n  at c.d\nCaused by: x\n\tat e", "next"}));
  RS_EXPECT_EQ(texts({"Traceback (most recent call last):", "  File x", "ValueError: bad", "next"}),
               (Texts{"Traceback (most recent call last):\n  File x\nValueError: bad", "next"}));
  RS_EXPECT_EQ(texts({"a", "  b"}, false), (Texts{"a", "  b"}));
}

RS_TEST(a_message_has_the_offset_and_count_of_its_lines) {
  const auto lines = joined({"one", " two", "three"});
  RS_EXPECT_EQ(lines[0].offset, 0u);
  RS_EXPECT_EQ(lines[0].n_lines, 2u);
  RS_EXPECT_EQ(lines[1].offset, 9u);
}

RS_TEST(dockers_and_kubernetes_wrapping_is_taken_off_and_parts_are_joined) {
  for (const bool joins : {true, false}) {
    const auto lines =
        joined({R"({"log":"part one, ","stream":"stderr","time":"2026-11-26T10:00:00.5Z"})",
                R"({"log":"part two\n","stream":"stderr","time":"2026-11-26T10:00:00.6Z"})",
                "2026-11-26T10:00:01.000000000Z stdout P abc",
                "2026-11-26T10:00:01.000000000Z stdout F def"},
               joins);
    RS_EXPECT_EQ(lines.size(), 2u);
    RS_EXPECT_EQ(lines[0].text, "part one, part two");
    RS_EXPECT_EQ(lines[0].stream, "stderr");
    RS_EXPECT(lines[0].at == parse_rfc3339("2026-11-26T10:00:00.5Z"));
    RS_EXPECT_EQ(lines[1].text, "abcdef");
    RS_EXPECT_EQ(lines[1].stream, "stdout");
  }
}

RS_TEST(what_only_looks_like_a_container_line_stays) {
  for (const char* line :
       {R"({"log":"x"})", "2026-11-26T10:00:00Z stdout X a", "2026-11-26 stdout F a"}) {
    RS_EXPECT_EQ(texts({line}), (Texts{line}));
  }
}

RS_TEST(a_message_is_bounded) {
  const std::vector<std::string> lines(5000, " " + std::string(100, 'x'));
  std::uint64_t n_lines = 0;
  for (const JoinedLine& line : joined(lines)) {
    RS_EXPECT_LE(line.text.size(), LineJoiner::kMaxBytes);
    RS_EXPECT_LE(line.n_lines, LineJoiner::kMaxLines);
    n_lines += line.n_lines;
  }
  RS_EXPECT_EQ(n_lines, 5000u);
}

}  // namespace
