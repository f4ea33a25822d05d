// libsystemd sends the messages. This file owns the descriptors, and adds the time that
// Type=notify-reload wants with RELOADING=1.
#include "worker/service_notifier.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace ringside {

ServiceNotifier ServiceNotifier::from_environment() {
  ServiceNotifier made;
  std::uint64_t timeout_us = 0;
  made.has_watchdog_ = ::sd_watchdog_enabled(0, &timeout_us) > 0;
  char** names = nullptr;
  const int n = ::sd_listen_fds_with_names(1, &names);
  for (int i = 0; i < n; ++i) {
    made.sockets_.emplace_back(names != nullptr && names[i] != nullptr ? names[i] : "",
                               UniqueFd(SD_LISTEN_FDS_START + i));
    if (names != nullptr) {
      std::free(names[i]);
    }
  }
  std::free(names);
  return made;
}

void ServiceNotifier::ready() const { ::sd_notify(0, "READY=1"); }

void ServiceNotifier::reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t now_us = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  ::sd_notify(0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now_us).c_str());
}

void ServiceNotifier::stopping() const { ::sd_notify(0, "STOPPING=1"); }

void ServiceNotifier::alive() const {
  if (has_watchdog_) {
    ::sd_notify(0, "WATCHDOG=1");
  }
}

UniqueFd ServiceNotifier::take_socket(std::string_view name) {
  const auto found = std::ranges::find(
      sockets_, name, [](const auto& socket) -> std::string_view { return socket.first; });
  if (found == sockets_.end()) {
    return {};
  }
  UniqueFd fd = std::move(found->second);
  sockets_.erase(found);
  return fd;
}

}  // namespace ringside
