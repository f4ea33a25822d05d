// One table. Each row is a prefix, how long the rest must be and what it is made of: a prefix alone
// ("sk-", "key-") is too common in ordinary names.
#include "core/redact/token_shapes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

enum class Body : std::uint8_t { kBase64url, kAlphanumeric, kUpperDigit, kHex, kDotted, kBotParts };

// Bounded, because a body without a digit is no token, and other prefixes that it has in it are tried next.
constexpr std::size_t kMaxToDigit = 64;

struct Shape {
  std::string_view prefix;
  Body body = Body::kBase64url;
  std::size_t min = 0;       // bytes after the prefix
  std::size_t max = 0;       // 0: any
  bool needs_digit = false;  // in the first kMaxToDigit bytes
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
    {"shippo_test_", Body::kHex, 40},
    {"aio_", Body::kAlphanumeric, 28, 28},
    {"LTAI", Body::kAlphanumeric, 16, 20, true},
    {"AKID", Body::kAlphanumeric, 32, 0, true},
    {"AQVN", Body::kBase64url, 35},
    {"ASCA", Body::kUpperDigit, 16, 16},
    {"cmVmdGtu", Body::kAlphanumeric, 56},
    {"dnkey-", Body::kBase64url, 60},
    {"dp.ct.", Body::kAlphanumeric, 40},
    {"dp.scim.", Body::kAlphanumeric, 40},
    {"dp.audit.", Body::kAlphanumeric, 40},
    {"duffel_live_", Body::kBase64url, 40},
    {"duffel_test_", Body::kBase64url, 40},
    {"EZTK", Body::kAlphanumeric, 54},
    {"FLWSECK-", Body::kAlphanumeric, 12},
    {"FLWSECK_TEST-", Body::kAlphanumeric, 12},
    {"EAAM", Body::kAlphanumeric, 80},
    {"EAAC", Body::kAlphanumeric, 80},
    {"EAAB", Body::kAlphanumeric, 80},
    {"EAAG", Body::kAlphanumeric, 80},
    {"fio-u-", Body::kBase64url, 64},
    {"fo1_", Body::kBase64url, 43},
    {"fm1a_", Body::kBase64url, 60},
    {"fm1r_", Body::kBase64url, 60},
    {"fm2_", Body::kBase64url, 60},
    {"eyJrIjoi", Body::kAlphanumeric, 60},
    {"eyJvcmdfaWQi", Body::kAlphanumeric, 40},
    {"api_org_", Body::kAlphanumeric, 34},
    {"ico-", Body::kAlphanumeric, 32, 32, true},
    {"s-s4t2ud-", Body::kHex, 64},
    {"u-s4t2ud-", Body::kHex, 64},
    {"sk.eyJ", Body::kDotted, 60},
    {"secret_", Body::kAlphanumeric, 43, 43, true},
    {"API-", Body::kUpperDigit, 26, 32, true},
    {"sk-admin-", Body::kBase64url, 20},
    {"sk-or-v1-", Body::kHex, 64},
    {"sk-lf-", Body::kBase64url, 36},
    {"pnu_", Body::kAlphanumeric, 36},
    {"tk-us-", Body::kBase64url, 48},
    {"xkeysib-", Body::kBase64url, 64},
    {"xsmtpsib-", Body::kBase64url, 64},
    {"sm_pat_", Body::kAlphanumeric, 16},
    {"sm_aat_", Body::kAlphanumeric, 16},
    {"sm_sat_", Body::kAlphanumeric, 16},
    {"xwfp-", Body::kBase64url, 20},
    {"sqp_", Body::kHex, 40},
    {"squ_", Body::kHex, 40},
    {"sqa_", Body::kHex, 40},
    {"sgp_", Body::kBase64url, 40},
    {"sk_prod_", Body::kAlphanumeric, 16},
    {"rk_prod_", Body::kAlphanumeric, 16},
    {"sk_", Body::kHex, 40, 0, true},
    {"bkua_", Body::kHex, 40},
    {"CCIPAT_", Body::kBase64url, 40},
    {"tgp_v1_", Body::kBase64url, 40},
    {"lsv2_pt_", Body::kBase64url, 32},
    {"lsv2_sk_", Body::kBase64url, 32},
    {"pcsk_", Body::kBase64url, 40},
    {"tvly-", Body::kBase64url, 24, 0, true},
    {"nvapi-", Body::kBase64url, 40},
    {"csk-", Body::kAlphanumeric, 40, 0, true},
    {"re_", Body::kBase64url, 32, 34, true},
    {"sb_secret_", Body::kBase64url, 30},
    {"napi_", Body::kAlphanumeric, 40},
    {"rnd_", Body::kAlphanumeric, 28, 32, true},
    {"nfc_", Body::kAlphanumeric, 36},
    {"ops_eyJ", Body::kBase64url, 60},
    {"access-sandbox-", Body::kBase64url, 36, 36, true},
    {"access-production-", Body::kBase64url, 36, 36, true},
    {"access-development-", Body::kBase64url, 36, 36, true},
    {"rzp_live_", Body::kAlphanumeric, 14},
    {"APP_USR-", Body::kBase64url, 40},
    {"AAAAAAAAAAAAAAAAAAAAA", Body::kAlphanumeric, 60, 0, true},
    {"sl.", Body::kBase64url, 100},
    {"NRIQ-", Body::kBase64url, 24},
    {"NRJS-", Body::kHex, 19},
    {"hcaik_", Body::kAlphanumeric, 50},
    {"hcbik_", Body::kAlphanumeric, 50},
    {"sdk-", Body::kBase64url, 36, 36, true},
    {"ABSK", Body::kAlphanumeric, 100},
    {"bedrock-api-key-", Body::kBase64url, 40},
    {"glwt-", Body::kBase64url, 20},
    {"gitea_pat_", Body::kHex, 40},
    {"md5", Body::kHex, 32, 32, true},
    {"MD", Body::kBotParts},
    {"MT", Body::kBotParts},
    {"Mj", Body::kBotParts},
    {"Mz", Body::kBotParts},
    {"ND", Body::kBotParts},
    {"NT", Body::kBotParts},
    {"Nj", Body::kBotParts},
    {"Nz", Body::kBotParts},
    {"OD", Body::kBotParts},
    {"OT", Body::kBotParts},
});

