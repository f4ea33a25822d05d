// The table of close codes: complete and fit for the wire.
#include "core/proto/close_code.hpp"

#include <set>
#include <string>

#include "core/base/text.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(table_has_exactly_the_codes_of_the_protocol_each_once) {
  std::set<int> codes;
  for (const CloseCodeInfo& info : close_codes()) {
    RS_EXPECT(codes.insert(static_cast<int>(info.code)).second);
    RS_EXPECT(&info_of(info.code) == &info);
  }
  RS_EXPECT(codes == std::set<int>({1001, 1003, 1007, 1008, 1009, 4001, 4002, 4008, 4009, 4029}));
}

RS_TEST(every_reason_fits_a_close_frame) {
  for (const CloseCodeInfo& info : close_codes()) {
    RS_EXPECT(!info.reason.empty());
    RS_EXPECT_LE(info.reason.size(), 123);
    RS_EXPECT(is_valid_utf8(info.reason));
  }
}

RS_TEST(code_that_is_not_in_the_table_is_a_bug) {
  RS_EXPECT_ABORTS(static_cast<void>(info_of(static_cast<CloseCode>(1006))));
}
