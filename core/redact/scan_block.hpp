#pragma once
// Sixteen bytes of text as bits: which bytes could begin a secret, told from the bytes and their
// neighbours alone. All that the scanner looks at closely comes from here; the rest of a text costs
// a few instructions for each block.
//
// Threads: one ScanBlocks for one pass.

#include <array>
#include <bit>
#include <cstddef>
#include <string_view>

#include "core/redact/text_class.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ringside {

class ScanBlocks {
 public:
  static constexpr std::size_t kBytes = 16;
  struct Bits {
    unsigned suspects = 0;  // bytes to look at
    unsigned word = 0;      // letters, digits, '_' and '-'
  };

  // The block that begins at `at`; blocks are asked for in order.
  //
  //   = : @ % <          always
  //   -                  before another, at the end of the block, or after a blank or a quote
  //   " '                after a blank or '('
  //   +                  before a digit, or at the end of the block
  //   J                  after a y, as in eyJ
  //   B b                where a word begins
  //   digits             where a word begins ('-' and '.' are of the word), after one capital that
  //                      begins a word, and after two capitals and a digit, as in an IBAN
  [[nodiscard]] Bits next(std::string_view text, std::size_t at) noexcept {
    const Classes c = classes_of(text, at);
    const unsigned name = c.word | c.dash | c.dot;
    const auto before = [this](unsigned bits, unsigned last, unsigned by) noexcept {
      return ((bits << by) | (last >> (kBytes - by))) & 0xFFFFU;
    };
    const unsigned word_before = before(c.word, last_.word, 1);
    const unsigned name_before = before(name, last_.word | last_.dash | last_.dot, 1);
    const unsigned after_digit = (c.digit >> 1U) | 0x8000U;
    const unsigned iban = c.digit & before(c.digit, last_.digit, 1) &
                          before(c.upper, last_.upper, 2) & before(c.upper, last_.upper, 3);
    const unsigned one_capital =
        c.digit & before(c.upper, last_.upper, 1) & ~before(c.word, last_.word, 2);
    Bits out;
    const unsigned blank_before = before(c.blank, last_.blank, 1);
    const unsigned quote_before = before(c.quote, last_.quote, 1);
    out.suspects = c.always | (c.dash & ((c.dash >> 1U) | 0x8000U | blank_before | quote_before)) |
                   (c.quote & blank_before) | (c.plus & after_digit) |
                   (c.j & before(c.y, last_.y, 1)) | (c.b & ~word_before) |
                   (c.digit & ~name_before) | iban | one_capital;
    out.word = c.word | c.dash;
    last_ = c;
    return out;
  }

 private:
  struct Classes {
    unsigned word = 0;  // without '-'
    unsigned digit = 0;
    unsigned upper = 0;
    unsigned always = 0;
    unsigned dash = 0;
    unsigned dot = 0;
    unsigned quote = 0;
    unsigned blank = 0;  // and '('
    unsigned plus = 0;
    unsigned j = 0;
    unsigned y = 0;
    unsigned b = 0;
  };

#if defined(__SSE2__)
  [[nodiscard]] static Classes classes_of(std::string_view text, std::size_t at) noexcept {
    __m128i bytes;
    if (text.size() - at >= kBytes) {
      bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    } else {
      std::array<char, kBytes> rest{};  // zeros belong to no class
      text.copy(rest.data(), kBytes, at);
      bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rest.data()));
    }
    const auto is = [&](char c) noexcept { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
    // Both bounds are below 0x80, so a byte above, negative as a signed one, is in no range.
    const auto in = [](__m128i v, char low, char high) noexcept {
      return _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8(static_cast<char>(low - 1))),
                           _mm_cmplt_epi8(v, _mm_set1_epi8(static_cast<char>(high + 1))));
    };
    const auto bits = [](__m128i v) noexcept {
      return static_cast<unsigned>(_mm_movemask_epi8(v));
    };
    const __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    const __m128i digit = in(bytes, '0', '9');
    Classes c;
    c.word = bits(_mm_or_si128(_mm_or_si128(in(folded, 'a', 'z'), digit), is('_')));
    c.digit = bits(digit);
    c.upper = bits(in(bytes, 'A', 'Z'));
    c.always = bits(_mm_or_si128(
        _mm_or_si128(_mm_or_si128(is('='), is(':')), _mm_or_si128(is('@'), is('%'))), is('<')));
    c.dash = bits(is('-'));
    c.dot = bits(is('.'));
    c.quote = bits(_mm_or_si128(is('"'), is('\'')));
    c.blank = bits(_mm_or_si128(is(' '), is('(')));
    c.plus = bits(is('+'));
    c.j = bits(is('J'));
    c.y = bits(is('y'));
    c.b = bits(_mm_cmpeq_epi8(folded, _mm_set1_epi8('b')));
    return c;
  }
#else
  [[nodiscard]] static Classes classes_of(std::string_view text, std::size_t at) noexcept {
    Classes c;
    for (std::size_t i = 0; i < kBytes && at + i < text.size(); ++i) {
      const char byte = text[at + i];
      const auto set = [i](unsigned& bits, bool is) noexcept { bits |= is ? 1U << i : 0U; };
      set(c.word, is_word_char(byte));
      set(c.digit, is_ascii_digit(byte));
      set(c.upper, is_ascii_upper(byte));
      set(c.always, byte == '=' || byte == ':' || byte == '@' || byte == '%' || byte == '<');
      set(c.dash, byte == '-');
      set(c.dot, byte == '.');
      set(c.quote, byte == '"' || byte == '\'');
      set(c.blank, byte == ' ' || byte == '(');
      set(c.plus, byte == '+');
      set(c.j, byte == 'J');
      set(c.y, byte == 'y');
      set(c.b, byte == 'b' || byte == 'B');
    }
    return c;
  }
#endif

  Classes last_{.blank = 0x8000U};  // a text begins as after a blank
};

}  // namespace ringside
