#pragma once
// Thirty-two bytes of text, for processors with AVX2. The build is for any x86-64: each function says itself that it is for
// AVX2 (RINGSIDE_AVX2), is inlined, and its caller asks the processor first. Without RINGSIDE_AVX2 there are no such vectors.
//
// Threads: pure functions.

#if defined(__x86_64__) && !defined(RINGSIDE_NO_SIMD)
#include <immintrin.h>

#include <cstdint>

#define RINGSIDE_AVX2 [[gnu::target("avx2,bmi,bmi2"), gnu::always_inline]]

namespace ringside {

// Which bytes of thirty-two are in a class.
struct WideVector {
  __m256i bytes;
  RINGSIDE_AVX2 [[nodiscard]] __m256i is(char byte) const noexcept {
    return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte));
  }
  RINGSIDE_AVX2 [[nodiscard]] __m256i in(char low, char high) const noexcept {
    const __m256i moved = _mm256_add_epi8(bytes, _mm256_set1_epi8(static_cast<char>(-128 - low)));
    return _mm256_cmpgt_epi8(_mm256_set1_epi8(static_cast<char>(-128 + high - low + 1)), moved);
  }
  RINGSIDE_AVX2 [[nodiscard]] WideVector folded() const noexcept {
    return {_mm256_or_si256(bytes, _mm256_set1_epi8(0x20))};
  }
  RINGSIDE_AVX2 [[nodiscard]] __m256i letters() const noexcept { return folded().in('a', 'z'); }
  RINGSIDE_AVX2 [[nodiscard]] __m256i rare() const noexcept {
    return _mm256_or_si256(_mm256_or_si256(in('"', '+'), in(':', '@')), is('J'));
  }
  RINGSIDE_AVX2 [[nodiscard]] __m256i brackets() const noexcept {
    return _mm256_or_si256(_mm256_or_si256(in('$', '*'), folded().in('{', '}')), bytes);
  }
  RINGSIDE_AVX2 [[nodiscard]] __m256i capitals() const noexcept {  // in the highest bits
    return _mm256_slli_epi16(_mm256_andnot_si256(bytes, letters()), 2);
  }
  RINGSIDE_AVX2 [[nodiscard]] static std::uint64_t mask(__m256i is) noexcept {
    return static_cast<unsigned>(_mm256_movemask_epi8(is));
  }
};

}  // namespace ringside
#endif
