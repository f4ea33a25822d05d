// The address comes before everything that the client chose, so that no path, user or message can pass for one.
#include "module/refusal_log.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/base/echo.hpp"

namespace ringside {

bool RefusalLog::admits() {
  window_.roll(clock_.mono_now());
  if (window_.used() >= kLinesPerSecond) {
    ++n_left_out_;
    return false;
  }
  window_.use(1);
  return true;
}

std::string RefusalLog::line(std::string_view address, std::string_view path,
                             const Refusal& refusal) {
  std::string line = fmt::format("refused {} on {}: {} {}: {}", address, echo(path),
                                 refusal.status(), refusal.code(), refusal.message);
  if (!refusal.user.empty()) {
    line += fmt::format(" (user {})", echo(refusal.user));
  }
  if (const std::uint64_t n = std::exchange(n_left_out_, 0); n > 0) {
    line += fmt::format("; {} refusals before this one have no line", n);
  }
  return line;
}

}  // namespace ringside
