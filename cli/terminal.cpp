// Output goes through stdio so that a pipe gets large writes, and is flushed by whoever has said
// something whole.
#include "cli/terminal.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "core/base/text.hpp"

namespace ringside::cli {
namespace {

std::string_view code_of(Color color) {
  switch (color) {
    case Color::kPlain:
      return "";
    case Color::kRed:
      return "\x1b[31m";
    case Color::kYellow:
      return "\x1b[33m";
    case Color::kGreen:
      return "\x1b[32m";
    case Color::kBlue:
      return "\x1b[34m";
    case Color::kMagenta:
      return "\x1b[35m";
    case Color::kCyan:
      return "\x1b[36m";
    case Color::kGray:
      return "\x1b[90m";
    case Color::kBold:
      return "\x1b[1m";
  }
  return "";
}

}  // namespace

bool has_colors(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return ::isatty(fd) == 1 && (no_color == nullptr || *no_color == '\0') &&
         (term == nullptr || std::string_view(term) != "dumb");
}

std::string paint(int fd, Color color, std::string_view text) {
  if (color == Color::kPlain || !has_colors(fd)) {
    return std::string(text);
  }
  return std::string(code_of(color)) + std::string(text) + "\x1b[0m";
}

void complain(std::string_view message) {
  const std::string line =
      paint(2, Color::kRed, "ringside:") + " " + escape_controls(message) + "\n";
  std::fputs(line.c_str(), stderr);
}

bool print(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
         std::fflush(stdout) == 0;
}

}  // namespace ringside::cli
