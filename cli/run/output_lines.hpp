#pragma once
// OutputLines: one stream of a command's output, as lines. Keeps at most kLongestLine bytes.
//   Threads: one. Cost: memchr over the bytes; copies only a line that is not whole yet.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ringside::cli {

class OutputLines {
 public:
  static constexpr std::size_t kLongestLine = 16U << 10U;

  // A line without its newline, as a terminal shows it at last: of "10%\r20%\r\n" the text is "20%".
  // `n_cut`: so many bytes of its end are left out. The view is valid during the call.
  using OnLine = std::function<void(std::string_view text, std::size_t n_cut)>;

  // Takes bytes that follow those before, as far as `most` lines. Returns how many bytes it took.
  std::size_t feed(std::string_view bytes, std::size_t most, const OnLine& on_line);
  // Bytes are missing here: the line that they belong to is given up.
  void skip(bool ended_with_newline);
  // The stream has ended: what is there without a newline is a line, too.
  void finish(const OnLine& on_line);

  // The text that the last line has so far, as a terminal shows it: progress that is overwritten.
  [[nodiscard]] std::string_view shown() const noexcept { return partial_; }
  // Lines that skip() left without their beginning.
  [[nodiscard]] std::uint64_t n_incomplete() const noexcept { return n_incomplete_; }

 private:
  void keep(std::string_view piece);
  void clear();

  std::string partial_;  // without what was written over
  std::size_t n_cut_ = 0;
  bool returned_ = false;  // the next text is written over partial_
  bool skipping_ = false;
  std::uint64_t n_incomplete_ = 0;
};

// `text` without the escape sequences of terminals, for what is read and not shown.
[[nodiscard]] std::string without_escapes(std::string_view text);

}  // namespace ringside::cli
