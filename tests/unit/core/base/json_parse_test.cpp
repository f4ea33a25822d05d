// Json::parse() against jansson, which decides what is JSON: texts of all kinds, whole and spoilt, must be accepted or refused by
// both, and mean the same.
#include <fmt/format.h>

#include <random>
#include <string>

#include "core/base/json.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

void expect_same(std::string_view text, JsonLimits limits = {}) {
  const auto parsed = Json::parse(text, limits);
  const auto reference = Json::parse_by_jansson(text, limits);
  if (parsed.has_value() != reference.has_value() ||
      (parsed &&
       (parsed->dump() != reference->dump() || parsed->ref().kind() != reference->ref().kind()))) {
    RS_FAIL(fmt::format("{} is {}, and for jansson {}", text,
                        parsed ? parsed->dump() : parsed.error().message,
                        reference ? reference->dump() : reference.error().message));
  }
  if (!parsed) {
    RS_EXPECT(!parsed.error().message.empty());
    RS_EXPECT(parsed.error().offset <= text.size());
  }
}

// A text of random shape with what is rare: escapes in names and values, long numbers, names twice, NUL.
class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed) {}

  std::string text(int depth = 0) {
    switch (below(depth > 5 ? 5 : 7)) {
      case 0:
        return pick({"true", "false", "null"});
      case 1:
        return number();
      case 2:
      case 3:
      case 4:
        return string();
      case 5:
        return list('[', ']', [&] { return text(depth + 1); });
      default:
        return list('{', '}', [&] { return string() + space() + ":" + space() + text(depth + 1); });
    }
  }
  // Some bytes of it changed.
  std::string spoilt() {
    std::string made = text();
    for (std::uint64_t n = below(3) + 1; n-- > 0;) {
      const auto at = static_cast<std::size_t>(below(made.size() + 1));
      switch (below(4)) {
        case 0:
          made.insert(at, 1, static_cast<char>(below(256)));
          break;
        case 1:
          made.resize(at);
          break;
        case 2:
          made.erase(at, 1);
          break;
        default:
          made.insert(at,
                      pick({"\"", "\\", "{", "}", "[", "]", ",", ":", "1", "\\u0000", "e9", "."}));
      }
    }
    return made;
  }
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

 private:
  std::string pick(std::initializer_list<const char*> some) {
    return *(some.begin() + static_cast<std::ptrdiff_t>(below(some.size())));
  }
  std::string space() { return pick({"", "", "", " ", "\t\n", "\r"}); }
  std::string number() {
    return pick({"0",
                 "-0",
                 "7",
                 "-12",
                 "123456789012345678",
                 "1234567890123456789",
                 "18446744073709551615",
                 "-9223372036854775808",
                 "1.5",
                 "1.10",
                 "-0.0",
                 "1e5",
                 "1E+05",
                 "1e-400",
                 "1e400",
                 "123456789012345678901234567890.5",
                 "01",
                 "1.",
                 "-",
                 "1e",
                 "0.1e1"});
  }
  std::string string() {
    std::string made = "\"";
    for (std::uint64_t n = below(5); n-- > 0;) {
      made += pick({"a", "b", "long plain text without end", "\\n", "\\u0041", "\\u0000", "ä", "☃",
                    "🎪", "\\ud83d\\ude00", "\\ud83d", "\\\"", "\\\\", "\\/", "\x7f"});
    }
    return made + '"';
  }
  template <class Element>
  std::string list(char begin, char end, Element element) {
    std::string made(1, begin);
    for (std::uint64_t n = below(6); n-- > 0;) {
      made += space() + element() + space() + (n != 0 ? "," : "");
    }
    return made + end;
  }

  std::mt19937_64 random_;
};

}  // namespace

RS_TEST(random_texts_are_what_they_are_for_jansson) {
  Writer writer(test::seed());
  for (int i = 0; i < 20'000; ++i) {
    expect_same(writer.text());
  }
}

RS_TEST(spoilt_texts_are_refused_where_jansson_refuses_them) {
  Writer writer(test::seed());
  for (int i = 0; i < 20'000; ++i) {
    expect_same(writer.spoilt(),
                {.max_depth = 4 + writer.below(4), .allow_duplicates = writer.below(2) == 0});
  }
}

RS_TEST(a_long_text_that_is_wrong_says_where_and_why) {
  const std::string many(5000, 'x');
  const auto error_of = [&](const std::string& text) {
    const auto parsed = Json::parse(text);
    RS_EXPECT(!parsed);
    RS_EXPECT(!Json::parse_by_jansson(text));
    return parsed.error();
  };
  const std::string begin = "{\"long\":\"" + many + "\"";
  RS_EXPECT_EQ(error_of(begin + ",}").message, "a member's name in quotes expected near '}'");
  RS_EXPECT_EQ(error_of(begin + ",}").offset, begin.size() + 1);
  RS_EXPECT_EQ(error_of(begin).message, "it ends too early");
  RS_EXPECT_EQ(error_of(begin + ",\"long\":1}").message, "duplicate object key");
  RS_EXPECT_EQ(error_of(begin + ",\"long\":1}").offset, begin.size() + 2);
  RS_EXPECT_EQ(error_of(begin + ",\"a\\u0000\":1}").message, "a member's name has a NUL");
  RS_EXPECT_EQ(error_of(begin + ",\"n\":1e400}").message, "the number is too large");
  RS_EXPECT_EQ(error_of(begin + ",\"a\":" + std::string(40, '[')).message,
               "nested deeper than 32 levels");
  RS_EXPECT_EQ(error_of(begin + ",\x01\n").message,
               "a member's name in quotes expected near '\\x01\\n'");
  RS_EXPECT_EQ(error_of(begin + " x").message, "',' or '}' expected near 'x'");
  RS_EXPECT_EQ(error_of(begin + ",\"a\" 1}").message, "':' expected near '1}'");
  RS_EXPECT_EQ(error_of(begin + ",\"a\":.5}").message, "a value expected near '.5}'");
  RS_EXPECT_EQ(error_of(begin + ",\"a\":[1 2]}").message, "',' or ']' expected near '2]}'");
  RS_EXPECT_EQ(error_of(begin + ",\"a\":\"\\x\"}").message, "invalid near '\"}'");
}

RS_TEST(large_objects_and_arrays_are_read_whole) {
  std::string text = "{";
  for (int i = 0; i < 3000; ++i) {
    text += fmt::format("{}\"name{}\":[{},{}.5]", i == 0 ? "" : ",", i, i, i);
  }
  expect_same(text + "}");
  expect_same(text + ",\"name7\":0}");
  const auto parsed = Json::parse(text + "}");
  RS_EXPECT_EQ(parsed->ref().size(), 3000U);
  RS_EXPECT_EQ((*parsed)["name2999"][0].as_integer().value_or(0), 2999);
}
