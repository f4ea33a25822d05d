// Programs draw their progress by going back to the start of the line. A log entry for each state
// would be noise, and so would all states in one entry: the last one is the line.
#include "cli/run/output_lines.hpp"

#include <algorithm>

namespace ringside::cli {
namespace {

// What a terminal shows of "a\rb\r": the last part that has text.
std::string_view last_part(std::string_view line) noexcept {
  while (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  const std::size_t at = line.rfind('\r');
  return at == std::string_view::npos ? line : line.substr(at + 1);
}

}  // namespace

std::size_t OutputLines::feed(std::string_view bytes, std::size_t most, const OnLine& on_line) {
  std::size_t at = 0;
  while (at < bytes.size() && most > 0) {
    const std::size_t newline = bytes.find('\n', at);
    if (newline == std::string_view::npos) {
      keep(bytes.substr(at));
      return bytes.size();
    }
    const std::string_view piece = bytes.substr(at, newline - at);
    at = newline + 1;
    if (skipping_) {
      skipping_ = false;
      ++n_incomplete_;
      continue;
    }
    --most;
    if (partial_.empty() && n_cut_ == 0 && piece.size() <= kLongestLine) {
      on_line(last_part(piece), 0);
    } else {
      keep(piece);
      on_line(partial_, n_cut_);
      clear();
    }
  }
  return at;
}

void OutputLines::skip(bool ended_with_newline) {
  clear();
  skipping_ = !ended_with_newline;
}

void OutputLines::finish(const OnLine& on_line) {
  if (skipping_) {
    ++n_incomplete_;
  } else if (!partial_.empty() || n_cut_ != 0) {
    on_line(partial_, n_cut_);
  }
  clear();
  skipping_ = false;
}

void OutputLines::keep(std::string_view piece) {
  if (skipping_ || piece.empty()) {
    return;
  }
  const std::size_t last = piece.find_last_not_of('\r');
  if (last == std::string_view::npos) {
    returned_ = true;
    return;
  }
  const bool returns = last + 1 < piece.size();
  const std::size_t before = piece.rfind('\r', last);
  if (before != std::string_view::npos || returned_) {  // it is written over
    partial_.clear();
    n_cut_ = 0;
  }
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  piece = piece.substr(begin, last + 1 - begin);
  const std::size_t n = std::min(piece.size(), kLongestLine - partial_.size());
  partial_ += piece.substr(0, n);
  n_cut_ += piece.size() - n;
  returned_ = returns;
}

void OutputLines::clear() {
  partial_.clear();
  n_cut_ = 0;
  returned_ = false;
}

std::string without_escapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\x1b') {
      out += text[i];
      continue;
    }
    const char kind = i + 1 < text.size() ? text[i + 1] : '\0';
    ++i;
    if (kind == '[') {  // to its final byte
      while (i + 1 < text.size() && !(text[i + 1] >= '@' && text[i + 1] <= '~')) {
        ++i;
      }
      ++i;
    } else if (kind == ']') {  // to BEL or ESC backslash
      while (i + 1 < text.size() && text[i + 1] != '\a' && text[i + 1] != '\x1b') {
        ++i;
      }
      i += i + 1 < text.size() && text[i + 1] == '\x1b' ? 2U : 1U;
    }
  }
  return out;
}

}  // namespace ringside::cli
