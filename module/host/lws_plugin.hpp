#pragma once
// LwsPlugin: the life of the plugin in one process: its virtual hosts, a hub for each run directory, and the timers and
// wake-ups that drive them.  Threads: the lws service thread, except for the wake-up itself.

#include <libwebsockets.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "module/hub.hpp"
#include "module/plain_connections.hpp"
#include "module/service_manager.hpp"
#include "module/upgrade.hpp"
#include "module/vhost.hpp"

namespace ringside {

// A virtual host as lws knows it: served, or refused with the reason.
struct VhostEntry {
  std::unique_ptr<Vhost> vhost;
  std::string error;
};

// An admission between two callbacks of one upgrade, see lws_websocket.cpp.
struct PendingUpgrade {
  lws* wsi = nullptr;
  Admission admission;
  bool compressed = false;
};

// The protocol whose initialization makes a vhost's entry.
inline constexpr std::string_view kMainProtocol = "ringside-ws";

class LwsPlugin {
 public:
  explicit LwsPlugin(lws_context* context);
  ~LwsPlugin();
  LwsPlugin(const LwsPlugin&) = delete;
  LwsPlugin& operator=(const LwsPlugin&) = delete;

  // lws has one context in a process and initializes protocols before anything else: so there is one plugin, made by
  // the first protocol and ended with the last virtual host.
  [[nodiscard]] static LwsPlugin* instance() noexcept;
  static LwsPlugin& make_instance(lws_context* context);

  // Reads the options and serves, or keeps the reason why not.
  void add_vhost(lws_vhost* vhost, const lws_protocol_vhost_options* options);
  // Ends the plugin with the last one.
  static void remove_vhost(lws_vhost* vhost);
  // Never null once the plugin exists; an entry without a vhost says why in `error`.
  [[nodiscard]] const VhostEntry& find(lws_vhost* vhost) const;

  [[nodiscard]] std::optional<PendingUpgrade>& pending() noexcept { return pending_; }

  // Of the whole process, over all virtual hosts.
  [[nodiscard]] PlainConnections& plain_connections() noexcept { return plain_connections_; }

  // Serves all hubs if one of them was woken since the last call. lws calls for every protocol of every vhost, one after
  // the other; only one of these calls does something.
  void on_woken(const lws_vhost* vhost, std::string_view protocol);

 private:
  // lws hands the address of the list entry to its callback; it is the first member of what it belongs to.
  struct Tick {
    lws_sorted_usec_list_t sul{};
    LwsPlugin* owner = nullptr;
  };
  struct HubEntry {
    lws_sorted_usec_list_t sul{};  // the hub's own timer
    std::shared_ptr<Hub> hub;
  };

  std::shared_ptr<Hub> hub_of(const std::string& run_dir);
  void schedule_tick();
  static void on_tick(lws_sorted_usec_list_t* sul);
  static void on_hub_timer(lws_sorted_usec_list_t* sul);
  void leave_if_superseded();

  lws_context* context_;
  std::atomic<bool> woken_{false};
  Tick tick_;
  std::map<std::string, std::unique_ptr<HubEntry>> hubs_;  // by run directory
  std::map<lws_vhost*, VhostEntry> vhosts_;
  VhostEntry not_enabled_;
  PlainConnections plain_connections_;
  std::optional<PendingUpgrade>
      pending_;  // may contain a place in a vhost's waiting room, so it goes before the vhosts
  ServiceManager services_;
};

}  // namespace ringside
