// JSON as lwsws reads it: with comments, repeated members and the line of each value.
#include "cli/lwsws_value.hpp"

#include <vector>

#include "tests/support/rs_test.hpp"

using ringside::cli::LwswsText;
using ringside::cli::LwswsValue;

RS_TEST(each_value_has_its_line_and_comments_are_none) {
  const LwswsText file(
      "# a comment with \"quotes\"\n{ \"a\": \"# none\", # one\n  \"b\": [\n 7, {\n}] }");
  RS_EXPECT(!file.fault().has_value());
  RS_EXPECT(file.root().text_of("a") == "# none");
  RS_EXPECT_EQ(file.root().member("a").value().line(), 2U);
  const LwswsValue list = file.root().member("b").value();
  RS_EXPECT(list.is_list() && list.line() == 3);
  std::vector<std::size_t> lines;
  list.for_each_element([&](LwswsValue each) { lines.push_back(each.line()); });
  RS_EXPECT(lines == (std::vector<std::size_t>{4, 4}));
}

RS_TEST(repeated_members_are_all_seen_and_the_last_counts) {
  const LwswsText file(R"({"a": "1", "b": 2, "a": "\u0041\n", "c": true})");
  std::vector<std::string> seen;
  file.root().for_each_member([&](const std::string& name, LwswsValue value) {
    seen.push_back(name + "=" + value.text().value_or("(none)"));
  });
  RS_EXPECT(seen == (std::vector<std::string>{"a=1", "b=2", "a=A\n", "c=(none)"}));
  RS_EXPECT(file.root().text_of("a") == "A\n");
  RS_EXPECT(!file.root().member("d").has_value());
}

RS_TEST(what_is_no_object_has_a_line_and_a_reason) {
  const LwswsText broken("{\n\"a\": 1\n\"b\": 2 }");
  RS_EXPECT(broken.fault().has_value() && broken.fault()->line == 3);
  const LwswsText list("[1]");
  RS_EXPECT(list.fault().has_value() && list.fault()->message == "must be an object");
  RS_EXPECT(LwswsText("").fault().has_value());
}
