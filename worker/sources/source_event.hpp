#pragma once
// SourceEvent: an event as built-in sources make it, ready for Sink::emit().

#include <string>
#include <string_view>

#include "core/base/json.hpp"

namespace ringside {

struct SourceEvent {
  std::string_view type;  // "MetricUpdate"
  std::string timestamp;  // RFC 3339
  Json data;
  Json metadata;
};

}  // namespace ringside
