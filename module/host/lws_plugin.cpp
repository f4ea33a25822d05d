// A hub has a timer of its own: with one timer for all, the later request of one hub would postpone the earlier request
// of another.
#include "module/host/lws_plugin.hpp"

#include <dlfcn.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/log.hpp"
#include "module/host/host_patches.hpp"

namespace ringside {
namespace {

std::unique_ptr<LwsPlugin>& the_plugin() {
  static std::unique_ptr<LwsPlugin> plugin;
  return plugin;
}

// The descriptor that is readable when the host's loop has events, if that is libuv's, as lwsws' is. Looked up by name, so
// that the plugin also loads into a host that was built without it.
int loop_descriptor_of(lws_context* context) {
  using GetLoop = void* (*)(lws_context*, int);
  using GetDescriptor = int (*)(const void*);
  const auto get_loop = reinterpret_cast<GetLoop>(dlsym(RTLD_DEFAULT, "lws_uv_getloop"));
  const auto get_descriptor = reinterpret_cast<GetDescriptor>(dlsym(RTLD_DEFAULT, "uv_backend_fd"));
  void* const loop = get_loop != nullptr ? get_loop(context, 0) : nullptr;
  return loop != nullptr && get_descriptor != nullptr ? get_descriptor(loop) : -1;
}

}  // namespace

LwsPlugin::LwsPlugin(lws_context* context) : context_(context), services_(system_clock()) {
  not_enabled_.error = "ringside-ws is not enabled on this virtual host";
  tick_.owner = this;
  schedule_tick();
}

LwsPlugin::~LwsPlugin() {
  lws_sul_cancel(&tick_.sul);
  for (auto& [run_dir, entry] : hubs_) {
    lws_sul_cancel(&entry->sul);
  }
}

LwsPlugin* LwsPlugin::instance() noexcept { return the_plugin().get(); }

LwsPlugin& LwsPlugin::make_instance(lws_context* context) {
  if (the_plugin() == nullptr) {
    log::set_program("ringside-plugin");
    the_plugin() = std::make_unique<LwsPlugin>(context);
    if (const std::string missing = missing_host_patches(); !missing.empty()) {
      log::warn("{}", missing);
    }
  }
  return *the_plugin();
}

void LwsPlugin::remove_vhost(lws_vhost* vhost) {
  LwsPlugin* const self = instance();
  if (self == nullptr) {
    return;
  }
  self->pending_.reset();
  self->vhosts_.erase(vhost);
  if (self->vhosts_.empty()) {
    the_plugin().reset();
  }
}

const VhostEntry& LwsPlugin::find(lws_vhost* vhost) const {
  const auto at = vhosts_.find(vhost);
  return at == vhosts_.end() ? not_enabled_ : at->second;
}

// A turn that leaves work over asks for the next one. If the next protocol's call began it, all of them would run before the
// host serves a socket.
void LwsPlugin::on_woken(const lws_vhost* vhost, std::string_view protocol) {
  if (vhosts_.empty() || vhost != vhosts_.begin()->first || protocol != kMainProtocol ||
      !woken_.exchange(false, std::memory_order_acq_rel)) {  // SYNC(woken): load
    return;
  }
  for (auto& [run_dir, entry] : hubs_) {
    entry->hub->on_wake();
  }
}

std::shared_ptr<Hub> LwsPlugin::hub_of(const std::string& run_dir) {
  std::unique_ptr<HubEntry>& entry = hubs_[run_dir];
  if (entry == nullptr) {
    entry = std::make_unique<HubEntry>();
    Hub::Host host;
    host.wake = [this] {
      woken_.store(true, std::memory_order_release);  // SYNC(woken): store
      lws_cancel_service(context_);
    };
    host.timer = [this, sul = &entry->sul](std::chrono::milliseconds delay) {
      lws_sul_schedule(context_, 0, sul, &LwsPlugin::on_hub_timer,
                       std::max<lws_usec_t>(1, std::chrono::microseconds(delay).count()));
    };
    if (const int loop = loop_descriptor_of(context_); loop >= 0) {
      host.has_events = [loop] {
        pollfd looked_at{loop, POLLIN, 0};
        return ::poll(&looked_at, 1, 0) > 0;
      };
    }
    entry->hub = std::make_shared<Hub>(run_dir, std::move(host), system_clock());
  }
  return entry->hub;
}

void LwsPlugin::add_vhost(lws_vhost* vhost, const lws_protocol_vhost_options* options) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (; options != nullptr; options = options->next) {
    const std::string_view name = options->name;
    if (name != "status" && name != "default" && name != "raw") {  // lws' own
      pairs.emplace_back(name, options->value != nullptr ? options->value : "");
    }
  }
  VhostEntry& entry = vhosts_[vhost];
  PluginOptionsResult loaded = load_plugin_options(pairs);
  log::set_up(loaded.options.log_level, loaded.options.log_format);
  for (const OptionError& error : loaded.errors) {
    log::error("vhost {}: option \"{}\": {}", lws_get_vhost_name(vhost), error.name, error.message);
    entry.error = "option \"" + error.name + "\": " + error.message;
  }
  if (lws_get_count_threads(context_) > 1) {
    entry.error = "count-threads must be 1: run several lwsws processes on the port instead";
    log::error("{}", entry.error);
  }
  if (!entry.error.empty()) {
    return;
  }
  auto hub = hub_of(loaded.options.run_dir);
  auto made = Vhost::make(std::move(loaded.options), std::move(hub), system_clock());
  if (!made) {
    log::error("vhost {}: {}", lws_get_vhost_name(vhost), made.error().message);
    entry.error = made.error().message;
    return;
  }
  entry.vhost = std::move(*made);
  entry.vhost->hosts().add_own(lws_get_vhost_name(vhost));
  std::array<char, HOST_NAME_MAX + 1> machine{};
  if (gethostname(machine.data(), machine.size() - 1) == 0) {
    entry.vhost->hosts().add_own(machine.data());
  }
}

void LwsPlugin::schedule_tick() {
  lws_sul_schedule(context_, 0, &tick_.sul, &LwsPlugin::on_tick,
                   std::chrono::microseconds(Hub::kTick).count());
}

void LwsPlugin::on_tick(lws_sorted_usec_list_t* sul) {
  LwsPlugin& self = *reinterpret_cast<Tick*>(sul)->owner;
  for (auto& [run_dir, entry] : self.hubs_) {
    entry->hub->on_tick();
  }
  self.services_.ready();
  self.services_.tick();
  self.leave_if_superseded();
  self.schedule_tick();
}

void LwsPlugin::on_hub_timer(lws_sorted_usec_list_t* sul) {
  reinterpret_cast<HubEntry*>(sul)->hub->on_timer();
}

// lws: after a SIGHUP the old child keeps its connections and then lives on without any. SIGINT is its clean stop.
void LwsPlugin::leave_if_superseded() {
  if (!lws_context_is_deprecated(context_)) {
    return;
  }
  std::size_t n_sessions = 0;
  for (const auto& [run_dir, entry] : hubs_) {
    n_sessions += entry->hub->n_sessions();
  }
  if (n_sessions == 0) {
    log::info("a reload has ended this process, and its last connection is closed: exiting");
    kill(getpid(), SIGINT);
  }
}

}  // namespace ringside
