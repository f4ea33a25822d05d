#pragma once
// How strings and numbers are passed over in JSON text. For those that read JSON in place:
// JsonSkim, and what compares one event with another. Threads: pure functions.

#include <bit>
#include <cstddef>
#include <limits>
#include <string_view>

#include "core/base/json.hpp"

#if defined(__SSE2__) && !defined(RINGSIDE_NO_SIMD)
#include <emmintrin.h>
#endif

namespace ringside {

[[nodiscard]] inline bool is_json_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// The first byte in [at, end) that is not plain text inside a string: a quote, a backslash, a
// control character, a byte of a longer UTF-8 sequence; `end` when there is none.
[[nodiscard]] inline const char* skip_plain_text(const char* at, const char* end) noexcept {
#if defined(__SSE2__) && !defined(RINGSIDE_NO_SIMD)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i space = _mm_set1_epi8(0x20);
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    // As signed bytes, control characters and bytes from 0x80 up are both below the space.
    const __m128i stop =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                     _mm_cmplt_epi8(bytes, space));
    if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(stop)); mask != 0) {
      return at + std::countr_zero(mask);
    }
  }
#endif
  while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20 &&
         static_cast<unsigned char>(*at) < 0x80) {
    ++at;
  }
  return at;
}

// The index of the quote that ends the string whose first character is at `i`; text.size() when there
// is none.
[[nodiscard]] inline std::size_t find_end_of_string(std::string_view text, std::size_t i) noexcept {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  while (i < text.size()) {
    i = static_cast<std::size_t>(skip_plain_text(begin + i, end) - begin);
    if (i == text.size() || text[i] == '"') {
      return i;
    }
    i += text[i] == '\\' ? 2U : 1U;
  }
  return text.size();
}

// How many digits a number may have.
struct JsonNumberSize {
  std::ptrdiff_t integer = 18;
  std::ptrdiff_t real = 17;
  std::ptrdiff_t exponent = 2;
};

// After the number at `at`, and its kind; null when there is none, or a larger one.
[[nodiscard]] inline const char* skip_number(const char* at, const char* end, JsonKind& kind,
                                             JsonNumberSize most = {}) noexcept {
  const auto digits = [&]() noexcept {
    const char* const from = at;
    while (at != end && is_json_digit(*at)) {
      ++at;
    }
    return at - from;
  };
  kind = JsonKind::kInteger;
  if (at != end && *at == '-') {
    ++at;
  }
  const bool leading_zero = at != end && *at == '0';
  const std::ptrdiff_t n_whole = digits();
  if (n_whole == 0 || n_whole > most.integer || (leading_zero && n_whole > 1)) {
    return nullptr;
  }
  if (at != end && *at == '.') {
    ++at;
    kind = JsonKind::kReal;
    const std::ptrdiff_t n_fraction = digits();
    if (n_fraction == 0 || n_whole + n_fraction > most.real) {
      return nullptr;
    }
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    kind = JsonKind::kReal;
    if (at != end && (*at == '+' || *at == '-')) {
      ++at;
    }
    const std::ptrdiff_t n_exponent = digits();
    if (n_exponent == 0 || n_exponent > most.exponent) {
      return nullptr;
    }
  }
  return at;
}

// The same, of any size.
[[nodiscard]] inline const char* skip_long_number(const char* at, const char* end,
                                                  JsonKind& kind) noexcept {
  constexpr std::ptrdiff_t kAny = std::numeric_limits<std::ptrdiff_t>::max();
  return skip_number(at, end, kind, {kAny, kAny, kAny});
}

}  // namespace ringside
