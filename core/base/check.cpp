// A failed check is a bug in Ringside: the most useful thing left to do is to say where and leave a
// core.
#include "core/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace ringside {

void check_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "ringside: check failed: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace ringside
