// By content and not by position: the pipe has other writers, and a line that only one of them has
// written must be logged whatever the others do.
#include "cli/run/said_lines.hpp"

#include <algorithm>
#include <cstring>
#include <functional>

namespace ringside::cli {

LineHash hash_of_line(std::string_view text, std::size_t n_cut) noexcept {
  return std::hash<std::string_view>{}(text) ^ (n_cut * 0x9E3779B97F4A7C15U);
}

bool SaidLines::take_message(std::string_view message, Time now) {
  if (message == "B") {
    if (n_runs_ == 0 && now - last_end_ >= kAfterEnd) {
      lines_.clear();
    }
    ++n_runs_;
    return true;
  }
  if (message == "E") {
    n_runs_ -= std::min<std::size_t>(n_runs_, 1);
    last_end_ = now;
    return true;
  }
  if (message.empty() || message.front() != 'H' || message.size() % sizeof(LineHash) != 1) {
    return false;
  }
  for (std::size_t at = 1; at < message.size() && lines_.size() < kMost; at += sizeof(LineHash)) {
    LineHash hash = 0;
    std::memcpy(&hash, message.data() + at, sizeof hash);
    ++lines_[hash];
  }
  return true;
}

bool SaidLines::take(LineHash hash) noexcept {
  const auto found = lines_.find(hash);
  if (found == lines_.end()) {
    return false;
  }
  if (--found->second == 0) {
    lines_.erase(found);
  }
  return true;
}

std::string SaidLines::message_of_lines(const std::vector<LineHash>& hashes, std::size_t begin) {
  const std::size_t n = std::min(hashes.size() - begin, kInMessage);
  std::string message(1 + n * sizeof(LineHash), 'H');
  std::memcpy(message.data() + 1, hashes.data() + begin, n * sizeof(LineHash));
  return message;
}

}  // namespace ringside::cli
