#pragma once
// EventView: one event as policies look at it. Borrowed; valid while its owner (the module's record
// cache, the CLI) keeps it.

#include <string_view>

#include "core/base/json.hpp"
#include "core/base/time.hpp"
#include "core/event/type.hpp"

namespace ringside {

class PathMemo;

struct EventView {
  EventType type = EventType::kCustom;
  std::string_view name;
  WallTime received;
  std::string_view text;  // the whole JSON text, `id` included
  JsonRef root;           // absent unless it has been parsed
  PathMemo* memo =
      nullptr;  // of `root`, where its owner keeps one: what filters have found in it before
  bool hides_id = false;  // who asks knows the event by another id, so filters do not find this one
};

}  // namespace ringside
