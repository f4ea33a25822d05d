// The watchdog is fed from the service loop and nowhere else, so that a loop that hangs is a loop
// that is restarted.
#include "module/service_manager.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <cstdlib>

namespace ringside {

ServiceManager::ServiceManager(const Clock& clock) : clock_(clock) {
  std::uint64_t interval_us = 0;
  // WATCHDOG_PID names lwsws' main process, this is its child: ask for the interval alone.
  if (const char* text = std::getenv("WATCHDOG_USEC"); text != nullptr) {
    interval_us = std::strtoull(text, nullptr, 10);
  }
  watchdog_ = std::chrono::microseconds(interval_us / 3);
}

void ServiceManager::ready() {
  if (!ready_) {
    ready_ = true;
    sd_notify(0, "READY=1");
  }
}

void ServiceManager::tick() {
  const MonoTime now = clock_.mono_now();
  if (ready_ && watchdog_.count() != 0 && now >= next_beat_) {
    next_beat_ = now + watchdog_;
    sd_notify(0, "WATCHDOG=1");
  }
}

void ServiceManager::stopping() { sd_notify(0, "STOPPING=1"); }

}  // namespace ringside
