// Both spellings are strict: a typing error must not silently mean another place.
#include "core/event/since.hpp"

#include "core/base/time.hpp"
#include "core/event/event_id.hpp"

namespace ringside {

bool is_valid_since(std::string_view text) {
  return parse_event_id(text).has_value() || parse_rfc3339(text).has_value();
}

}  // namespace ringside
