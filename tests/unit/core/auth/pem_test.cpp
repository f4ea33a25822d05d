// PEM keys: what fits an algorithm, what does not, and keys built from numbers.
#include "core/auth/pem.hpp"

#include "tests/unit/core/auth/key_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(a_key_fits_its_own_algorithms_and_no_other) {
  const Pkey rsa = make_rsa_key();
  const Pkey p256 = make_ec_key("P-256");
  const Pkey p384 = make_ec_key("P-384");
  const Pkey p521 = make_ec_key("P-521");
  struct Case {
    EVP_PKEY* key;
    Algorithm fits;
  };
  for (const auto& [key, fits] :
       {Case{rsa.get(), Algorithm::kRS256}, Case{p256.get(), Algorithm::kES256},
        Case{p384.get(), Algorithm::kES384}, Case{p521.get(), Algorithm::kES512}}) {
    const std::string pem = public_pem(key);
    for (const Algorithm algorithm :
         {Algorithm::kRS256, Algorithm::kES256, Algorithm::kES384, Algorithm::kES512}) {
      RS_EXPECT_EQ(check_pem(pem, algorithm, false).has_value(), algorithm == fits);
    }
  }
  RS_EXPECT(check_pem(public_pem(rsa.get()), Algorithm::kRS512, false).has_value());
}

RS_TEST(a_private_key_is_refused_where_a_public_one_is_wanted) {
  const Pkey key = make_ec_key("P-256");
  const Status refused = check_pem(private_pem(key.get()), Algorithm::kES256, false);
  RS_EXPECT(!refused);
  RS_EXPECT_CONTAINS(refused.error().message, "private key");
  RS_EXPECT_OK(check_pem(private_pem(key.get()), Algorithm::kES256, true));
}

RS_TEST(a_short_rsa_key_is_refused) {
  const Status refused = check_pem(public_pem(make_rsa_key(1024).get()), Algorithm::kRS256, false);
  RS_EXPECT(!refused);
  RS_EXPECT_CONTAINS(refused.error().message, "2048");
}

RS_TEST(what_is_no_pem_is_refused) {
  for (const char* text :
       {"", "secret", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"}) {
    RS_EXPECT(!check_pem(text, Algorithm::kRS256, true));
  }
}

RS_TEST(keys_are_built_from_their_numbers) {
  const Pkey rsa = make_rsa_key();
  const std::string rsa_pem = RS_UNWRAP(make_rsa_pem(number_of(rsa.get(), OSSL_PKEY_PARAM_RSA_N),
                                                     number_of(rsa.get(), OSSL_PKEY_PARAM_RSA_E)));
  RS_EXPECT_EQ(rsa_pem, public_pem(rsa.get()));
  const Pkey ec = make_ec_key("P-384");
  const std::string ec_pem =
      RS_UNWRAP(make_ec_pem(Algorithm::kES384, number_of(ec.get(), OSSL_PKEY_PARAM_EC_PUB_X, 48),
                            number_of(ec.get(), OSSL_PKEY_PARAM_EC_PUB_Y, 48)));
  RS_EXPECT_OK(check_pem(ec_pem, Algorithm::kES384, false));
  RS_EXPECT_EQ(ec_pem, public_pem(ec.get()));
}

RS_TEST(a_point_that_is_not_on_the_curve_is_no_key) {
  const std::string ones(32, '\x01');
  RS_EXPECT(!make_ec_pem(Algorithm::kES256, ones, ones));
  RS_EXPECT(!make_ec_pem(Algorithm::kES256, ones.substr(1), ones));
}

RS_TEST(pem_is_recognised_wherever_it_stands_in_a_file) {
  const std::string pem = public_pem(make_ec_key("P-256").get());
  RS_EXPECT(looks_like_pem(pem));
  RS_EXPECT(looks_like_pem("a comment\n" + pem));
  RS_EXPECT(!looks_like_pem(kSecret));
}
