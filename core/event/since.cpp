// The spelling of an id is the ring's (core/ring/types.hpp), which this layer does not know. A test
// feeds both with the same texts, so that what is accepted here can be looked up there.
#include "core/event/since.hpp"

#include "core/base/text.hpp"
#include "core/base/time.hpp"

namespace ringside {

bool is_event_id_text(std::string_view text) noexcept {
  constexpr std::size_t kEpochDigits = 8;
  if (text.size() < kEpochDigits + 2 || text[kEpochDigits] != ':') {
    return false;
  }
  const std::string_view sequence = text.substr(kEpochDigits + 1);
  std::size_t value = 0;
  return text.substr(0, kEpochDigits).find_first_not_of("0123456789abcdef") ==
             std::string_view::npos &&
         (sequence.front() != '0' || sequence.size() == 1) && parse_u64(sequence, value);
}

bool is_valid_since(std::string_view text) {
  return is_event_id_text(text) || parse_rfc3339(text).has_value();
}

}  // namespace ringside
