// Each format carries a marker, but the markers are short ("$6$"), so what follows has to be as long as a hash and have
// digits: shell variables, prices and regular expressions have dollars, too.
#include "core/redact/password_hashes.hpp"

#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

constexpr ShapeMatch kNone{0, 0};
constexpr std::size_t kMaxScheme = 24;
constexpr std::size_t kMinHash = 22;
constexpr std::size_t kMaxHash = 512;

// Before the first dollar, where a format begins with its name.
constexpr auto kNamedSchemes = std::to_array<std::string_view>(
    {"argon2", "bcrypt", "md5", "pbkdf2", "scram-sha-", "scrypt", "sha1", "sha256", "sha512"});
constexpr auto kLdapSchemes =
    std::to_array<std::string_view>({"argon2", "bcrypt", "cleartext", "crypt", "md5", "noop",
                                     "pbkdf2", "scrypt", "sha", "smd5", "ssha"});
constexpr auto kNumberedNames = std::to_array<std::string_view>(
    {"password", "secret", "key", "key-string", "md5", "community"});

[[nodiscard]] constexpr bool is_hash_char(char c) noexcept {
  return is_alphanumeric(c) || c == '.' || c == '/' || c == '+' || c == '=' || c == '$' ||
         c == '-' || c == '_' || c == ',' || c == ':';
}
[[nodiscard]] constexpr bool is_scheme_char(char c) noexcept {
  return is_alphanumeric(c) || c == '-' || c == '_';
}

template <std::size_t N>
[[nodiscard]] bool begins_with_one_of(const std::array<std::string_view, N>& schemes,
                                      std::string_view word) noexcept {
  return std::ranges::any_of(schemes, [&](std::string_view scheme) {
    return word.size() >= scheme.size() &&
           equals_ignoring_case(word.substr(0, scheme.size()), scheme);
  });
}

// The end of the hash whose parts begin at `begin`; `begin` when it is too short for one.
[[nodiscard]] std::size_t hash_end(std::string_view text, std::size_t begin) noexcept {
  std::size_t end = skip(text.substr(0, begin + kMaxHash), begin, is_hash_char);
  while (end > begin && (text[end - 1] == '.' || text[end - 1] == ',' || text[end - 1] == ':')) {
    --end;  // of the sentence, or of the fields of a line of /etc/shadow
  }
  const std::string_view hash = text.substr(begin, end - begin);
  const auto fields = hash.find(':');
  // user:$6$salt$hash:19000:0:99999:7:::
  if (fields != std::string_view::npos && fields >= kMinHash) {
    return begin + fields;
  }
  return hash.size() >= kMinHash && std::ranges::any_of(hash, is_ascii_digit) ? end : begin;
}

}  // namespace

ShapeMatch match_crypt_hash(std::string_view text, std::size_t at) noexcept {
  std::size_t word = at;
  while (word > 0 && at - word < 2 * kMaxScheme &&
         (is_scheme_char(text[word - 1]) || text[word - 1] == ':')) {
    --word;
  }
  if (word < at) {
    // A prefix of the word may be a user or a field: "bob:pbkdf2_sha256".
    for (std::size_t begin = word; begin < at; ++begin) {
      if ((begin == word || text[begin - 1] == ':') &&
          begins_with_one_of(kNamedSchemes, text.substr(begin, at - begin))) {
        const std::size_t end = hash_end(text, at + 1);
        return end > at + 1 ? ShapeMatch{begin, end} : kNone;
      }
    }
    if (text[at - 1] != ':') {
      return kNone;
    }
  }
  const std::size_t scheme_end = skip(text.substr(0, at + 2 + kMaxScheme), at + 1, is_scheme_char);
  if (scheme_end == at + 1 || scheme_end - at > kMaxScheme || peek(text, scheme_end) != '$') {
    return kNone;
  }
  const std::size_t end = hash_end(text, scheme_end + 1);
  return end > scheme_end + 1 ? ShapeMatch{at, end} : kNone;
}

ShapeMatch match_ldap_hash(std::string_view text, std::size_t at) noexcept {
  constexpr std::size_t kMinPassword = 4;
  const std::size_t scheme_end = skip(text.substr(0, at + 2 + kMaxScheme), at + 1, is_scheme_char);
  const std::string_view scheme = text.substr(at + 1, scheme_end - at - 1);
  if (peek(text, scheme_end) != '}' || scheme.size() > kMaxScheme ||
      !begins_with_one_of(kLdapSchemes, scheme)) {
    return kNone;
  }
  const std::size_t begin = scheme_end + 1;
  const std::size_t end = skip(text.substr(0, begin + kMaxHash), begin, [](char c) {
    return !is_blank(c) && !is_line_end(c) && !is_quote(c) && c != ',' && c != ';' && c != ')' &&
           c != '}' && c != '<';
  });
  return end - begin >= kMinPassword && peek(text, begin) != '{' ? ShapeMatch{begin, end} : kNone;
}

ShapeMatch match_mysql_hash(std::string_view text, std::size_t at) noexcept {
  constexpr std::size_t kDigits = 40;
  const std::size_t end = skip(text.substr(0, at + 2 + kDigits), at + 1,
                               [](char c) { return is_hex_digit(c) && !is_ascii_lower(c); });
  return end - at - 1 == kDigits && !is_word_char(peek(text, end)) ? ShapeMatch{at, end} : kNone;
}

ShapeMatch match_numbered_secret(std::string_view text, std::size_t at) noexcept {
  constexpr std::size_t kMinEncoded = 6;
  if (text[at] != '7' || at < 4 || text[at - 1] != ' ' || peek(text, at + 1) != ' ') {
    return kNone;
  }
  std::size_t name = at - 1;
  while (name > 0 && at - name < kMaxScheme && is_name_char(text[name - 1])) {
    --name;
  }
  if (!is_one_of_ignoring_case(kNumberedNames, text.substr(name, at - 1 - name))) {
    return kNone;
  }
  const std::size_t begin = at + 2;
  const std::size_t end = skip(text, begin, is_hex_digit);
  const std::string_view encoded = text.substr(begin, end - begin);
  return encoded.size() >= kMinEncoded && encoded.size() % 2 == 0 &&
                 !is_word_char(peek(text, end)) && is_ascii_digit(encoded[0]) &&
                 is_ascii_digit(encoded[1])
             ? ShapeMatch{begin, end}
             : kNone;
}

}  // namespace ringside
