#pragma once
// Sixty-four bytes of text as bits: which bytes could begin a secret, derived from the bytes and their
// neighbours alone. All that the scanner looks at closely comes from here; the rest of a text costs
// a few instructions for each byte, and most values of an event are one block.
//
// Threads: one ScanBlocks for one pass.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/redact/text_class.hpp"
#include "core/redact/wide_vector.hpp"
#include "core/redact/word_begins.hpp"

#if defined(__SSE2__) && !defined(RINGSIDE_NO_SIMD)
#include <emmintrin.h>
#endif

namespace ringside {

class ScanBlocks {
 public:
  using Word = std::uint64_t;  // a bit for each byte of a block
  static constexpr std::size_t kBytes = 64;
  struct Bits {
    Word suspects = 0;  // bytes to look at
    Word word = 0;      // letters, digits, '_' and '-'
    Word starts = 0;    // letters and digits that follow neither
  };

  // The block that begins at `at`; blocks are asked for in order.
  //
  //   = : @ % < &        always
  //   -                  before another, at the end of the block, or after a blank, a quote or NUL
  //   " '                after a blank or '('
  //   +                  before a digit, or at the end of the block
  //   J                  after a y, as in eyJ
  //   letters            where a word begins as one of kWordBeginnings does; also after '_'
  //   ( [                after a letter, digit or '_', or before a quote or backslash
  //   {                  before a letter, a digit, a quote, a backslash, ':', '<' or a blank
  //   $ *                before a letter or a digit
  //   ~                  after 'Q' or '6', as in 8Q~ and sha256~, and before a letter, digit or '_'
  //   E2 EF              the first bytes of arrows and of full-width signs in UTF-8
  //   digits             where a word begins ('-' and '.' are of the word), after one capital that
  //                      begins a word, and after two capitals and a digit, as in an IBAN
  [[gnu::always_inline]] [[nodiscard]] Bits next(std::string_view text, std::size_t at) noexcept {
    return next(text, at, classes_of(text, at));
  }

  // Told of every block.
  struct Classes {
    Word alphanumeric = 0;
    Word word = 0;  // without '-'
    Word digit = 0;
    Word dash = 0;
    bool has_rare = false;     // one of the other suspects, or of a few that are none
    bool has_bracket = false;  // ( [ { $ * or what is not ASCII, or one of a few that are none
    bool has_tilde = false;
    bool has_capital = false;
  };
#if defined(RINGSIDE_AVX2)
  // Of a text of one block, of at least kWideBytes, on a processor with AVX2.
  static constexpr std::size_t kWideBytes = 32;
  RINGSIDE_AVX2 [[nodiscard]] static Classes classes_of_wide(std::string_view text) noexcept {
    const std::size_t place = text.size() - kWideBytes;
    const WideVector one = load_wide(text.data());
    const WideVector other = load_wide(text.data() + place);  // overlaps the first
    Classes c;
    add_wide(c, one, 0);
    add_wide(c, other, place);
    c.has_rare = any(one.rare(), other.rare());
    c.has_bracket = any(one.brackets(), other.brackets());
    c.has_tilde = any(one.is('~'), other.is('~'));
    c.has_capital = any(one.capitals(), other.capitals());
    return c;
  }
#endif
  [[gnu::always_inline]] [[nodiscard]] Bits next(std::string_view text, std::size_t at,
                                                 const Classes& c) noexcept {
    const Word word_before = before(c.word, last_.word, 1);
    Bits out;
    out.word = c.word | c.dash;
    out.starts = c.alphanumeric & ~before(c.alphanumeric, last_.alphanumeric, 1);
    out.suspects = c.dash & ((c.dash >> 1U) | kLastByte);
    for (Word words = out.starts; words != 0; words &= words - 1) {
      if (may_begin_known_word(text, at + static_cast<std::size_t>(std::countr_zero(words)))) {
        out.suspects |= words & (~words + 1);
      }
    }
    // A digit within a name is none, unless capitals are about; and a dash within one is none.
    const bool has_capital = c.has_capital || last_.has_capital;
    const Word loose =
        (c.digit & ~before(c.word | c.dash, last_.word | last_.dash, 1)) | (c.dash & ~word_before);
    if (c.has_rare || loose != 0 || (c.digit != 0 && has_capital)) {
      out.suspects |= rare_suspects(text, at, c);
    }
    // A tilde is one after Q or 6.
    if (c.has_bracket || (c.has_tilde && (has_capital || (c.digit | last_.digit) != 0))) {
      out.suspects |= bracket_suspects(text, at);
    }
    last_ = c;
    return out;
  }

