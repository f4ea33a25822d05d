// What libraries do is not instrumented, and would hide a text that is searched again from each of
// its characters. Therefore the linker hands their calls to us first (--wrap): a call costs the
// bytes that it is given, or that it has looked at. RE2 is linear in the text by its own promise;
// how often it is asked, and for how much, is ours to bound.
#include "fuzz/cost_meter.hpp"

#include <jansson.h>
#include <re2/re2.h>

#include <cstddef>
#include <cstring>

namespace {

// Not the counter of a single function: whatever is not instrumented may run in between.
std::uint64_t steps = 0;

constexpr std::size_t kSearchedBytesPerStep = 16;  // memchr() and memcmp() look at many at once

}  // namespace

namespace ringside::fuzz {

std::uint64_t n_steps() noexcept { return steps; }

}  // namespace ringside::fuzz

// Names that the compiler and the linker choose.
// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier)
extern "C" {

void __sanitizer_cov_trace_pc() { ++steps; }

void* __real_memchr(const void* text, int wanted, std::size_t n);
void* __wrap_memchr(const void* text, int wanted, std::size_t n) {
  void* const found = __real_memchr(text, wanted, n);
  const auto n_seen = found == nullptr ? n
                                       : static_cast<std::size_t>(static_cast<const char*>(found) -
                                                                  static_cast<const char*>(text));
  steps += 1 + n_seen / kSearchedBytesPerStep;
  return found;
}

int __real_memcmp(const void* one, const void* other, std::size_t n);
int __wrap_memcmp(const void* one, const void* other, std::size_t n) {
  steps += 1 + n / kSearchedBytesPerStep;
  return __real_memcmp(one, other, n);
}

json_t* __real_json_loadb(const char* text, std::size_t n, std::size_t flags, json_error_t* error);
json_t* __wrap_json_loadb(const char* text, std::size_t n, std::size_t flags, json_error_t* error) {
  steps += n;
  return __real_json_loadb(text, n, flags, error);
}

// re2::RE2::PartialMatchN(), FullMatchN() and Match()
bool __real__ZN3re23RE213PartialMatchNERKNS_11StringPieceERKS0_PKPKNS0_3ArgEi(
    const re2::StringPiece& text, const re2::RE2& pattern, const re2::RE2::Arg* const* arguments,
    int n);
bool __wrap__ZN3re23RE213PartialMatchNERKNS_11StringPieceERKS0_PKPKNS0_3ArgEi(
    const re2::StringPiece& text, const re2::RE2& pattern, const re2::RE2::Arg* const* arguments,
    int n) {
  steps += 1 + text.size();
  return __real__ZN3re23RE213PartialMatchNERKNS_11StringPieceERKS0_PKPKNS0_3ArgEi(text, pattern,
                                                                                  arguments, n);
}

bool __real__ZNK3re23RE25MatchERKNS_11StringPieceEmmNS0_6AnchorEPS1_i(
    const re2::RE2* pattern, const re2::StringPiece& text, std::size_t from, std::size_t end,
    re2::RE2::Anchor anchor, re2::StringPiece* groups, int n);
bool __wrap__ZNK3re23RE25MatchERKNS_11StringPieceEmmNS0_6AnchorEPS1_i(
    const re2::RE2* pattern, const re2::StringPiece& text, std::size_t from, std::size_t end,
    re2::RE2::Anchor anchor, re2::StringPiece* groups, int n) {
  const bool found = __real__ZNK3re23RE25MatchERKNS_11StringPieceEmmNS0_6AnchorEPS1_i(
      pattern, text, from, end, anchor, groups, n);
  // Of a search that finds something it looks at little more than what it found.
  const std::size_t until =
      found && n > 0 ? static_cast<std::size_t>(groups[0].data() + groups[0].size() - text.data())
                     : end;
  steps += 1 + (until > from ? until - from : 0);
  return found;
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)
