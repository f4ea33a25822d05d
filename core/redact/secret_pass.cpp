// The walk over a text, and what is recognised by its shape.
#include "core/redact/secret_pass.hpp"

#include <algorithm>
#include <bit>

#include "core/base/text.hpp"
#include "core/redact/password_hashes.hpp"
#include "core/redact/personal_data.hpp"
#include "core/redact/scan_block.hpp"
#include "core/redact/secret_scan_cards.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

constexpr std::string_view kDone = "[redacted]";

[[nodiscard]] constexpr bool ends_token(char c) noexcept {
  return is_blank(c) || is_line_end(c) || is_quote(c) || c == '&' || c == ',' || c == ';' ||
         c == '\0';
}

// Where runs of at least kMinTokenRun set bits begin.
[[nodiscard]] constexpr ScanBlocks::Word begins_of_runs(ScanBlocks::Word bits) noexcept {
  static_assert(kMinTokenRun == 20);
  ScanBlocks::Word runs = bits & (bits >> 1U);
  runs &= runs >> 2U;
  runs &= runs >> 4U;
  runs &= runs >> 8U;
  runs &= runs >> 4U;  // 16 and 4 more
  return runs & ~(runs << 1U);
}

[[gnu::always_inline]] [[nodiscard]] inline bool is_clean(std::string_view text,
                                                          const ScanBlocks::Bits& bits) noexcept {
  using Word = ScanBlocks::Word;
  if (bits.suspects != 0) {
    return false;
  }
  for (Word runs = begins_of_runs(bits.word); runs != 0; runs &= runs - 1) {
    const auto first = static_cast<unsigned>(std::countr_zero(runs));
    const unsigned end = first + static_cast<unsigned>(std::countr_one(bits.word >> first));
    if ((first > 0 && text[first - 1] == '.') ||
        (is_ascii_digit(text[end - 1]) && match_mailchimp(text, end).found())) {
      return false;
    }
    const Word of_run = end < ScanBlocks::kBytes ? (Word{1} << end) - 1 : ~Word{0};
    for (Word starts = bits.starts & of_run & (~Word{0} << first); starts != 0;
         starts &= starts - 1) {
      if (may_begin_token(text, static_cast<std::size_t>(std::countr_zero(starts)))) {
        return false;
      }
    }
  }
  return true;
}

#if defined(RINGSIDE_AVX2)
const bool kHasAvx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
                      __builtin_cpu_supports("bmi2") != 0;

[[gnu::target("avx2,bmi,bmi2")]] [[nodiscard]] bool is_clean_wide_block(
    std::string_view text) noexcept {
  return is_clean(text, ScanBlocks().next(text, 0, ScanBlocks::classes_of_wide(text)));
}
#endif

}  // namespace

// Most values of an event are one block, and clean. run() finds the same, with state that is carried
// from block to block and costs twice as much as the look at the bytes.
bool SecretPass::is_clean_block(std::string_view text) noexcept {
  if (text.size() > ScanBlocks::kBytes) {
    return false;
  }
#if defined(RINGSIDE_AVX2)
  if (text.size() >= ScanBlocks::kWideBytes && kHasAvx2) {
    return is_clean_wide_block(text);
  }
#endif
  return is_clean(text, ScanBlocks().next(text, 0));
}

bool SecretPass::run() {
  ScanBlocks blocks;
  std::size_t i = 0;  // everything before it has been dealt with
  for (std::size_t block = 0; block < text_.size(); block += ScanBlocks::kBytes) {
    const ScanBlocks::Bits bits = blocks.next(text_, block);
    Word runs = s_.looks_for_tokens_ ? begins_of_long_runs(bits.word, block) : 0;
    Word suspects = bits.suspects;
    while ((suspects | runs) != 0) {  // in the order of the text
      if (std::countr_zero(runs) <= std::countr_zero(suspects)) {
        look_for_tokens(bits, block, static_cast<unsigned>(std::countr_zero(runs)));
        runs &= runs - 1;
        continue;
      }
      const std::size_t suspect = block + static_cast<std::size_t>(std::countr_zero(suspects));
      suspects &= suspects - 1;
      if (suspect >= i && s_.interesting_[static_cast<unsigned char>(text_[suspect])]) {
        i = std::max(suspect + 1, examine(suspect));
      }
    }
  }
  return is_open_;
}

// Where runs of at least kMinTokenRun begin in this block. One that began in an earlier block is
// looked at here.
SecretPass::Word SecretPass::begins_of_long_runs(Word word, std::size_t block) {
  const auto n_first = static_cast<std::size_t>(std::countr_one(word));
  const auto n_last = static_cast<std::size_t>(std::countl_one(word));
  Word runs = begins_of_runs(word);
  if (run_ > 0 && n_first > 0) {
    runs &= ~Word{1};  // no begin
    if (!is_run_known_ && run_ + n_first >= kMinTokenRun) {
      look_for_tokens(block - run_);
      is_run_known_ = true;
    }
  }
  if (n_first == ScanBlocks::kBytes) {
    is_run_known_ = true;
    run_ += n_first;
  } else {
    is_run_known_ = n_last >= kMinTokenRun;
    run_ = n_last;
  }
  return runs;
}

