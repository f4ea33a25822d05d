// The address comes before everything that the client chose, so that no path, user or message can pass for one.
#include "module/refusal_log.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/base/echo.hpp"

namespace ringside {

std::optional<std::string> RefusalLog::line_for(const Client& client, unsigned status,
                                                std::string_view code, std::string_view message,
                                                MonoTime now) {
  window_.roll(now);
  if (window_.used() >= kLinesPerSecond) {
    ++n_left_out_;
    return std::nullopt;
  }
  window_.use(1);
  std::string line = fmt::format("refused {} on {}: {} {}: {}", client.address, echo(client.path),
                                 status, code, message);
  if (!client.user.empty()) {
    line += fmt::format(" (user {})", echo(client.user));
  }
  if (const std::uint64_t n = std::exchange(n_left_out_, 0); n > 0) {
    line += fmt::format("; {} refusals before this one have no line", n);
  }
  return line;
}

}  // namespace ringside
