// The mark that every measured event carries, and the event around it.
//
// A mark tells a receiver which producer sent the event, as which of its events, and when, by the
// monotonic clock that all processes of one machine share. It is spelled in letters only, 'a' to
// 'p' for a nibble: sixteen digits in a row could pass for a card number and be redacted.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace ringside::bench {

struct Mark {
  std::uint32_t producer = 0;
  std::uint32_t seq = 0;
  std::uint64_t sent_ns = 0;
};

inline constexpr std::string_view kMarkNeedle = "~rsmark~";
inline constexpr std::size_t kMarkLetters = 2 + 8 + 16;
inline constexpr std::size_t kMarkBytes = kMarkNeedle.size() + kMarkLetters;

// Monotonic time, the same in every process of this machine.
//   Units: nanoseconds.
[[nodiscard]] std::uint64_t now_ns() noexcept;

// Writes `mark` over the kMarkBytes at `at`.
void write_mark(char* at, const Mark& mark) noexcept;

// Reads the letters that follow a needle; `letters` has at least kMarkLetters readable bytes.
[[nodiscard]] Mark read_mark(const char* letters) noexcept;

// One event of about 300 bytes, in the shape of TaskStatusChanged, ready to be stamped and sent.
// Each has another task id, so that compression finds in it what it would find in life.
class EventText {
 public:
  // `with_id` appends the member that a server adds, so that the floor sends what others deliver.
  explicit EventText(bool with_id);

  // Stamps the text with a new mark.
  //   Returns: a view that is good until the next call.
  [[nodiscard]] std::string_view stamp(const Mark& mark) noexcept;

 private:
  std::string text_;
  std::size_t task_id_at_ = 0;
  std::size_t mark_at_ = 0;
};

// Finds the marks in a received message and calls `visit(Mark)` for each, in order.
//   Returns: how many there were.
//   Threads: one scanner per thread; it remembers the last distance between two marks.
//   Cost:    events of one batch are equally long as a rule, so the next mark is looked for where
//            the last distance says, and searched for byte by byte only when it is not there.
class MarkScanner {
 public:
  template <typename Visit>
  std::size_t scan(const char* text, std::size_t size, Visit&& visit) {
    const char* const end = text + size;
    const char* at = find(text, end);
    std::size_t n_found = 0;
    while (at != nullptr && static_cast<std::size_t>(end - at) >= kMarkBytes) {
      visit(read_mark(at + kMarkNeedle.size()));
      ++n_found;
      const char* const guess = at + stride_;
      if (stride_ != 0 && static_cast<std::size_t>(end - at) >= stride_ + kMarkBytes &&
          std::memcmp(guess, kMarkNeedle.data(), kMarkNeedle.size()) == 0) {
        at = guess;
        continue;
      }
      const char* const next = find(at + kMarkBytes, end);
      if (next != nullptr) {
        stride_ = static_cast<std::size_t>(next - at);
      }
      at = next;
    }
    return n_found;
  }

 private:
  static const char* find(const char* from, const char* end) noexcept;
  std::size_t stride_ = 0;
};

}  // namespace ringside::bench
