#include "cli/run/said_lines.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;
using namespace ringside::cli;

namespace {

const SaidLines::Time kBegin{std::chrono::hours(1)};

std::string lines_of(std::initializer_list<std::string_view> texts) {
  std::vector<LineHash> hashes;
  for (const auto text : texts) {
    hashes.push_back(hash_of_line(text, 0));
  }
  return SaidLines::message_of_lines(hashes, 0);
}

}  // namespace

RS_TEST(a_line_that_was_logged_inside_is_taken_once) {
  SaidLines said;
  RS_EXPECT(said.take_message(SaidLines::message_of_begin(), kBegin));
  RS_EXPECT(said.take_message(lines_of({"a", "a", "b"}), kBegin));
  RS_EXPECT(said.take(hash_of_line("a", 0)));
  RS_EXPECT(said.take(hash_of_line("a", 0)));
  RS_EXPECT(!said.take(hash_of_line("a", 0)));
  RS_EXPECT(said.take(hash_of_line("b", 0)));
  RS_EXPECT(!said.take(hash_of_line("b", 7)));
}

RS_TEST(runs_inside_are_counted_and_what_they_left_is_forgotten_later) {
  SaidLines said;
  RS_EXPECT(!said.is_active());
  said.take_message(SaidLines::message_of_begin(), kBegin);
  said.take_message(SaidLines::message_of_begin(), kBegin);
  said.take_message(lines_of({"left over"}), kBegin);
  said.take_message(SaidLines::message_of_end(), kBegin);
  RS_EXPECT(said.is_active());
  said.take_message(SaidLines::message_of_end(), kBegin);
  RS_EXPECT(!said.is_active());
  said.take_message(SaidLines::message_of_begin(), kBegin + std::chrono::seconds(1));
  said.take_message(SaidLines::message_of_end(), kBegin);
  RS_EXPECT(said.take(hash_of_line("left over", 0)));
  said.take_message(lines_of({"left over"}), kBegin);
  const auto later = kBegin + SaidLines::kAfterEnd;
  said.take_message(SaidLines::message_of_begin(), later);
  RS_EXPECT(!said.take(hash_of_line("left over", 0)));
}

RS_TEST(other_messages_are_not_taken) {
  SaidLines said;
  for (const char* text : {"", "X", "H1", "H1234567", "{}\n", "BB"}) {
    RS_EXPECT(!said.take_message(text, kBegin));
  }
}

RS_TEST(many_lines_are_several_messages) {
  const std::vector<LineHash> hashes(SaidLines::kInMessage + 1, 7);
  RS_EXPECT_EQ(SaidLines::message_of_lines(hashes, 0).size(), 1 + 8 * SaidLines::kInMessage);
  RS_EXPECT_EQ(SaidLines::message_of_lines(hashes, SaidLines::kInMessage).size(), 9u);
}
