#pragma once
// What systemd is told: that the plugin serves, that it is alive, that it goes. The process that
// loads the plugin is lwsws' child, which its parent does not watch; so the unit says
// NotifyAccess=all and the plugin reports for itself. Threads: the lws service thread only. Without
// a service manager every call is a no-op.

#include "core/base/time.hpp"

namespace ringside {

class ServiceManager {
 public:
  explicit ServiceManager(const Clock& clock);
  void ready();  // once; later calls do nothing
  void tick();   // often: keeps the watchdog content
  void stopping();

 private:
  const Clock& clock_;
  bool ready_ = false;
  MonoTime next_beat_{};
  std::chrono::microseconds watchdog_{0};
};

}  // namespace ringside
