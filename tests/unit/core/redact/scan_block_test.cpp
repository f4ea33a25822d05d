// A block of text as bits: the same by vectors of both widths, and the same with and without its shortcuts.
#include "core/redact/scan_block.hpp"

#include <random>
#include <string>

#include "tests/support/ring_fixture.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

// Of a few kinds of bytes each: in a text with all of them nothing is left out by any shortcut.
std::string random_text(std::mt19937_64& random, std::size_t n) {
  constexpr std::string_view kBytes = "abyzAJQZ0169_-. \"'(=:@%<&+$*[{~^|\\\xE2\xEF\xC3";
  std::string bytes;
  for (std::size_t n_kinds = 2 + random() % 5; n_kinds > 0; --n_kinds) {
    bytes += kBytes[random() % kBytes.size()];
  }
  std::string text;
  while (text.size() < n) {
    text += bytes[random() % bytes.size()];
  }
  return text;
}

#if defined(RINGSIDE_AVX2)
[[gnu::target("avx2,bmi,bmi2")]] ScanBlocks::Bits wide_bits(std::string_view text) {
  return ScanBlocks().next(text, 0, ScanBlocks::classes_of_wide(text));
}
#endif

}  // namespace

RS_TEST(wide_vectors_find_the_same_as_narrow_ones) {
#if defined(RINGSIDE_AVX2)
  if (__builtin_cpu_supports("avx2") == 0 || __builtin_cpu_supports("bmi2") == 0) {
    RS_SKIP("this processor has no AVX2");
  }
  std::mt19937_64 random(test::seed());
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = random_text(random, 32 + random() % 33);
    const ScanBlocks::Bits wide = wide_bits(text);
    const ScanBlocks::Bits narrow = ScanBlocks().next(text, 0);
    RS_EXPECT_EQ(wide.word, narrow.word);
    RS_EXPECT_EQ(wide.starts, narrow.starts);
    RS_EXPECT_EQ(wide.suspects, narrow.suspects);
  }
#else
  RS_SKIP("this build has no vectors");
#endif
}

RS_TEST(shortcuts_leave_no_suspect_out) {
  std::mt19937_64 random(test::seed());
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = random_text(random, 1 + random() % 128);
    ScanBlocks quick;
    ScanBlocks thorough;
    for (std::size_t at = 0; at < text.size(); at += ScanBlocks::kBytes) {
      ScanBlocks::Classes all = ScanBlocks::classes_of(text, at);
      all.has_rare = all.has_bracket = all.has_tilde = all.has_capital = true;
      RS_EXPECT_EQ(quick.next(text, at).suspects, thorough.next(text, at, all).suspects);
    }
  }
}
