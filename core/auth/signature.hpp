#pragma once
// Signatures that libjwt 1.10 cannot check or make: PS256 and its like, EdDSA, and any algorithm in
// a token whose type is not "JWT". See docs/adr/0007-openssl-beside-libjwt.md.
//
// Threads: pure functions.
// Source: RFC 7518 (JWA), RFC 8037 (EdDSA).

#include <string>
#include <string_view>

#include "core/auth/keyset.hpp"
#include "core/base/result.hpp"

namespace ringside {

// Whether `signature` (its bytes) is that of `text` by `key`, with the key's algorithm.
[[nodiscard]] bool verify_signature(std::string_view text, std::string_view signature,
                                    const Key& key);

// The signature's bytes. Errors: a key that does not sign.
[[nodiscard]] Result<std::string> make_signature(std::string_view text, const Key& key);

}  // namespace ringside
