#pragma once
// LineJoiner: lines of a file in, messages out. A container runtime wraps and splits what a program
// wrote; a stack trace is one message of many lines.
//
//   Docker json-file   {"log":"text\n","stream":"stderr","time":"..."}; a part without \n continues
//   CRI                2026-11-26T10:00:00.0Z stderr P text; P: continues, F: the last part
//   continuation       a line that begins with a blank, or continues a Python or Java trace
//
// Threads: one.
// Memory:  one message of at most kMaxBytes; a longer one comes in pieces.
// Source:  docs/sources.md, "Log files"; docs.docker.com/config/containers/logging/json-file;
//          kubernetes/kubernetes pkg/kubelet/kuberuntime/logs.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.hpp"
#include "worker/sources/files/line_cutter.hpp"

namespace ringside {

struct JoinedLine {
  std::string text;
  std::uint64_t offset = 0;  // of its first line in the file
  std::uint64_t n_cut = 0;   // bytes that were dropped
  std::string tail;          // the last of those
  std::uint64_t n_lines = 1;
  std::optional<WallTime> at;  // as the container runtime says
  std::string stream;          // "stdout" or "stderr", as it says
};
using JoinedSink = std::function<void(const JoinedLine&)>;

class LineJoiner {
 public:
  static constexpr std::size_t kMaxBytes = 64U << 10U;
  static constexpr std::uint64_t kMaxLines = 500;

  explicit LineJoiner(bool joins_continuations) : joins_continuations_(joins_continuations) {}

  void feed(const CutLine& line, const JoinedSink& sink);
  // Emits the message that waits for more lines.
  void flush(const JoinedSink& sink);
  void forget() { pending_.reset(); }

  // The offset in the file of the message that waits for more lines.
  [[nodiscard]] std::optional<std::uint64_t> pending_offset() const {
    return pending_ ? std::optional(pending_->offset) : std::nullopt;
  }

 private:
  void add(JoinedLine part, bool is_whole, const JoinedSink& sink);
  [[nodiscard]] bool continues(std::string_view text);

  bool joins_continuations_;
  bool is_part_ = false;       // pending_ ends in a part of a line
  bool in_traceback_ = false;  // of Python: its last line is not indented
  std::optional<JoinedLine> pending_;
};

}  // namespace ringside