 private:
  static constexpr Word kLastByte = Word{1} << (kBytes - 1);
  static constexpr std::size_t kVectorBytes = 16;

  // The bits of the bytes that follow the given ones, `by` bytes later.
  [[nodiscard]] static constexpr Word before(Word bits, Word last, unsigned by) noexcept {
    return (bits << by) | (last >> (kBytes - by));
  }

  // Told where one of the rare bytes shows, which clean values seldom have.
  struct RareClasses {
    Word upper = 0;
    Word always = 0;
    Word dot = 0;
    Word quote = 0;
    Word blank = 0;  // '(' and NUL, too
    Word plus = 0;
    Word j = 0;
    Word y = 0;
  };

  [[gnu::noinline]] [[nodiscard]] Word rare_suspects(std::string_view text, std::size_t at,
                                                     const Classes& c) const noexcept {
    const RareClasses r = rare_classes_of(text, at, kBytes);
    RareClasses last{.blank = kLastByte};  // a text begins as after a blank
    if (at > 0) {
      last = rare_classes_of(text, at - kVectorBytes, kVectorBytes);
      for (Word* bits : {&last.upper, &last.dot, &last.quote, &last.blank, &last.y}) {
        *bits <<= kBytes - kVectorBytes;
      }
    }
    const Word name = c.word | c.dash | r.dot;
    const Word name_before = before(name, last_.word | last_.dash | last.dot, 1);
    const Word upper_before = before(r.upper, last.upper, 1);
    const Word blank_before = before(r.blank, last.blank, 1);
    const Word quote_before = before(r.quote, last.quote, 1);
    const Word iban = c.digit & before(c.digit, last_.digit, 1) & before(r.upper, last.upper, 2) &
                      before(r.upper, last.upper, 3);
    const Word one_capital = c.digit & upper_before & ~before(c.word, last_.word, 2);
    return r.always | (c.dash & (blank_before | quote_before)) | (r.quote & blank_before) |
           (r.plus & ((c.digit >> 1U) | kLastByte)) | (r.j & before(r.y, last.y, 1)) |
           (c.digit & ~name_before) | iban | one_capital;
  }

