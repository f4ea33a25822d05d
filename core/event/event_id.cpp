// The public id is text that clients send back in `since`, so parsing is strict: one spelling for
// each id, no sign, no leading zero, no upper case. Two ids are equal exactly when their texts are.
#include "core/event/event_id.hpp"

#include <fmt/format.h>

#include <charconv>

namespace ringside {
namespace {

constexpr std::size_t kEpochDigits = 8;

[[nodiscard]] bool is_lower_hex(std::string_view text) noexcept {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

template <class T>
[[nodiscard]] bool parse_whole(std::string_view text, int base, T& out) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string format_epoch(Epoch epoch) { return fmt::format("{:08x}", epoch.value); }

std::string format_event_id(EventId id) {
  return fmt::format("{:08x}:{}", id.epoch.value, id.seq.value);
}

std::optional<EventId> parse_event_id(std::string_view text) {
  if (text.size() < kEpochDigits + 2 || text[kEpochDigits] != ':') {
    return std::nullopt;
  }
  const std::string_view epoch = text.substr(0, kEpochDigits);
  const std::string_view seq = text.substr(kEpochDigits + 1);
  if (!is_lower_hex(epoch) || seq.front() == '-' || (seq.front() == '0' && seq.size() > 1)) {
    return std::nullopt;
  }
  EventId id;
  if (!parse_whole(epoch, 16, id.epoch.value) || !parse_whole(seq, 10, id.seq.value)) {
    return std::nullopt;
  }
  return id;
}

}  // namespace ringside
