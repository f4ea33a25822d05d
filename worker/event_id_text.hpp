#pragma once
// EventIdText: the end of an event's object, with its id: ,"id":"5f3a9c1e:1844674"}
//
// Sequences are dense, so the next one is the last one's digits and one more: no number is formatted.
//   Threads: one.

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/event/event_id.hpp"

namespace ringside {

class EventIdText {
 public:
  explicit EventIdText(Epoch epoch) : text_(fmt::format(R"(,"id":"{}:)", format_epoch(epoch))) {
    first_digit_ = text_.size();
  }

  // Valid until the next call.
  [[nodiscard]] std::string_view of(Seq seq) {
    if (seq.value != last_ + 1 || !increment()) {
      text_.resize(first_digit_);
      fmt::format_to(std::back_inserter(text_), R"({}"}})", seq.value);
    }
    last_ = seq.value;
    return text_;
  }

 private:
  // Whether the next number has as many digits.
  [[nodiscard]] bool increment() noexcept {
    constexpr std::size_t kEndBytes = 2;  // "}
    for (std::size_t i = text_.size() - kEndBytes; i > first_digit_; --i) {
      char& digit = text_[i - 1];
      if (digit != '9') {
        ++digit;
        return true;
      }
      digit = '0';
    }
    return false;
  }

  std::string text_;
  std::size_t first_digit_ = 0;
  std::uint64_t last_ = 0;
};

}  // namespace ringside
