#pragma once
// Output for people: colours on a terminal, plain text in a pipe or with NO_COLOR. Threads: one.

#include <string>
#include <string_view>

namespace ringside::cli {

enum class Color { kPlain, kRed, kYellow, kGreen, kBlue, kMagenta, kCyan, kGray, kBold };

// Whether `fd` (1 or 2) gets colours.
[[nodiscard]] bool has_colors(int fd);
// `text` in `color` where `fd` gets colours. `text` must be free of control characters
// (escape_controls).
[[nodiscard]] std::string paint(int fd, Color color, std::string_view text);

// "ringside: MESSAGE" on standard error.
void complain(std::string_view message);
// Standard output, whole, at once. Returns false when its reader has closed it.
[[nodiscard]] bool print(std::string_view text);

}  // namespace ringside::cli