[[nodiscard]] constexpr bool is_of(Body body, char c) noexcept {
  switch (body) {
    case Body::kBase64url:
    case Body::kBotParts:
      return is_base64url_char(c);
    case Body::kAlphanumeric:
      return is_alphanumeric(c);
    case Body::kUpperDigit:
      return is_ascii_digit(c) || is_ascii_upper(c);
    case Body::kHex:
      return is_hex_digit(c);
    case Body::kDotted:
      return is_base64url_char(c) || c == '.';
  }
  return false;
}

static_assert(kShapes.size() < 256);

// The rows by their first byte, so that most words cost one look.
struct Index {
  std::array<std::uint8_t, 257> first{};
  std::array<std::uint8_t, kShapes.size()> rows{};
};
constexpr Index kIndex = [] {
  Index index;
  for (const Shape& shape : kShapes) {
    ++index.first[static_cast<unsigned char>(shape.prefix[0]) + 1U];
  }
  for (std::size_t byte = 1; byte < index.first.size(); ++byte) {
    index.first[byte] = static_cast<std::uint8_t>(index.first[byte] + index.first[byte - 1]);
  }
  std::array<std::uint8_t, 257> next = index.first;
  for (std::size_t row = 0; row < kShapes.size(); ++row) {
    index.rows[next[static_cast<unsigned char>(kShapes[row].prefix[0])]++] =
        static_cast<std::uint8_t>(row);
  }
  return index;
}();

// The token of a Discord bot: the base64 of its id, a time, and a signature, with dots between.
[[nodiscard]] std::size_t bot_end(std::string_view text, std::size_t body) noexcept {
  struct Part {
    std::size_t min;
    std::size_t max;
  };
  constexpr auto kParts = std::to_array<Part>({{21, 27}, {6, 7}, {27, 45}});
  std::size_t at = body;
  for (const Part& part : kParts) {
    at += at == body ? 0U : 1U;  // the dot
    const std::size_t end = skip(text.substr(0, at + part.max + 1), at, is_base64url_char);
    const bool is_last = &part == &kParts.back();
    if (end - at < part.min || end - at > part.max || (!is_last && peek(text, end) != '.')) {
      return body;
    }
    at = end;
  }
  return at;
}

[[nodiscard]] bool has_digit(Body body, std::string_view text) noexcept {
  const auto is_other = [body](char c) { return is_of(body, c) && !is_ascii_digit(c); };
  return is_ascii_digit(peek(text, skip(text, 0, is_other)));
}

[[nodiscard]] std::size_t end_of(const Shape& shape, std::string_view text,
                                 std::size_t body) noexcept {
  if (shape.body == Body::kBotParts) {
    return bot_end(text, body);
  }
  if (shape.needs_digit && !has_digit(shape.body, text.substr(body, kMaxToDigit))) {
    return body;
  }
  std::size_t end = body;
  const std::size_t limit =
      shape.max == 0 ? text.size() : std::min(text.size(), body + shape.max + 1);
  while (end < limit && is_of(shape.body, text[end])) {
    ++end;
  }
  while (shape.body == Body::kDotted && end > body && text[end - 1] == '.') {
    --end;  // of the sentence
  }
  const std::size_t n = end - body;
  const bool goes_on = end < text.size() && is_word_char(text[end]);
  return n < shape.min || (shape.max != 0 && (n > shape.max || goes_on)) ? body : end;
}

// A key of Mailchimp: 32 hexadecimal digits and the data center, -us12. The only one without a prefix; it is told by its end.
constexpr std::string_view kDataCenter = "-us";
constexpr std::size_t kMailchimpDigits = 32;

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

constinit const std::array<std::uint64_t, 128> kTokenThrees = [] {
  std::array<std::uint64_t, 128> set{};
  const auto add = [&set](std::string_view three) {
    const std::size_t hash = hash_of_three(three);
    set[hash / 64U] |= std::uint64_t{1} << (hash % 64U);
  };
  for (const Shape& shape : kShapes) {
    if (shape.prefix.size() >= 3) {
      add(shape.prefix);
      continue;
    }
    for (unsigned byte = 0; byte < 128; ++byte) {  // the body begins with the third
      const std::array<char, 3> three{shape.prefix[0], shape.prefix[1], static_cast<char>(byte)};
      if (is_of(shape.body, three[2])) {
        add({three.data(), three.size()});
      }
    }
  }
  return set;
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

ShapeMatch match_mailchimp(std::string_view text, std::size_t end) noexcept {
  std::size_t digits = end;
  while (digits > 0 && end - digits < 2 && is_ascii_digit(text[digits - 1])) {
    --digits;
  }
  const std::size_t n = kMailchimpDigits + kDataCenter.size();
  if (digits == end || digits < n ||
      text.substr(digits - kDataCenter.size(), kDataCenter.size()) != kDataCenter) {
    return {end, end};
  }
  const std::size_t begin = digits - n;
  return std::ranges::all_of(text.substr(begin, kMailchimpDigits), is_hex_digit) &&
                 (begin == 0 || !is_word_char(text[begin - 1]))
             ? ShapeMatch{begin, end}
             : ShapeMatch{end, end};
}

}  // namespace ringside
