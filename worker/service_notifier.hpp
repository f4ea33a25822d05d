#pragma once
// ServiceNotifier: a daemon's connection to the service manager: notifications to systemd, and sockets that
// it hands over. Without a service manager nothing of this does anything.
//   Source: sd_notify(3), sd_listen_fds(3).
//
// Threads: the loop's.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/unique_fd.hpp"

namespace ringside {

class ServiceNotifier {
 public:
  // Takes the sockets that were handed over; their names are taken out of the environment, so that
  // no child believes they are its own.
  [[nodiscard]] static ServiceNotifier from_environment();

  void ready() const;      // READY=1, also after a reload
  void reloading() const;  // RELOADING=1, with the time that systemd asks for
  void stopping() const;   // STOPPING=1
  void alive() const;      // WATCHDOG=1, where one is waiting for it

  // The socket of that name (FileDescriptorName=), once; an invalid one when there is none.
  [[nodiscard]] UniqueFd take_socket(std::string_view name);

 private:
  bool has_watchdog_ = false;
  std::vector<std::pair<std::string, UniqueFd>> sockets_;
};

}  // namespace ringside
