// Which names say that their value is a secret.
#include "core/redact/secret_names.hpp"

#include "core/config/worker_options.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

const SecretNames& defaults() {
  static const SecretNames names(parse_worker_options("", "test").options.redact_members);
  return names;
}

RS_TEST(a_name_is_secret_however_it_is_written) {
  for (const char* name : {"password",
                           "PASSWORD",
                           "Password",
                           "DB_PASSWORD",
                           "db_password",
                           "dbPassword",
                           "db.password",
                           "x-db-password",
                           "userPassword",
                           "PasswordNew",
                           "password_prod",
                           "PASSWORD_2",
                           "password1",
                           "AWS_SECRET_ACCESS_KEY",
                           "aws_secret_access_key",
                           "GITHUB_TOKEN",
                           "x-api-key",
                           "X-Auth-Token",
                           "apiKey",
                           "APIKey",
                           "API_KEY",
                           "ssh_private_key",
                           "SECRET_KEY_BASE",
                           "dbpassword",
                           "admin_pwd",
                           "adminpwd",
                           "user[password]",
                           "spring.datasource.password",
                           "Ocp-Apim-Subscription-Key",
                           "_authToken",
                           "__token__",
                           "jwt",
                           "smtp_pass",
                           "Set-Cookie",
                           "passwords",
                           "apiKeys"}) {
    RS_EXPECT(defaults().is_secret(name) || (std::fprintf(stderr, "%s\n", name), false));
  }
}

RS_TEST(a_name_whose_last_word_describes_a_secret_is_not_one) {
  for (const char* name : {"token_count",
                           "tokenCount",
                           "secret_name",
                           "password_file",
                           "passwordFile",
                           "token-type",
                           "token_expires_at",
                           "password_policy",
                           "PASSWORD_MIN_LENGTH",
                           "cookie.domain",
                           "tokenizer",
                           "secretary",
                           "author",
                           "TokenService",
                           "token.ts",
                           "passwordless",
                           "key",
                           "public_key",
                           "sort_key",
                           "primary_key",
                           "keyboard",
                           "monkey",
                           "laptop",
                           "desktop",
                           "hotpot",
                           "next_token",
                           "nextPageToken",
                           "compass",
                           "bypass",
                           "pass_rate",
                           "",
                           "_",
                           "a",
                           "password_reset_url"}) {
    RS_EXPECT(!defaults().is_secret(name) || (std::fprintf(stderr, "%s\n", name), false));
  }
}

RS_TEST(counts_of_secrets_are_numbers_that_may_stay) {
  RS_EXPECT(defaults().look_up("tokens") == NameVerdict::kUnlessNumber);
  RS_EXPECT(defaults().look_up("max_tokens") == NameVerdict::kUnlessNumber);
  RS_EXPECT(defaults().look_up("failed_password") == NameVerdict::kUnlessNumber);
  RS_EXPECT(defaults().look_up("pass") == NameVerdict::kUnlessNumber);
  RS_EXPECT(defaults().look_up("PWD") == NameVerdict::kUnlessDirectory);
  RS_EXPECT(defaults().look_up("pwd") == NameVerdict::kSecret);
}

RS_TEST(own_names_and_exceptions_count) {
  const SecretNames names({"client_id", "colour"}, {"brand-colour"});
  RS_EXPECT(names.is_secret("CLIENT_ID"));  // its own last word does not make it harmless
  RS_EXPECT(names.is_secret("wallColour"));
  RS_EXPECT(!names.is_secret("brand_colour"));
  RS_EXPECT(!names.is_secret("password"));
}

RS_TEST(no_names_match_nothing) {
  const SecretNames none;
  RS_EXPECT(none.empty());
  RS_EXPECT(!none.is_secret(""));
  RS_EXPECT(!none.is_secret("password"));
}

RS_TEST(of_a_very_long_name_the_end_counts) {
  const SecretNames names({"password"});
  RS_EXPECT(names.is_secret(std::string(100'000, 'x') + "_password"));
  RS_EXPECT(!names.is_secret("p" + std::string(100'000, 'x') + "d"));
}

RS_TEST(the_value_decides_about_a_pin) {
  for (const char* name : {"pin", "PIN", "card_pin", "cardPin", "pin_x"}) {
    RS_EXPECT(defaults().look_up(name) == NameVerdict::kIfPin);
    RS_EXPECT(!defaults().is_secret(name));
  }
  for (const char* name : {"pins", "pin_count", "pinned", "shipping"}) {
    RS_EXPECT(defaults().look_up(name) == NameVerdict::kHarmless);
  }
  RS_EXPECT(defaults().look_up("pin_code") == NameVerdict::kSecret);
  RS_EXPECT(defaults().look_up("pin_password") == NameVerdict::kSecret);
  for (const char* value : {"4711", "123456789012"}) {
    RS_EXPECT(is_pin(value));
  }
  for (const char* value : {"", "471", "1234567890123", "47a1", "left", "-4711"}) {
    RS_EXPECT(!is_pin(value));
  }
}

}  // namespace
