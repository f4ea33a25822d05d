#pragma once
// RS_CHECK(condition): states what cannot be false unless this program has a bug, and aborts in
// release builds too. Never used on what a peer, a file or a configuration says: those are outcomes
// or Results.

namespace ringside {

[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace ringside

#define RS_CHECK(condition)                                     \
  do {                                                          \
    if (!(condition)) [[unlikely]] {                            \
      ::ringside::check_failed(#condition, __FILE__, __LINE__); \
    }                                                           \
  } while (false)
