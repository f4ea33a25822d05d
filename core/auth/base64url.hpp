#pragma once
// Base64 with the URL alphabet and no padding (RFC 4648 section 5), as JSON Web Tokens and keys use
// it. Threads: pure.

#include <optional>
#include <string>
#include <string_view>

namespace ringside {

// Nothing unless `text` is base64url through and through; padding is refused.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);

// Without padding.
[[nodiscard]] std::string encode_base64url(std::string_view bytes);

}  // namespace ringside
