// What may become the file of keys, how it is replaced, and how long is waited after failures. The request itself, with real
// certificates, is in tests/system/test_jwks.py.
#include "worker/jwks/jwks_updater.hpp"

#include <sys/stat.h>

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/core/auth/key_fixture.hpp"

using namespace ringside;
using namespace ringside::test;
using namespace std::chrono_literals;

RS_TEST(only_a_set_that_can_be_used_and_is_public_is_taken) {
  for (const char* text : {"", "x", "{}", "[]", R"({"keys":7})", R"({"keys":[]})",
                           R"({"keys":[{"kty":"RSA","n":"x","e":"AQAB"}]})"}) {
    RS_EXPECT(!check_jwk_set(text));
  }
  RS_EXPECT_CONTAINS(
      check_jwk_set(
          R"({"keys":[{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ","alg":"HS256"}]})")
          .error()
          .message,
      "secret");
  RS_EXPECT_OK(check_jwk_set(
      R"({"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})"));
}

RS_TEST(the_file_is_replaced_whole_and_only_when_it_differs) {
  const TempDir dir;
  const std::string path = dir / "jwks.json";
  RS_EXPECT_OK(write_jwk_file(path, "one"));
  struct stat first {};
  RS_EXPECT_EQ(::stat(path.c_str(), &first), 0);
  RS_EXPECT_EQ(first.st_mode & 0777U, 0644U);
  RS_EXPECT_OK(write_jwk_file(path, "one"));
  struct stat same {};
  RS_EXPECT_EQ(::stat(path.c_str(), &same), 0);
  RS_EXPECT_EQ(same.st_ino, first.st_ino);
  RS_EXPECT_OK(write_jwk_file(path, "two"));
  RS_EXPECT_EQ(read_file(path), "two");
  RS_EXPECT(!write_jwk_file("/nonexistent/jwks.json", "one"));
  RS_EXPECT_EQ(::mkdir((dir / "directory").c_str(), 0700), 0);
  RS_EXPECT(!write_jwk_file(dir / "directory", "one"));
}

RS_TEST(waits_double_up_to_the_interval) {
  RS_EXPECT(JwksUpdater::delay_after(0, 15min) == 15min);
  RS_EXPECT(JwksUpdater::delay_after(1, 15min) == 5s);
  RS_EXPECT(JwksUpdater::delay_after(2, 15min) == 10s);
  RS_EXPECT(JwksUpdater::delay_after(100, 15min) == 15min);
  RS_EXPECT(JwksUpdater::delay_after(3, 6s) == 6s);
}
