#pragma once
// SecretScanner: finds secrets and personal data in running text by their shape, in one pass.
//
//   jwt         eyJ... with two or more dots (RFC 7519)
//   pem         -----BEGIN ... PRIVATE KEY-----, to its END or the end of the text
//   aws         access key ids (AKIA...); secret keys after their names
//   token       tokens with the prefixes of their issuers: GitHub, GitLab, Slack, Stripe, ...
//   url         the password in scheme://user:password@host, a token in scheme://token@host
//   card        card numbers that pass Luhn's check
//   assignment  NAME=value, NAME: value, "NAME": "value", --NAME value, <NAME>value</NAME>,
//               {"name": "NAME", "value": "value"}, where SecretNames says that NAME is secret;
//               Bearer TOKEN, Basic BASE64
//   email, phone, iban, national_id
//               personal data
//
// Threads: const after construction; any.
// Source: docs/redaction.md.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/redact/secret_names.hpp"

namespace ringside {

struct SecretPatterns {
  bool jwt = false;
  bool pem = false;
  bool aws = false;
  bool token = false;
  bool url = false;
  bool card = false;
  bool assignment = false;
  bool email = false;
  bool phone = false;
  bool iban = false;
  bool national_id = false;
};

// A part of a text: [begin, end).
struct TextSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Whether an object's member of this name has the name of something whose value is in another
// member ("name", "key"), or that value ("value").
[[nodiscard]] bool is_pair_name(std::string_view name) noexcept;
[[nodiscard]] bool is_pair_value(std::string_view name) noexcept;
// Whether a member's value is secret where it is base64 of user:password, as in Docker's and npm's files.
[[nodiscard]] bool is_auth_name(std::string_view name) noexcept;

class SecretScanner {
 public:
  // `names` are looked for in assignments; it must outlive the scanner.
  SecretScanner(SecretPatterns patterns, const SecretNames& names);

  // Appends the parts that contain secrets, in order and without overlap. Text that reads "[redacted]"
  // already is not a secret.
  //   Returns: whether the text ends after the name of a secret, so that its value may follow in the
  //            next text of the same source: "password: |".
  //   Cost:    about a nanosecond a byte of text without anything suspicious; linear in any case.
  bool scan(std::string_view text, std::vector<TextSpan>& out) const;

 private:
  friend class SecretPass;
  SecretPatterns patterns_;
  const SecretNames& names_;
  SecretNames aws_names_;
  bool looks_for_tokens_ = false;
  bool interesting_[256] = {};
};

}  // namespace ringside
