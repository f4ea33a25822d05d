#pragma once
// PEM keys, parsed by OpenSSL. Threads: pure.

#include <string>
#include <string_view>

#include "core/auth/keyset.hpp"

namespace ringside {

[[nodiscard]] bool looks_like_pem(std::string_view text) noexcept;
// Whether `pem` is a public key (a private one where `allow_private`) fit for `algorithm`: RSA of
// at least 2,048 bits and an odd exponent of at least 3, EC on the algorithm's curve, Ed25519 or
// Ed448.
[[nodiscard]] Status check_pem(std::string_view pem, Algorithm algorithm, bool allow_private);
// An RSA public key from modulus and exponent, an EC public key from its point; all big-endian
// bytes.
[[nodiscard]] Result<std::string> make_rsa_pem(std::string_view n, std::string_view e);
[[nodiscard]] Result<std::string> make_ec_pem(Algorithm algorithm, std::string_view x,
                                              std::string_view y);
// `curve`: "Ed25519" or "Ed448".
[[nodiscard]] Result<std::string> make_ed_pem(std::string_view curve, std::string_view x);
[[nodiscard]] bool is_ec(Algorithm algorithm) noexcept;
[[nodiscard]] bool is_rsa(Algorithm algorithm) noexcept;  // RS and PS
[[nodiscard]] bool is_pss(Algorithm algorithm) noexcept;  // PS
[[nodiscard]] inline bool is_hmac(Algorithm algorithm) noexcept {
  return !is_ec(algorithm) && !is_rsa(algorithm) && algorithm != Algorithm::kEdDSA;
}

}  // namespace ringside
