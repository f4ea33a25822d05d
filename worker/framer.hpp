#pragma once
// Framer: bytes of a stream in, lines out, however the stream was cut. Keeps at most one line's
// limit of bytes.
//
// Threads: one.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace ringside {

class Framer {
 public:
  explicit Framer(std::size_t max_line_bytes) : max_(max_line_bytes) {}

  // Takes bytes that follow those before.
  //   on_line(std::string_view)  a whole line without its \n (and a \r before it); the view is valid during the call.
  //   on_too_long()              once for a line over the limit, as soon as that is known; the rest of it is skipped.
  // Both are called in the order of the lines, empty lines included.
  //   Cost: memchr over the bytes; copies only what is left of a line at the end of `bytes`.
  template <class OnLine, class OnTooLong>
  void feed(std::string_view bytes, OnLine&& on_line, OnTooLong&& on_too_long) {
    while (!bytes.empty()) {
      const auto* const found =
          static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
      const bool ends = found != nullptr;
      const std::size_t n = ends ? static_cast<std::size_t>(found - bytes.data()) : bytes.size();
      const std::string_view piece = bytes.substr(0, n);
      bytes.remove_prefix(ends ? n + 1 : n);
      if (skipping_) {
        skipping_ = !ends;
        continue;
      }
      if (is_too_long(piece)) {
        forget();
        skipping_ = !ends;
        on_too_long();
        continue;
      }
      if (!ends) {
        partial_.append(piece);
      } else if (partial_.empty()) {
        on_line(without_return(piece));
      } else {
        partial_.append(piece);
        on_line(without_return(partial_));
        forget();
      }
    }
  }

  // The stream has ended: what is there without an end is a line too. (A JSON object that was
  // cut off is not JSON, so a producer that died in the middle of one does no harm.)
  template <class OnLine>
  void finish(OnLine&& on_line) {
    if (!partial_.empty()) {
      on_line(without_return(partial_));
      forget();
    }
    skipping_ = false;
  }

  void set_max_line_bytes(std::size_t n) noexcept { max_ = n; }
  [[nodiscard]] std::size_t n_kept() const noexcept { return partial_.size(); }

 private:
  // A line that one read after another brings may keep its memory; a large one gives it back.
  static constexpr std::size_t kKeepBytes = 16U << 10U;

  // The limit is for the line as it is emitted: a \r before the \n does not count, and one at the
  // very end of what has come so far may turn out to be such.
  [[nodiscard]] bool is_too_long(std::string_view piece) const noexcept {
    const std::size_t n = partial_.size() + piece.size();
    if (n <= max_) {
      return false;
    }
    const char last = !piece.empty() ? piece.back() : partial_.back();
    return n > max_ + 1 || last != '\r';
  }

  static std::string_view without_return(std::string_view line) noexcept {
    if (!line.empty() && line.back() == '\r') {
      line.remove_suffix(1);
    }
    return line;
  }

  void forget() {
    partial_.clear();
    if (partial_.capacity() > kKeepBytes) {
      partial_.shrink_to_fit();
    }
  }

  std::size_t max_;
  std::string partial_;
  bool skipping_ = false;
};

}  // namespace ringside
