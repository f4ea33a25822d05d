#include "core/proto/http_error.hpp"

#include <set>

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(each_row_is_found_by_its_enumerator_and_has_a_code_of_its_own) {
  std::set<std::string_view> codes;
  for (const HttpErrorInfo& row : http_errors()) {
    RS_EXPECT(info_of(row.error).error == row.error);
    RS_EXPECT(codes.insert(row.code).second);
    RS_EXPECT(row.status >= 400 && row.status < 600);
    RS_EXPECT(!row.meaning.empty());
    RS_EXPECT(reason_phrase(row.status) != "Error");
  }
}

RS_TEST(the_body_names_the_parameter_where_there_is_one) {
  RS_EXPECT_EQ(
      (Refusal{HttpError::kBadParameter, "batch_size must be 1 to 1000", "batch_size"}.body()),
      R"({"error":"bad_parameter","message":"batch_size must be 1 to 1000","parameter":"batch_size"})");
  RS_EXPECT_EQ((Refusal{HttpError::kUnauthenticated, "invalid signature", {}}.body()),
               R"({"error":"unauthenticated","message":"invalid signature"})");
}

RS_TEST(errors_have_the_headers_that_the_rfcs_want) {
  for (const HttpErrorInfo& row : http_errors()) {
    std::set<std::string_view> names;
    for (const HttpField& field : fields_of(row.error)) {
      names.insert(field.name);
    }
    RS_EXPECT_EQ(names.contains("www-authenticate"), row.status == 401);
    RS_EXPECT_EQ(names.contains("allow"), row.status == 405);
    RS_EXPECT_EQ(names.contains("upgrade"), row.status == 426);
    RS_EXPECT_EQ(names.contains("retry-after"),
                 row.status == 409 || row.status == 429 || row.status == 503);
    RS_EXPECT_EQ(names.contains("sec-websocket-version"), row.error == HttpError::kBadVersion);
  }
}