std::size_t SecretPass::examine(std::size_t i) {
  switch (text_[i]) {
    case 'J':  // of "eyJ": the other two letters are everywhere
      return s_.patterns_.jwt && i >= 2 ? jwt(i - 2) : i;
    case '-':
      return dash(i);
    case '=':
    case ':':
      return separator(i);
    case '%':
      return encoded_separator(i);
    case '<':
      return element(i);
    case '&':
      return escaped_element(i);
    case '"':
    case '\'':
      return quoted_word(i);
    case '+':
      return take(match_phone(text_, i), i);
    case '@':
      return at_sign(i);
    case '(':
    case '[':
      return bracket(i);
    case '{':
      return brace(i);
    case '$':
      return take(match_crypt_hash(text_, i), i);
    case '*':
      return take(match_mysql_hash(text_, i), i);
    case '~':
      return tilde(i);
    case '\xE2':
    case '\xEF':
      return symbol(i);
    default:
      return is_ascii_letter(text_[i]) ? known_word(i) : digits(i);
  }
}

bool SecretPass::starts_word(std::size_t i) const noexcept {
  return i == 0 || !is_word_char(text_[i - 1]);
}

// Spans come in the order of their begin, except that an address, a URL or a token may begin before
// the last one: those are merged.
std::size_t SecretPass::take(std::size_t begin, std::size_t end) {
  if (begin < end && part(begin, end) != kDone) {
    while (!out_.empty() && out_.back().begin >= begin) {
      end = std::max(end, out_.back().end);
      out_.pop_back();
    }
    if (!out_.empty() && out_.back().end >= begin) {
      out_.back().end = std::max(end, out_.back().end);
    } else {
      out_.push_back({begin, end});
    }
  }
  return end;
}

std::size_t SecretPass::take_token(std::size_t at) {
  const ShapeMatch match = match_token(text_, at);
  if (match.found() && (s_.patterns_.token || text_[at] == 'A')) {
    take(match.begin, match.end);
  }
  return match.end;
}

void SecretPass::take_token_by_its_end(std::size_t end) {
  if (const ShapeMatch match = match_mailchimp(text_, end); match.found() && s_.patterns_.token) {
    take(match.begin, match.end);
  }
}

// A run that ends in its block, as nearly all do: only the places where a word begins are tried.
void SecretPass::look_for_tokens(const ScanBlocks::Bits& bits, std::size_t block, unsigned first) {
  const auto n = static_cast<unsigned>(std::countr_one(bits.word >> first));
  const std::size_t begin = block + first;
  if (first + n >= ScanBlocks::kBytes || (begin > 0 && text_[begin - 1] == '.')) {
    look_for_tokens(begin);
    return;
  }
  const std::size_t end = begin + n;
  take_token_by_its_end(end);
  std::size_t next = begin;
  for (Word starts = bits.starts >> first << first; starts != 0; starts &= starts - 1) {
    const std::size_t at = block + static_cast<std::size_t>(std::countr_zero(starts));
    if (at + kMinTokenRun / 2 > end) {
      return;
    }
    if (at >= next && may_begin_token(text_, at)) {
      next = take_token(at) + 1;
    }
  }
}

// `begin`: of a long run of letters, digits, '_' and '-'. Prefixes with a dot in them ("SG.") end
// just before it.
void SecretPass::look_for_tokens(std::size_t begin) {
  const std::size_t end = skip(begin, is_base64url_char);
  take_token_by_its_end(end);
  constexpr std::size_t kMaxDottedPrefix = 9;
  if (begin > 0 && text_[begin - 1] == '.') {
    for (std::size_t n = 2; n <= std::min(kMaxDottedPrefix, begin); ++n) {
      if ((begin == n || !is_alphanumeric(text_[begin - n - 1])) &&
          match_token(text_, begin - n).found()) {
        begin = take_token(begin - n);
        break;
      }
    }
  }
  for (std::size_t at = begin; at + kMinTokenRun / 2 <= end; ++at) {
    if (at == begin || !is_alphanumeric(text_[at - 1])) {
      at = std::max(at, take_token(at));
    }
  }
}

// header.payload.signature, and the five parts of an encrypted one; also one that was cut off after
// its first dot.
std::size_t SecretPass::jwt(std::size_t i) {
  if (i < no_jwt_before_ || !text_.substr(i).starts_with("eyJ") || !starts_word(i)) {
    return i;
  }
  std::size_t end = skip(i, is_base64url_char);
  no_jwt_before_ = end;  // no later start in the same run of characters can do better
  if (end - i < 10 || peek(end) != '.') {
    return i;
  }
  std::size_t n_dots = 0;
  while (peek(end) == '.' && n_dots < 4) {
    ++n_dots;
    end = skip(end + 1, is_base64url_char);
  }
  return n_dots >= 2 || end == text_.size() ? take(i, end) : i;
}

