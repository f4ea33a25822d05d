// Which names of members are secret.
#include "core/redact/secret_names.hpp"

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

RS_TEST(names_are_compared_without_case_hyphens_and_underscores) {
  const SecretNames names({"api_key", "Set-Cookie", "password"});
  for (const char* name :
       {"api_key", "API-KEY", "apikey", "ApiKey", "_api_key_", "set_cookie", "PASSWORD"}) {
    RS_EXPECT(names.contains(name));
  }
}

RS_TEST(names_that_only_contain_one_are_other_names) {
  const SecretNames names({"token", "secret", "password"});
  for (const char* name :
       {"token_count", "secret_name", "passwords", "tokens", "pass", "", "_", "t"}) {
    RS_EXPECT(!names.contains(name));
  }
}

RS_TEST(endings_are_found_for_variables_and_headers) {
  const SecretNames names({"api_key", "password"});
  RS_EXPECT(names.ends_in_one("DB_PASSWORD"));
  RS_EXPECT(names.ends_in_one("x-api-key"));
  RS_EXPECT(names.ends_in_one(std::string(200, 'x') + "_password"));
  RS_EXPECT(!names.ends_in_one("password_file"));
  RS_EXPECT(!names.ends_in_one("word"));
}

RS_TEST(no_names_match_nothing) {
  const SecretNames none;
  RS_EXPECT(none.empty());
  RS_EXPECT(!none.contains(""));
  RS_EXPECT(!none.contains("password"));
  RS_EXPECT(!none.ends_in_one("password"));
}

RS_TEST(very_long_names_are_no_secrets_and_no_harm) {
  const SecretNames names({"password"});
  RS_EXPECT(!names.contains("p" + std::string(100'000, 'x') + "d"));
}

}  // namespace
