// How a word changes between letters and digits decides: people choose passwords, and programs make tokens, with digits among
// the letters; words of a language have none, and names of things have them at the end or after a dash.
#include "core/redact/bare_secret.hpp"

#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/redact/secret_names.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMinToken = 8;
constexpr int kMinChanges = 3;  // between letters and digits

// Terms with digits in them that are next to "password", "token" and "key" in prose.
constexpr auto kTerms = std::to_array<std::string_view>(
    {"aes128",    "aes192",           "aes256",     "argon2",   "argon2id",  "base32",
     "base58",    "base64",           "base64url",  "blake2b",  "blake2s",   "blake3",
     "chacha20",  "chacha20poly1305", "curve25519", "ecdsa256", "ed25519",   "es256k",
     "hs2019",    "ipv4only",         "kerberos5",  "md5sum",   "ntlmv2",    "oauth1",
     "oauth2",    "pbkdf2",           "pkcs11",     "pkcs12",   "poly1305",  "prime256v1",
     "rsa1024",   "rsa2048",          "rsa3072",    "rsa4096",  "secp256k1", "secp256r1",
     "secp384r1", "secp521r1",        "sha224",     "sha256",   "sha256sum", "sha384",
     "sha512",    "sha512sum",        "socks5",     "tls1",     "utf8mb4",   "x25519",
     "x509v3",    "yubikey5"});

// What a password is called; its value is chosen by people.
constexpr auto kPasswordEnds = std::to_array<std::string_view>(
    {"password", "passwd", "pwd", "pw", "pass", "passphrase", "passcode", "psk", "auth", "passwort",
     "kennwort", "client_secret", "client secret", "client-secret", "clientsecret"});

constexpr auto kCodeEnds =
    std::to_array<std::string_view>({"code", "otp", "totp", "pin", "passcode", "puk"});

// 30days, 100ms, 12chars
[[nodiscard]] bool is_quantity(std::string_view word) noexcept {
  constexpr std::size_t kMaxUnit = 7;
  const std::size_t unit =
      skip(word, 0, [](char c) { return is_ascii_digit(c) || c == '.' || c == ','; });
  return unit > 0 && word.size() - unit <= kMaxUnit &&
         std::ranges::all_of(word.substr(unit), is_ascii_lower);
}

// 2026-11-27T10:00:00Z, 27.11.2026
[[nodiscard]] bool is_date(std::string_view word) noexcept {
  const std::size_t end = skip(word, 0, is_ascii_digit);
  return (end == 4 || end == 2) &&
         (peek(word, end) == '-' || peek(word, end) == '.' || peek(word, end) == '/') &&
         is_ascii_digit(peek(word, end + 1));
}

// v1.2, V2beta1
[[nodiscard]] bool is_version(std::string_view word) noexcept {
  constexpr std::size_t kMaxVersion = 12;
  return word.size() <= kMaxVersion && (word.front() == 'v' || word.front() == 'V') &&
         is_ascii_digit(peek(word, 1));
}

// my-app-v2, web01.example.org, db_1, /etc/x1, default/token-a1: several lower-case words. A quarter of a UUID is one, too.
[[nodiscard]] bool is_name_of_thing(std::string_view word) noexcept {
  return word.find_first_of("-._/@") != std::string_view::npos &&
         std::ranges::none_of(word, is_ascii_upper);
}

[[nodiscard]] int n_changes(std::string_view word) noexcept {
  int n = 0;
  for (std::size_t i = 1; i < word.size(); ++i) {
    n += is_alphanumeric(word[i - 1]) && is_alphanumeric(word[i]) &&
                 is_ascii_digit(word[i - 1]) != is_ascii_digit(word[i])
             ? 1
             : 0;
  }
  return n;
}

}  // namespace

bool is_placed_secret(std::string_view word) noexcept {
  while (word.ends_with('=')) {
    word.remove_suffix(1);
  }
  return looks_secret(word) &&
         std::string_view("$%{[<*/\\~#@").find(word.front()) == std::string_view::npos &&
         !is_quantity(word) && !is_date(word) && !is_version(word) && !is_name_of_thing(word) &&
         !is_one_of_ignoring_case(kTerms, word);
}

bool is_bare_secret(std::string_view name, std::string_view word) noexcept {
  const bool is_verb = equals_ignoring_case(name, "pass");  // "pass mutex2 to free"
  return is_placed_secret(word) &&
         ((ends_in_one_of_ignoring_case(kPasswordEnds, name) && !is_verb) ||
          (word.size() >= kMinToken && n_changes(word) >= kMinChanges));
}

bool is_name_of_code(std::string_view name) noexcept {
  return ends_in_one_of_ignoring_case(kCodeEnds, name);
}

std::size_t code_end(std::string_view text, std::size_t at) noexcept {
  constexpr std::size_t kMinDigits = 4;
  constexpr std::size_t kMaxDigits = 10;
  constexpr std::size_t kGroup = 3;
  std::size_t end = skip(text.substr(0, at + kMaxDigits + 1), at, is_ascii_digit);
  std::size_t n = end - at;
  const bool may_have_groups =
      (n == kGroup && (peek(text, end) == '-' || peek(text, end) == ' ')) ||
      (n == kGroup + 1 && peek(text, end) == '-');
  if (may_have_groups) {  // 123-456
    const std::size_t second = end + 1;
    const std::size_t second_end = skip(text.substr(0, second + n + 1), second, is_ascii_digit);
    n = second_end - second == n ? 2 * n : 0;
    end = second_end;
  }
  const char after = peek(text, end);
  const bool goes_on = is_word_char(after) || after == '-' || after == ':' || after == '/' ||
                       after == '%' ||
                       ((after == '.' || after == ',') && is_alphanumeric(peek(text, end + 1)));
  return n >= kMinDigits && n <= kMaxDigits && !goes_on ? end : at;
}

}  // namespace ringside