std::size_t SecretPass::dash(std::size_t i) {
  if (s_.patterns_.pem && text_.substr(i).starts_with("----")) {
    return pem(i);
  }
  if (s_.patterns_.assignment && peek(i + 1) == '>') {
    return arrow(i);
  }
  const char before = i == 0 ? ' ' : text_[i - 1];
  return s_.patterns_.assignment &&
                 (peek(i + 1) == '-' || is_blank(before) || is_quote(before) || before == '\0')
             ? option(i)
             : i;
}

std::size_t SecretPass::pem(std::size_t i) {
  constexpr std::size_t kMaxLabel = 64;
  const std::size_t label = skip(i, [](char c) { return c == '-' || c == ' '; });
  if (!text_.substr(label).starts_with("BEGIN ") || label - i > 6) {
    return label > i + 8 ? label : i;
  }
  const std::size_t label_end = text_.substr(0, label + kMaxLabel).find("----", label);
  if (label_end == std::string_view::npos || !is_private_label(part(label, label_end))) {
    return i;
  }
  const std::size_t last = text_.find("END ", label_end);
  if (last == std::string_view::npos) {
    return take(i, text_.size());
  }
  const std::size_t dashes = text_.find("----", last);
  return take(i, dashes == std::string_view::npos ? text_.size()
                                                  : skip(dashes, [](char c) { return c == '-'; }));
}

// "Bearer TOKEN" and "Basic BASE64" without the header that they belong to.
std::size_t SecretPass::scheme(std::size_t i) {
  const std::size_t word_end = skip(i, is_ascii_letter);
  if (!starts_word(i) || !is_blank(peek(word_end))) {
    return i;
  }
  const std::string_view word = part(i, word_end);
  const bool is_bearer = equals_ignoring_case(word, "bearer");
  if (!is_bearer && !equals_ignoring_case(word, "basic")) {
    return i;
  }
  const std::size_t begin = skip(word_end, is_blank);
  const std::size_t end =
      is_bearer ? skip(begin, [](char c) { return !ends_token(c); }) : skip(begin, is_base64_char);
  const std::string_view token = part(begin, end);
  if (!is_bearer) {
    return is_basic_credentials(token) ? take(begin, end) : i;
  }
  // "bearer of bad news" is not a token: those are long, and have digits, dots or capitals.
  const bool looks_made = std::ranges::any_of(
      token, [](char c) { return is_ascii_digit(c) || is_ascii_upper(c) || c == '.'; });
  return token.size() >= 8 && looks_made ? take(begin, end) : i;
}

std::size_t SecretPass::digits(std::size_t i) {
  const SecretPatterns& p = s_.patterns_;
  if (i > 0 && is_name_char(text_[i - 1])) {  // the first digits after capitals
    ShapeMatch match{i, i};
    if (p.iban && i >= 3) {
      match = match_iban(text_, i - 3);
    }
    for (const std::size_t n_before : {1U, 3U, 7U}) {
      if (p.national_id && !match.found() && i >= n_before) {
        match = match_national_id(text_, i - n_before);
      }
    }
    return take(match, i);
  }
  if (p.token) {
    if (const std::size_t end = google_token(i); end != i) {
      return end;
    }
  }
  if (p.assignment) {
    if (const std::size_t end = number_of_sentence(i); end != i) {
      return end;
    }
    if (const ShapeMatch match = match_numbered_secret(text_, i); match.found()) {
      return take(match, i);
    }
  }
  if (p.card) {
    if (const CardMatch match = match_card(text_, i); match.is_card) {
      return take(i, match.end);
    }
  }
  if (p.phone) {
    if (const ShapeMatch match = match_phone(text_, i); match.found()) {
      return take(match, i);
    }
  }
  if (p.national_id) {
    if (const ShapeMatch match = match_national_id(text_, i); match.found()) {
      return take(match, i);
    }
    if (i >= 3 && is_ascii_upper(text_[i - 3])) {  // "QQ 12 34 56 C"
      if (const ShapeMatch match = match_national_id(text_, i - 3); match.found()) {
        return take(match, i);
      }
    }
  }
  return skip(i, is_ascii_digit);
}

std::size_t SecretPass::at_sign(std::size_t i) {
  const bool follows_password = !out_.empty() && out_.back().end == i;
  if (follows_password) {
    return i;
  }
  if (s_.patterns_.url) {
    if (const std::size_t end = bare_authority(i); end != i) {
      return end;
    }
    if (const std::size_t end = oracle_login(i); end != i) {
      return end;
    }
  }
  return s_.patterns_.email ? take(match_email(text_, i), i) : i;
}

}  // namespace ringside
