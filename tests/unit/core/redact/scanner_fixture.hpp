#pragma once
// A scanner with all patterns and a few names, and what it leaves of a text.

#include <string>
#include <string_view>
#include <vector>

#include "core/redact/secret_scanner.hpp"
#include "tests/support/rs_test.hpp"

namespace ringside::test {

inline const SecretNames& names() {
  static const SecretNames made(
      {"password", "pwd", "token", "api_key", "secret", "authorization", "cookie"});
  return made;
}

inline constexpr SecretPatterns kAll{.jwt = true,
                                     .pem = true,
                                     .aws = true,
                                     .token = true,
                                     .url = true,
                                     .card = true,
                                     .assignment = true,
                                     .email = true,
                                     .phone = true,
                                     .iban = true,
                                     .national_id = true};

inline std::string hidden(std::string_view text, SecretPatterns patterns = kAll) {
  const SecretScanner scanner(patterns, names());
  std::vector<TextSpan> spans;
  scanner.scan(text, spans);
  std::string out;
  std::size_t at = 0;
  for (const TextSpan& span : spans) {
    RS_EXPECT_LE(at, span.begin);
    RS_EXPECT_LT(span.begin, span.end);
    RS_EXPECT_LE(span.end, text.size());
    out += std::string(text.substr(at, span.begin - at)) + "#";
    at = span.end;
  }
  return out + std::string(text.substr(at));
}

}  // namespace ringside::test