  [[gnu::noinline]] [[nodiscard]] static Word bracket_suspects(std::string_view text,
                                                               std::size_t at) noexcept {
    Word suspects = 0;
    for (Word bits = brackets_of(text, at); bits != 0; bits &= bits - 1) {
      const std::size_t i = at + static_cast<std::size_t>(std::countr_zero(bits));
      const bool is_suspect = is_bracket_suspect(text, i);
      suspects |= is_suspect ? bits & (~bits + 1) : 0;
    }
    return suspects;
  }
  [[nodiscard]] static bool is_bracket_suspect(std::string_view text, std::size_t i) noexcept {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const bool quote_after = next == '"' || next == '\'' || next == '\\';
    const bool follows_word = i > 0 && is_word_char(text[i - 1]);
    switch (text[i]) {
      case '(':
      case '[':
        return follows_word || quote_after;
      case '{':
        return quote_after || is_alphanumeric(next) || next == ':' || next == '<' || next == ' ';
      case '$':
      case '*':
        return is_alphanumeric(next);
      case '~':
        return i > 0 && (text[i - 1] == 'Q' || text[i - 1] == '6') && is_word_char(next);
      case '\xE2':
      case '\xEF':
        return true;
      default:
        return false;
    }
  }

#if defined(__SSE2__) && !defined(RINGSIDE_NO_SIMD)
  // Which bytes of sixteen are in a class.
  struct Vector {
    __m128i bytes;
    [[nodiscard]] __m128i is(char byte) const noexcept {
      return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte));
    }
    // One comparison: the range is moved to the least of the signed bytes.
    [[nodiscard]] __m128i in(char low, char high) const noexcept {
      const __m128i moved = _mm_add_epi8(bytes, _mm_set1_epi8(static_cast<char>(-128 - low)));
      return _mm_cmplt_epi8(moved, _mm_set1_epi8(static_cast<char>(-128 + high - low + 1)));
    }
    [[nodiscard]] Vector folded() const noexcept {
      return {_mm_or_si128(bytes, _mm_set1_epi8(0x20))};
    }
  };

  [[nodiscard]] static Vector load(const char* from) noexcept {
    return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))};
  }
  // A text shorter than a vector, and zeros after it, which belong to no class.
  [[gnu::noinline]] [[nodiscard]] static Vector load_short(std::string_view text) noexcept {
    std::array<char, kVectorBytes> bytes{};
    text.copy(bytes.data(), kVectorBytes);
    return load(bytes.data());
  }
  // Sixteen bytes; the first one's bit is `place`.
  struct Piece {
    Vector bytes;
    std::size_t place;
    [[nodiscard]] Word bits(__m128i is) const noexcept {
      return static_cast<Word>(static_cast<unsigned>(_mm_movemask_epi8(is))) << place;
    }
  };
  // Calls use(piece) for all of the block. The last piece overlaps the one before it, and says the same of the bytes that
  // both have: bytes that were just written to be read as a vector would be waited for.
  template <typename Use>
  [[gnu::always_inline]] static void for_each_piece(std::string_view block, Use use) noexcept {
    const char* const data = block.data();
    const std::size_t n = block.size();
    if (n < kVectorBytes) {
      if (n != 0) {
        use(Piece{load_short(block), 0});
      }
      return;
    }
    use(Piece{load(data), 0});
    if (n > kVectorBytes * 2) {
      use(Piece{load(data + kVectorBytes), kVectorBytes});
    }
    if (n > kVectorBytes * 3) {
      use(Piece{load(data + kVectorBytes * 2), kVectorBytes * 2});
    }
    if (n > kVectorBytes) {
      use(Piece{load(data + n - kVectorBytes), n - kVectorBytes});
    }
  }

  // Bytes of which it is asked only whether there are any.
  struct Any {
    __m128i rare = _mm_setzero_si128();
    __m128i bracket = _mm_setzero_si128();
    __m128i tilde = _mm_setzero_si128();
    __m128i without_case =
        _mm_setzero_si128();  // bit 5: a letter that lacks it, and so is a capital
    [[nodiscard]] static bool is(__m128i bytes) noexcept { return _mm_movemask_epi8(bytes) != 0; }
  };
  // ( to *, [ to ^ and { to ~, with all between them. The highest bit of a byte says itself that it is not ASCII.
  [[gnu::always_inline]] [[nodiscard]] static __m128i bracket(const Vector& v, char last) noexcept {
    return _mm_or_si128(_mm_or_si128(v.in('$', '*'), v.folded().in('{', last)), v.bytes);
  }
  [[gnu::always_inline]] static void add(Classes& c, Any& any, const Piece& p) noexcept {
    const Vector v = p.bytes;
    const __m128i digit = v.in('0', '9');
    const __m128i letter = v.folded().in('a', 'z');
    const __m128i alphanumeric = _mm_or_si128(letter, digit);
    c.alphanumeric |= p.bits(alphanumeric);
    c.word |= p.bits(_mm_or_si128(alphanumeric, v.is('_')));
    c.digit |= p.bits(digit);
    c.dash |= p.bits(v.is('-'));
    // " to + and : to @, with all between them: it costs less than to ask for each.
    const __m128i rare = _mm_or_si128(_mm_or_si128(v.in('"', '+'), v.in(':', '@')), v.is('J'));
    any.rare = _mm_or_si128(any.rare, rare);
    any.bracket = _mm_or_si128(any.bracket, bracket(v, '}'));
    any.tilde = _mm_or_si128(any.tilde, v.is('~'));
    any.without_case = _mm_or_si128(any.without_case, _mm_andnot_si128(v.bytes, letter));
  }

 public:
  [[gnu::always_inline]] [[nodiscard]] static Classes classes_of(std::string_view text,
                                                                 std::size_t at) noexcept {
    Classes c;
    Any any;
    for_each_piece(text.substr(at, kBytes), [&](const Piece& p) noexcept { add(c, any, p); });
    c.has_rare = Any::is(any.rare);
    c.has_bracket = Any::is(any.bracket);
    c.has_tilde = Any::is(any.tilde);
    c.has_capital = Any::is(_mm_slli_epi16(any.without_case, 2));
    return c;
  }

 private:
