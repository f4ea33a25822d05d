#pragma once
// DebugState: what a debug session adds to a connection while it lasts. Threads: the lws service
// thread only.

#include <optional>

#include "core/base/time.hpp"
#include "core/policy/subscription.hpp"

namespace ringside {

struct DebugState {
  bool paused = false;
  bool attached = false;
  Subscription before = Subscription::everything(nullptr);  // what detach goes back to
  // Playback: the event received at `wall_start` plays at `mono_start`, one received t later at t /
  // speed later.
  std::optional<double> speed;
  WallTime wall_start;
  MonoTime mono_start;
};

}  // namespace ringside
