#pragma once
// LineCutter: bytes of a growing file in, lines out. Keeps no more than one line's limit of bytes;
// what a longer line has beyond it is counted and dropped, and a marker says so.
//
// Threads: one.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ringside {

struct CutLine {
  std::string_view text;       // without its end; a marker at the end where it was cut
  std::uint64_t offset = 0;    // of its first byte in the file
  std::uint64_t n_cut = 0;     // bytes that were dropped
  std::string_view tail = {};  // the last of them, at most LineCutter::kTailBytes
};
using LineSink = std::function<void(const CutLine&)>;

class LineCutter {
 public:
  static constexpr std::size_t kTailBytes = 512;

  explicit LineCutter(std::size_t max_line_bytes) : max_(max_line_bytes) {}

  // Starts over at `offset` of a file; what was begun is forgotten.
  void restart(std::uint64_t offset);

  // Takes bytes that follow those before. Lines end at \n or \r\n; blank ones are skipped. NUL bytes
  // at either end of a line (the hole that truncation leaves under a writer that does not append)
  // are taken off, however many there are, and so is a byte order mark at the start of the file.
  void feed(std::string_view bytes, const LineSink& sink);

  // Emits the unfinished line. The text after it up to the next line end becomes a line of
  // its own.
  void flush(const LineSink& sink);

  [[nodiscard]] bool has_partial() const noexcept { return !partial_.empty() || n_cut_ != 0; }
  // What there is of the unfinished line, as far as it is kept, and where that begins.
  [[nodiscard]] std::string_view partial() const noexcept { return partial_; }
  [[nodiscard]] std::uint64_t partial_start() const noexcept { return line_start_ + n_hole_; }
  // Where the next line begins: everything before it has been emitted.
  [[nodiscard]] std::uint64_t line_start() const noexcept { return line_start_; }
  // Where the next byte to feed is in the file.
  [[nodiscard]] std::uint64_t read_position() const noexcept {
    return line_start_ + n_hole_ + partial_.size() + n_cut_;
  }

 private:
  void keep_tail(std::string_view dropped);
  void emit(std::string_view line, std::uint64_t n_raw, const LineSink& sink);

  std::size_t max_;
  std::string partial_;
  std::uint64_t n_cut_ = 0;
  std::string tail_;          // the last bytes of those
  std::uint64_t n_hole_ = 0;  // NUL bytes before partial_
  std::uint64_t line_start_ = 0;
};

}  // namespace ringside
