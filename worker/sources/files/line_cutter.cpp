// Lines that lie whole in the bytes fed are emitted from there; only what is left over at the end
// is copied.
#include "worker/sources/files/line_cutter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ringside {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view without_ends(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\0')) {
    line.remove_suffix(1);
  }
  while (!line.empty() && line.front() == '\0') {
    line.remove_prefix(1);
  }
  return line;
}

}  // namespace

void LineCutter::restart(std::uint64_t offset) {
  partial_.clear();
  n_cut_ = 0;
  tail_.clear();
  n_hole_ = 0;
  line_start_ = offset;
}

void LineCutter::keep_tail(std::string_view dropped) {
  tail_ += dropped.substr(dropped.size() - std::min(dropped.size(), kTailBytes));
  if (tail_.size() > kTailBytes) {
    tail_.erase(0, tail_.size() - kTailBytes);
  }
}

// `n_raw`: what the line takes in the file, its end included.
void LineCutter::emit(std::string_view line, std::uint64_t n_raw, const LineSink& sink) {
  const std::uint64_t offset = line_start_;
  const std::uint64_t n_cut = n_cut_ + (line.size() > max_ ? line.size() - max_ : 0);
  keep_tail(line.substr(std::min(line.size(), max_)));
  line = without_ends(line.substr(0, max_));
  if (offset == 0 && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  line_start_ += n_raw + std::exchange(n_hole_, 0);
  n_cut_ = 0;
  if (n_cut != 0) {
    const std::string tail = std::exchange(tail_, {});
    sink({fmt::format("{} [{} bytes cut]", line, n_cut), offset, n_cut, tail});
  } else if (line.find_first_not_of(" \t") != std::string_view::npos) {
    sink({line, offset, 0, {}});
  }
}

void LineCutter::feed(std::string_view bytes, const LineSink& sink) {
  while (!bytes.empty()) {
    if (partial_.empty() && n_cut_ == 0 && bytes.front() == '\0') {
      const auto n = std::min(bytes.find_first_not_of('\0'), bytes.size());
      n_hole_ += n;
      bytes.remove_prefix(n);
      continue;
    }
    const auto end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (end != std::string_view::npos && partial_.empty() && n_cut_ == 0) {
      emit(piece, piece.size() + 1, sink);
    } else {
      const auto n_kept = std::min(piece.size(), max_ - partial_.size());
      partial_ += piece.substr(0, n_kept);
      n_cut_ += piece.size() - n_kept;
      keep_tail(piece.substr(n_kept));
      if (end != std::string_view::npos) {
        const std::string line = std::exchange(partial_, {});
        emit(line, line.size() + n_cut_ + 1, sink);
      }
    }
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  }
}

void LineCutter::flush(const LineSink& sink) {
  if (has_partial()) {
    const std::string line = std::exchange(partial_, {});
    emit(line, line.size() + n_cut_, sink);
  }
}

}  // namespace ringside
