// Raw query strings: split and decoded strictly.
#include "core/proto/query.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;
using Arguments = std::vector<QueryArgument>;

RS_TEST(query_is_split_and_decoded) {
  RS_EXPECT(split_query("a=1&b=%20%c3%A4&c=x+y") ==
            Arguments({{"a", "1"}, {"b", " \xC3\xA4"}, {"c", "x y"}}));
  RS_EXPECT(split_query("filter.a%2Eb=1%3D2=3") == Arguments({{"filter.a.b", "1=2=3"}}));
  RS_EXPECT(split_query("since=2025-09-26T10:00:00%2B02:00") ==
            Arguments({{"since", "2025-09-26T10:00:00+02:00"}}));
}

RS_TEST(empty_pieces_are_skipped_and_a_missing_value_is_empty) {
  RS_EXPECT(split_query("") == Arguments());
  RS_EXPECT(split_query("&&a&=1&") == Arguments({{"a", ""}, {"", "1"}}));
}

RS_TEST(broken_escape_nul_or_invalid_text_refuses_the_whole) {
  for (const char* raw :
       {"a=%", "a=%2", "a=%zz", "a=%2g", "%", "a=%00", "a=%ff", "a=1&%00=2", "a=%c3"}) {
    RS_EXPECT(!split_query(raw).has_value());
  }
  RS_EXPECT(!split_query(std::string_view("a=\0b", 4)).has_value());
}
