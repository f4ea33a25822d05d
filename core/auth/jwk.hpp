#pragma once
// JWK sets (RFC 7517): the keys in one, as this program uses keys. Threads: pure.

#include <string_view>
#include <vector>

#include "core/auth/keyset.hpp"

namespace ringside {

// The usable signature keys of the set. One that is for encryption, of an unknown kind or too weak
// is skipped with a warning; a set without any usable key, or a text that is no set, is an error.
[[nodiscard]] Result<std::vector<Key>> parse_jwk_set(std::string_view text);

}  // namespace ringside