#if defined(RINGSIDE_AVX2)
  RINGSIDE_AVX2 [[nodiscard]] static WideVector load_wide(const char* from) noexcept {
    return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))};
  }
  // What add(Classes) finds by place.
  RINGSIDE_AVX2 static void add_wide(Classes& c, const WideVector& v, std::size_t place) noexcept {
    const __m256i digit = v.in('0', '9');
    const __m256i alphanumeric = _mm256_or_si256(v.letters(), digit);
    c.alphanumeric |= v.mask(alphanumeric) << place;
    c.word |= v.mask(_mm256_or_si256(alphanumeric, v.is('_'))) << place;
    c.digit |= v.mask(digit) << place;
    c.dash |= v.mask(v.is('-')) << place;
  }
  RINGSIDE_AVX2 [[nodiscard]] static bool any(__m256i in_one, __m256i in_other) noexcept {
    return WideVector::mask(_mm256_or_si256(in_one, in_other)) != 0;
  }
#endif

  static void add(RareClasses& r, const Piece& p) noexcept {
    const Vector v = p.bytes;
    r.upper |= p.bits(v.in('A', 'Z'));
    r.always |= p.bits(_mm_or_si128(
        _mm_or_si128(_mm_or_si128(v.is('='), v.is(':')), _mm_or_si128(v.is('@'), v.is('%'))),
        _mm_or_si128(v.is('<'), v.is('&'))));
    r.dot |= p.bits(v.is('.'));
    r.quote |= p.bits(_mm_or_si128(v.is('"'), v.is('\'')));
    r.blank |= p.bits(_mm_or_si128(_mm_or_si128(v.is(' '), v.is('(')), v.is('\0')));
    r.plus |= p.bits(v.is('+'));
    r.j |= p.bits(v.is('J'));
    r.y |= p.bits(v.is('y'));
  }
  [[nodiscard]] static Word brackets_of(std::string_view text, std::size_t at) noexcept {
    Word brackets = 0;
    for_each_piece(text.substr(at, kBytes), [&brackets](const Piece& p) noexcept {
      brackets |= p.bits(bracket(p.bytes, '~'));
    });
    return brackets;
  }
  [[nodiscard]] static RareClasses rare_classes_of(std::string_view text, std::size_t at,
                                                   std::size_t n) noexcept {
    RareClasses r;
    for_each_piece(text.substr(at, n), [&r](const Piece& p) noexcept { add(r, p); });
    return r;
  }
#else
  [[nodiscard]] static bool is_bracket(char byte) noexcept {
    return (byte >= '$' && byte <= '*') || (byte >= '[' && byte <= '^') ||
           (byte >= '{' && byte <= '~') || static_cast<unsigned char>(byte) >= 0x80;
  }
  static void set(Word& bits, std::size_t i, bool is) noexcept { bits |= is ? Word{1} << i : 0U; }

 public:
  [[nodiscard]] static Classes classes_of(std::string_view text, std::size_t at) noexcept {
    Classes c;
    for (std::size_t i = 0; i < kBytes && at + i < text.size(); ++i) {
      const char byte = text[at + i];
      set(c.alphanumeric, i, is_alphanumeric(byte));
      set(c.word, i, is_word_char(byte));
      set(c.digit, i, is_ascii_digit(byte));
      set(c.dash, i, byte == '-');
      c.has_rare =
          c.has_rare || (byte >= '"' && byte <= '+') || (byte >= ':' && byte <= '@') || byte == 'J';
      c.has_bracket = c.has_bracket || (is_bracket(byte) && byte != '~');
      c.has_tilde = c.has_tilde || byte == '~';
      c.has_capital = c.has_capital || is_ascii_upper(byte);
    }
    return c;
  }

 private:
  [[nodiscard]] static Word brackets_of(std::string_view text, std::size_t at) noexcept {
    Word brackets = 0;
    for (std::size_t i = 0; i < kBytes && at + i < text.size(); ++i) {
      set(brackets, i, is_bracket(text[at + i]));
    }
    return brackets;
  }

  [[nodiscard]] static RareClasses rare_classes_of(std::string_view text, std::size_t at,
                                                   std::size_t n) noexcept {
    RareClasses r;
    for (std::size_t i = 0; i < n && at + i < text.size(); ++i) {
      const char byte = text[at + i];
      set(r.upper, i, is_ascii_upper(byte));
      set(r.always, i,
          byte == '=' || byte == ':' || byte == '@' || byte == '%' || byte == '<' || byte == '&');
      set(r.dot, i, byte == '.');
      set(r.quote, i, byte == '"' || byte == '\'');
      set(r.blank, i, byte == ' ' || byte == '(' || byte == '\0');
      set(r.plus, i, byte == '+');
      set(r.j, i, byte == 'J');
      set(r.y, i, byte == 'y');
    }
    return r;
  }
#endif

  Classes last_;
};

}  // namespace ringside
