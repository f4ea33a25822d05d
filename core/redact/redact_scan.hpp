#pragma once
// SecretScanner: finds secrets in running text by their shape. One pass; most bytes cost one look
// into a table.
//
//   jwt         eyJ... with two or more dots, as in RFC 7519
//   pem         -----BEGIN ... PRIVATE KEY-----, to its END or the end of the text
//   aws         access key ids (AKIA..., ASIA...); secret keys where their name stands before them
//   url         the password in scheme://user:password@host
//   card        13 to 19 digits of a card issuer's range that pass Luhn, also with single spaces or
//   hyphens assignment  NAME=value, NAME: value, "NAME": "value", --NAME value, where NAME ends in
//   one of the member names;
//               Bearer TOKEN. Of authorization and cookie: the rest of the line
//   email       addresses
//
// Threads: const after construction; any.

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
  bool url = false;
  bool card = false;
  bool assignment = false;
  bool email = false;
};

// A part of a text: [begin, end).
struct TextSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};

class SecretScanner {
 public:
  // `names` are looked for in assignments; it must outlive the scanner.
  SecretScanner(SecretPatterns patterns, const SecretNames& names);

  // Appends the parts that hold secrets, in the order in which they begin and without overlap. What
  // reads "[redacted]" already is none.
  //   Cost: about a nanosecond a byte of text without anything suspicious; linear in any case.
  void scan(std::string_view text, std::vector<TextSpan>& out) const;

 private:
  class Pass;
  SecretPatterns patterns_;
  const SecretNames& names_;
  SecretNames aws_names_;
  bool interesting_[256] = {};
};

}  // namespace ringside
