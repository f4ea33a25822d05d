// One table. Each row is a prefix, how long the rest must be and what it is made of: a prefix alone
// ("sk-", "key-") is too common in ordinary names.
#include "core/redact/token_shapes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/redact/text_class.hpp"

namespace ringside {
namespace {

enum class Body : std::uint8_t { kBase64url, kAlphanumeric, kUpperDigit, kHex, kDotted };

struct Shape {
  std::string_view prefix;
  Body body = Body::kBase64url;
  std::size_t min = 0;  // bytes after the prefix
  std::size_t max = 0;  // 0: any
  bool needs_digit = false;
};

constexpr auto kShapes = std::to_array<Shape>({
    {"ghp_", Body::kAlphanumeric, 30},
    {"gho_", Body::kAlphanumeric, 30},
    {"ghu_", Body::kAlphanumeric, 30},
    {"ghs_", Body::kBase64url, 30},
    {"ghr_", Body::kAlphanumeric, 30},
    {"github_pat_", Body::kBase64url, 40},
    {"glpat-", Body::kDotted, 20},
    {"gldt-", Body::kBase64url, 20},
    {"glrt-", Body::kDotted, 20},
    {"glcbt-", Body::kBase64url, 20},
    {"glptt-", Body::kBase64url, 40},
    {"gloas-", Body::kBase64url, 40},
    {"glsoat-", Body::kBase64url, 20},
    {"glft-", Body::kBase64url, 20},
    {"glagent-", Body::kBase64url, 40},
    {"glimt-", Body::kBase64url, 20},
    {"glffct-", Body::kBase64url, 20},
    {"GR1348941", Body::kBase64url, 20},
    {"xoxa-", Body::kBase64url, 15},
    {"xoxb-", Body::kBase64url, 15},
    {"xoxc-", Body::kBase64url, 15},
    {"xoxd-", Body::kBase64url, 15},
    {"xoxe-", Body::kBase64url, 15},
    {"xoxe.", Body::kDotted, 15},
    {"xoxo-", Body::kBase64url, 15},
    {"xoxp-", Body::kBase64url, 15},
    {"xoxr-", Body::kBase64url, 15},
    {"xoxs-", Body::kBase64url, 15},
    {"xapp-", Body::kBase64url, 20},
    {"sk_live_", Body::kAlphanumeric, 16},
    {"sk_test_", Body::kAlphanumeric, 16},
    {"rk_live_", Body::kAlphanumeric, 16},
    {"rk_test_", Body::kAlphanumeric, 16},
    {"whsec_", Body::kBase64url, 24},
    {"AIza", Body::kBase64url, 30},
    {"GOCSPX-", Body::kBase64url, 20},
    {"ya29.", Body::kDotted, 20},
    {"AKIA", Body::kUpperDigit, 16, 16},
    {"ASIA", Body::kUpperDigit, 16, 16},
    {"ABIA", Body::kUpperDigit, 16, 16},
    {"ACCA", Body::kUpperDigit, 16, 16},
    {"npm_", Body::kAlphanumeric, 36},
    {"pypi-", Body::kBase64url, 40},
    {"SG.", Body::kDotted, 40},
    {"hvs.", Body::kBase64url, 24},
    {"hvb.", Body::kBase64url, 24},
    {"hvr.", Body::kBase64url, 24},
    {"dop_v1_", Body::kHex, 40},
    {"doo_v1_", Body::kHex, 40},
    {"dor_v1_", Body::kHex, 40},
    {"dckr_pat_", Body::kBase64url, 20},
    {"dckr_oat_", Body::kBase64url, 20},
    {"sk-ant-", Body::kBase64url, 20},
    {"sk-proj-", Body::kBase64url, 20},
    {"sk-svcacct-", Body::kBase64url, 20},
    {"sk-", Body::kAlphanumeric, 40, 0, true},
    {"gsk_", Body::kAlphanumeric, 40},
    {"hf_", Body::kAlphanumeric, 30},
    {"r8_", Body::kAlphanumeric, 35},
    {"pplx-", Body::kAlphanumeric, 40},
    {"shpat_", Body::kHex, 32},
    {"shpss_", Body::kHex, 32},
    {"shpca_", Body::kHex, 32},
    {"shppa_", Body::kHex, 32},
    {"glsa_", Body::kBase64url, 32},
    {"glc_", Body::kBase64url, 32},
    {"lin_api_", Body::kAlphanumeric, 32},
    {"pul-", Body::kHex, 40},
    {"rubygems_", Body::kHex, 40},
    {"figd_", Body::kBase64url, 30},
    {"ATATT3", Body::kBase64url, 50},
    {"ATBB", Body::kAlphanumeric, 28, 0, true},
    {"dapi", Body::kHex, 32, 34},
    {"SK", Body::kHex, 32, 32},
    {"sntrys_", Body::kBase64url, 30},
    {"sntryu_", Body::kHex, 60},
    {"PMAK-", Body::kBase64url, 50},
    {"NRAK-", Body::kAlphanumeric, 27},
    {"key-", Body::kHex, 32, 32},
    {"EAACEdEose0cBA", Body::kAlphanumeric, 10},
    {"sq0atp-", Body::kBase64url, 20},
    {"sq0csp-", Body::kBase64url, 40},
    {"AGE-SECRET-KEY-", Body::kAlphanumeric, 50},
    {"tskey-", Body::kBase64url, 20},
    {"nfp_", Body::kAlphanumeric, 30},
    {"vercel_", Body::kAlphanumeric, 24, 0, true},
    {"cio", Body::kAlphanumeric, 32, 32, true},
    {"AKCp", Body::kAlphanumeric, 60},
    {"CFPAT-", Body::kBase64url, 40},
    {"EZAK", Body::kAlphanumeric, 54},
    {"HRKU-", Body::kBase64url, 36},
    {"tfp_", Body::kBase64url, 40},
    {"dt0c01.", Body::kDotted, 60},
    {"ntn_", Body::kAlphanumeric, 40},
    {"xai-", Body::kAlphanumeric, 60},
    {"sbp_", Body::kHex, 40},
    {"pscale_tkn_", Body::kBase64url, 32},
    {"pscale_pw_", Body::kBase64url, 32},
    {"pscale_oauth_", Body::kBase64url, 32},
    {"CLOJARS_", Body::kAlphanumeric, 60},
    {"rdme_", Body::kAlphanumeric, 70},
    {"EAAA", Body::kBase64url, 60, 0, true},
    {"dp.pt.", Body::kAlphanumeric, 40},
    {"dp.st.", Body::kDotted, 40},
    {"dp.sa.", Body::kAlphanumeric, 40},
    {"s.", Body::kAlphanumeric, 24, 24, true},
    {"atlasv1.", Body::kBase64url, 60},
    {"v2.local.", Body::kBase64url, 60},
    {"v4.local.", Body::kBase64url, 60},
    {"lin_oauth_", Body::kHex, 40},
    {"ATCTT3", Body::kBase64url, 50},
    {"sk_org_", Body::kAlphanumeric, 16},
    {"shippo_live_", Body::kHex, 40},
});

[[nodiscard]] constexpr bool is_hex(char c) noexcept {
  return is_ascii_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
[[nodiscard]] constexpr bool is_of(Body body, char c) noexcept {
  switch (body) {
    case Body::kBase64url:
      return is_base64url_char(c);
    case Body::kAlphanumeric:
      return is_alphanumeric(c);
    case Body::kUpperDigit:
      return is_ascii_digit(c) || is_ascii_upper(c);
    case Body::kHex:
      return is_hex(c);
    case Body::kDotted:
      return is_base64url_char(c) || c == '.';
  }
  return false;
}

// The rows by their first byte, so that most words cost one look.
struct Index {
  std::array<std::uint8_t, 257> first{};
  std::array<std::uint8_t, kShapes.size()> rows{};
};
constexpr Index kIndex = [] {
  Index index;
  std::uint8_t n = 0;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    index.first[byte] = n;
    for (std::size_t row = 0; row < kShapes.size(); ++row) {
      if (static_cast<unsigned char>(kShapes[row].prefix.front()) == byte) {
        index.rows[n++] = static_cast<std::uint8_t>(row);
      }
    }
  }
  index.first[256] = n;
  return index;
}();

[[nodiscard]] std::size_t end_of(const Shape& shape, std::string_view text,
                                 std::size_t body) noexcept {
  std::size_t end = body;
  while (end < text.size() && is_of(shape.body, text[end])) {
    ++end;
  }
  while (shape.body == Body::kDotted && end > body && text[end - 1] == '.') {
    --end;  // of the sentence
  }
  const std::size_t n = end - body;
  const bool goes_on = end < text.size() && is_word_char(text[end]);
  if (n < shape.min || (shape.max != 0 && (n > shape.max || goes_on))) {
    return body;
  }
  return shape.needs_digit &&
                 std::none_of(text.begin() + static_cast<std::ptrdiff_t>(body),
                              text.begin() + static_cast<std::ptrdiff_t>(end), is_ascii_digit)
             ? body
             : end;
}

[[nodiscard]] constexpr int base64_value(char c) noexcept {
  return is_ascii_upper(c)      ? c - 'A'
         : is_ascii_lower(c)    ? c - 'a' + 26
         : is_ascii_digit(c)    ? c - '0' + 52
         : c == '+' || c == '-' ? 62
         : c == '/' || c == '_' ? 63
                                : -1;
}

}  // namespace

constinit const std::array<std::array<std::uint64_t, 2>, 256> kTokenBegins = [] {
  std::array<std::array<std::uint64_t, 2>, 256> sets{};
  for (const Shape& shape : kShapes) {
    const auto second = static_cast<unsigned char>(shape.prefix[1]);
    sets[static_cast<unsigned char>(shape.prefix[0])][second / 64U] |= std::uint64_t{1}
                                                                       << (second % 64U);
  }
  return sets;
}();

ShapeMatch match_token(std::string_view text, std::size_t at) noexcept {
  const auto byte = static_cast<unsigned char>(text[at]);
  const std::string_view rest = text.substr(at);
  for (std::size_t i = kIndex.first[byte]; i < kIndex.first[byte + 1U]; ++i) {
    const Shape& shape = kShapes[kIndex.rows[i]];
    if (rest.starts_with(shape.prefix)) {
      const std::size_t body = at + shape.prefix.size();
      if (const std::size_t end = end_of(shape, text, body); end != body) {
        return {at, end};
      }
    }
  }
  return {at, at};
}

bool is_basic_credentials(std::string_view text) noexcept {
  while (!text.empty() && text.back() == '=') {
    text.remove_suffix(1);
  }
  bool has_colon = false;
  unsigned bits = 0;
  unsigned n_bits = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) {
      return false;
    }
    bits = (bits << 6U) | static_cast<unsigned>(value);
    n_bits += 6;
    if (n_bits >= 8) {
      n_bits -= 8;
      const unsigned byte = (bits >> n_bits) & 0xFFU;
      if (byte < 0x20 || byte == 0x7F) {
        return false;
      }
      has_colon = has_colon || byte == ':';
    }
  }
  return has_colon && text.size() >= 6;
}

}  // namespace ringside
