// lws hands everything to one callback with a reason; this file is that callback, cut into small
// functions. docs/architecture.md has the list of what lws does that one would not expect; each
// "lws:" comment below is one of them.
#include "module/host/lws_glue.hpp"

#include <sys/socket.h>

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/proto/server_message.hpp"
#include "module/host/lws_http.hpp"
#include "module/probes.hpp"
#include "module/service_manager.hpp"
#include "module/session.hpp"
#include "module/upgrade.hpp"

namespace ringside {

static_assert(kSendHeadroom >= LWS_PRE);

namespace {

constexpr int kCloseHardStopSeconds = 5;
constexpr std::string_view kMainProtocol = "ringside-ws";

class LwsConnection final : public Connection {
 public:
  LwsConnection(lws* wsi, bool compressed)
      : wsi_(wsi),
        plain_fd_(lws_is_ssl(wsi) != 0 ? -1 : lws_get_socket_fd(wsi)),
        compressed_(compressed) {}

  [[nodiscard]] bool busy() const noexcept override { return lws_partial_buffered(wsi_) != 0; }

  [[nodiscard]] bool send(std::span<std::byte> frames) noexcept override {
    // Nothing of lws' waits (see busy()), so what the socket takes may as well go to it at once.
    // All else is for lws: the rest of what it did not take, its errors, TLS.
    if (plain_fd_ >= 0) {
      const ssize_t n =
          ::send(plain_fd_, frames.data(), frames.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n == static_cast<ssize_t>(frames.size())) {
        return true;
      }
      frames = frames.subspan(n > 0 ? static_cast<std::size_t>(n) : 0);
    }
    // lws: LWS_WRITE_HTTP on an HTTP/1.1 WebSocket sends the bytes as they are; ours are whole
    // frames already.
    const int sent = lws_write(wsi_, reinterpret_cast<unsigned char*>(frames.data()), frames.size(),
                               LWS_WRITE_HTTP);
    if (sent >= static_cast<int>(frames.size())) {
      return true;
    }
    cut_off();
    return false;
  }

  void request_writable() noexcept override { lws_callback_on_writable(wsi_); }

  void close(CloseCode code, std::string_view reason) noexcept override {
    close_code_ = static_cast<std::uint16_t>(code);
    close_reason_ = reason.substr(
        0, 123);  // RFC 6455 section 5.5: a control frame has 125 bytes, 2 are the code
    lws_callback_on_writable(wsi_);
    // A peer that never reads never becomes writable.
    lws_set_timeout(wsi_, PENDING_TIMEOUT_USER_OK, kCloseHardStopSeconds);
  }

  void arm_hangup(std::chrono::seconds deadline) noexcept override {
    if (close_code_ != 0) {
      return;  // the hard stop of close() is armed
    }
    if (deadline.count() == 0) {
      lws_set_timeout(wsi_, NO_PENDING_TIMEOUT, 0);
    } else {
      lws_set_timeout(wsi_, PENDING_TIMEOUT_USER_OK, static_cast<int>(deadline.count()));
    }
  }

  void prefetch() const noexcept override {
    constexpr std::size_t kCacheLine = 64;
    constexpr std::size_t kTouched = 1024;  // of struct lws, when a frame is written
    for (std::size_t offset = 0; offset < kTouched; offset += kCacheLine) {
      __builtin_prefetch(reinterpret_cast<const char*>(wsi_) + offset);
    }
  }

  [[nodiscard]] bool wants_close() const noexcept { return close_code_ != 0; }

  // For WRITEABLE, whose return value ends the connection. lws: calls it once more when the close
  // frame is out and the peer's is awaited; to end it then would cut off a peer that is still
  // sending, before it has read the code. That is done only where the rest of a message waits to be
  // inflated, over which lws would turn in circles for as long as it waits.
  int end_now() noexcept {
    if (std::exchange(ended_, true)) {
      return compressed_ && close_code_ == static_cast<std::uint16_t>(CloseCode::kMessageTooBig)
                 ? -1
                 : 0;
    }
    lws_close_reason(wsi_, static_cast<lws_close_status>(close_code_),
                     reinterpret_cast<unsigned char*>(close_reason_.data()), close_reason_.size());
    return -1;
  }

 private:
  // lws: lws_wsi_close() does not compile in C++; this is what it does.
  void cut_off() noexcept {
    lws_set_timeout(wsi_, static_cast<pending_timeout>(1), LWS_TO_KILL_ASYNC);
  }

  lws* wsi_;
  int plain_fd_;  // the socket of a connection without TLS; -1 with it
  std::uint16_t close_code_ = 0;
  bool compressed_;
  bool ended_ = false;
  std::string close_reason_;
};

// A vhost as lws knows it: served, or refused with the reason.
struct VhostEntry {
  std::unique_ptr<Vhost> vhost;
  std::string error;
};

// Everything of this plugin in this process. One service thread, so plain members.
class Plugin {
 public:
  explicit Plugin(lws_context* context) : context_(context), services_(system_clock()) {
    timer_.owner = this;
    tick_.owner = this;
    schedule_tick();
  }
  ~Plugin() {
    lws_sul_cancel(&timer_.sul);
    lws_sul_cancel(&tick_.sul);
  }
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  void add_vhost(lws_vhost* vhost, const lws_protocol_vhost_options* options);
  // Returns whether that was the last one.
  bool remove_vhost(lws_vhost* vhost) {
    vhosts_.erase(vhost);
    return vhosts_.empty();
  }
  [[nodiscard]] VhostEntry* find(lws_vhost* vhost) {
    const auto at = vhosts_.find(vhost);
    return at == vhosts_.end() ? nullptr : &at->second;
  }

  void on_woken() {
    if (!woken_.exchange(false, std::memory_order_acq_rel)) {  // SYNC(woken): load
      return;  // lws: called for every protocol of every vhost; the first does the work
    }
    for_each_hub([](Hub& hub) { hub.on_wake(); });
  }

  // An admission on its way from FILTER to ESTABLISHED, which follow each other without a return to
  // the loop.
  struct Pending {
    lws* wsi = nullptr;
    Admission admission;
    bool compressed = false;
  };
  Pending pending;

 private:
  struct Sul {
    lws_sorted_usec_list_t sul{};  // first member: lws hands its address to the callback
    Plugin* owner = nullptr;
  };

  template <class F>
  void for_each_hub(F&& f) {
    for (auto& [run_dir, hub] : hubs_) {
      f(*hub);
    }
  }

  std::shared_ptr<Hub> hub_of(const std::string& run_dir);
  void schedule_tick() {
    lws_sul_schedule(context_, 0, &tick_.sul, &Plugin::on_tick,
                     std::chrono::microseconds(Hub::kTick).count());
  }
  static void on_tick(lws_sorted_usec_list_t* sul);
  static void on_timer(lws_sorted_usec_list_t* sul);
  void leave_if_superseded();

  lws_context* context_;
  std::atomic<bool> woken_{false};
  Sul timer_;
  Sul tick_;
  std::map<std::string, std::shared_ptr<Hub>> hubs_;
  std::map<lws_vhost*, VhostEntry> vhosts_;
  ServiceManager services_;
};

std::unique_ptr<Plugin>
    g_plugin;  // lws has one context in a process, and calls PROTOCOL_INIT before anything else

std::shared_ptr<Hub> Plugin::hub_of(const std::string& run_dir) {
  std::shared_ptr<Hub>& hub = hubs_[run_dir];
  if (hub == nullptr) {
    Hub::Host host;
    host.wake = [this] {
      woken_.store(true, std::memory_order_release);  // SYNC(woken): store
      lws_cancel_service(context_);
    };
    host.timer = [this](std::chrono::milliseconds delay) {
      lws_sul_schedule(context_, 0, &timer_.sul, &Plugin::on_timer,
                       std::max<lws_usec_t>(1, std::chrono::microseconds(delay).count()));
    };
    hub = std::make_shared<Hub>(run_dir, std::move(host), system_clock());
  }
  return hub;
}

void Plugin::add_vhost(lws_vhost* vhost, const lws_protocol_vhost_options* options) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (; options != nullptr; options = options->next) {
    const std::string_view name = options->name;
    if (name != "status" && name != "default" && name != "raw") {  // lws' own
      pairs.emplace_back(name, options->value != nullptr ? options->value : "");
    }
  }
  VhostEntry& entry = vhosts_[vhost];
  PluginOptionsResult loaded = load_plugin_options(pairs);
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
  log::Level level = log::Level::kInfo;
  if (log::parse_level(loaded.options.log_level, level)) {
    log::set_level(level);
  }
  auto hub = hub_of(loaded.options.run_dir);
  auto made = Vhost::make(std::move(loaded.options), std::move(hub), system_clock());
  if (!made) {
    log::error("vhost {}: {}", lws_get_vhost_name(vhost), made.error().message);
    entry.error = made.error().message;
    return;
  }
  entry.vhost = std::move(*made);
}

void Plugin::on_tick(lws_sorted_usec_list_t* sul) {
  Plugin& self = *reinterpret_cast<Sul*>(sul)->owner;
  self.for_each_hub([](Hub& hub) { hub.on_tick(); });
  self.services_.ready();
  self.services_.tick();
  self.leave_if_superseded();
  self.schedule_tick();
}

void Plugin::on_timer(lws_sorted_usec_list_t* sul) {
  Plugin& self = *reinterpret_cast<Sul*>(sul)->owner;
  self.for_each_hub([](Hub& hub) { hub.on_timer(); });
}

// lws: after a SIGHUP the old child keeps its connections and then lives on without any. SIGINT is
// its clean stop.
void Plugin::leave_if_superseded() {
  if (!lws_context_is_deprecated(context_)) {
    return;
  }
  std::size_t n_sessions = 0;
  for_each_hub([&](Hub& hub) { n_sessions += hub.n_sessions(); });
  if (n_sessions == 0) {
    log::info("a new process has taken over and the last connection is gone: leaving");
    kill(getpid(), SIGINT);
  }
}

int refuse(lws* wsi, const Refusal& refusal, bool over_http2, Vhost* vhost) {
  if (vhost != nullptr) {
    vhost->hub().count(Counter::kUpgradesRefused);
  }
  log::debug("refused an upgrade: {} {}", refusal.status, refusal.message);
  if (over_http2) {
    (void)answer_http_through_lws(
        wsi, refusal.status, "application/json",
        http_error_body(refusal.error, refusal.message, refusal.parameter));
  } else {
    answer_refusal_http1(wsi, refusal);
  }
  return 1;
}

// lws: called for HTTP/1.1 only, on the vhost's default protocol, before the subprotocol is chosen.
// A subprotocol that nobody has would be dropped without an answer, so that is looked at here; the
// rest is decided in on_filter().
int on_confirm_upgrade(lws* wsi) {
  VhostEntry* entry = g_plugin->find(lws_get_vhost(wsi));
  Vhost* const vhost = entry != nullptr ? entry->vhost.get() : nullptr;
  bool is_get = false;
  const auto endpoint = endpoint_of_path(path_of(wsi, &is_get));
  if (!is_get) {  // lws takes any method, and any version
    return refuse(wsi, Refusal{405, "method_not_allowed", "a WebSocket is opened by GET", ""},
                  false, vhost);
  }
  if (header_of(wsi, WSI_TOKEN_VERSION) != "13") {
    return refuse(wsi, Refusal{426, "bad_version", "Sec-WebSocket-Version must be 13", ""}, false,
                  vhost);
  }
  const std::string offered = header_of(wsi, WSI_TOKEN_PROTOCOL);
  if (offered.empty() || !endpoint) {
    return 0;
  }
  for (const std::string_view name : split(offered, ',')) {
    if (trim(name) == protocol_name_of(*endpoint)) {
      return 0;
    }
  }
  return refuse(wsi,
                Refusal{400, "bad_subprotocol",
                        "the subprotocol of this path is " +
                            std::string(protocol_name_of(*endpoint)) + ", or none",
                        ""},
                false, vhost);
}

int on_filter(lws* wsi) {
  // A stream of an HTTP/2 session has another network wsi below it.
  const bool over_http2 = lws_get_network_wsi(wsi) != wsi;
  VhostEntry* entry = g_plugin->find(lws_get_vhost(wsi));
  if (entry == nullptr || entry->vhost == nullptr) {
    const std::string why = entry == nullptr
                                ? std::string(kMainProtocol) + " is not enabled on this vhost"
                                : entry->error;
    return refuse(wsi, Refusal{503, "misconfigured", why, ""}, over_http2, nullptr);
  }
  Decision decision = decide_upgrade(request_of(wsi, over_http2), *entry->vhost);
  if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    return refuse(wsi, *refusal, over_http2, entry->vhost.get());
  }
  g_plugin->pending = {wsi, std::get<Admission>(std::move(decision)), false};
  return 0;
}

// Veto every extension that was not asked for in the query.
int on_confirm_extension(lws* wsi, std::string_view extension) {
  Plugin::Pending& pending = g_plugin->pending;
  const bool wanted = extension == "permessage-deflate" && pending.wsi == wsi &&
                      pending.admission.query.compression;
  // lws: it accepts an offer of server_max_window_bits without answering the parameter, which
  // clients must refuse.
  if (!wanted ||
      header_of(wsi, WSI_TOKEN_EXTENSIONS).find("server_max_window_bits") != std::string::npos) {
    return 1;
  }
  pending.compressed = true;
  return 0;
}

}  // namespace

// A connection and its session, together in lws' per-session memory by one pointer.
class LwsSession {
 public:
  LwsSession(lws* wsi, Vhost& vhost, Admission admission, bool compressed)
      : connection(wsi, compressed), session(connection, vhost, std::move(admission), compressed) {}

  LwsConnection connection;
  Session session;
  std::uint16_t peer_code = 1006;
};

namespace {

// lws: the two context-takeover options are swapped inside, so each is set from the other's offer.
// What the server sends is deflated by us with fresh contexts (module/transport/frame.hpp), so only the
// receiving side matters; the other is set so that lws keeps no memory for it.
void mend_deflate_options(lws* wsi) {
  const bool client_resets =
      header_of(wsi, WSI_TOKEN_EXTENSIONS).find("client_no_context_takeover") != std::string::npos;
  lws_set_extension_option(wsi, "permessage-deflate", "client_no_context_takeover", "1");
  lws_set_extension_option(wsi, "permessage-deflate", "server_no_context_takeover",
                           client_resets ? "1" : "0");
}

int on_established(lws* wsi, PerSession& per_session) {
  Plugin::Pending pending = std::move(g_plugin->pending);
  g_plugin->pending = {};
  VhostEntry* entry = g_plugin->find(lws_get_vhost(wsi));
  if (pending.wsi != wsi || entry == nullptr || entry->vhost == nullptr) {
    return -1;  // nobody decided on this one
  }
  if (pending.compressed) {
    mend_deflate_options(wsi);
  }
  per_session.session =
      new LwsSession(wsi, *entry->vhost, std::move(pending.admission), pending.compressed);
  per_session.session->session.start();
  return 0;
}

int on_receive(lws* wsi, LwsSession& it, const void* in, std::size_t len) {
  if (it.connection.wants_close()) {
    return 0;  // lws: goes on delivering after the close was decided
  }
  const bool last = lws_is_final_fragment(wsi) != 0 && lws_remaining_packet_payload(wsi) == 0;
  it.session.on_receive({static_cast<const char*>(in), len}, lws_frame_is_binary(wsi) != 0, last);
  // lws: a close from here throws the rest of its read buffer away, takes what follows for a broken
  // frame and resets the connection before the peer has read the code. So it ends in WRITEABLE,
  // which close() has asked for.
  return 0;
}

int on_http(lws* wsi) {
  VhostEntry* entry = g_plugin->find(lws_get_vhost(wsi));
  bool is_get = false;
  const std::string path = path_of(wsi, &is_get);
  const bool is_head = lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0;
  const HttpAnswer answer =
      answer_http(path, is_get, entry != nullptr ? entry->vhost.get() : nullptr,
                  entry != nullptr ? std::string_view(entry->error)
                                   : "ringside-ws is not enabled on this vhost");
  if (answer_http_through_lws(wsi, answer.status, answer.content_type,
                              is_head ? std::string_view() : answer.body) != 0) {
    return -1;
  }
  return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

// One place for the options of all three protocols, so that they cannot contradict each other.
void warn_of_options(lws* wsi, const lws_protocol_vhost_options* options) {
  for (; options != nullptr; options = options->next) {
    if (std::string_view(options->name) != "status") {
      log::warn(
          "vhost {}: {}: {} is not read here: ringside-ws has the options of all three protocols",
          lws_get_vhost_name(lws_get_vhost(wsi)), lws_get_protocol(wsi)->name, options->name);
    }
  }
}

int on_init(lws* wsi, const void* in) {
  if (g_plugin == nullptr) {
    log::set_program("ringside-plugin");
    g_plugin = std::make_unique<Plugin>(lws_get_context(wsi));
  }
  if (lws_get_protocol(wsi)->name == kMainProtocol) {
    g_plugin->add_vhost(lws_get_vhost(wsi), static_cast<const lws_protocol_vhost_options*>(in));
  } else {
    warn_of_options(wsi, static_cast<const lws_protocol_vhost_options*>(in));
  }
  return 0;  // a vhost that cannot be served says so on /readyz and at each upgrade; the others go
             // on
}

void on_destroy(lws* wsi) {
  if (g_plugin != nullptr && lws_get_protocol(wsi)->name == kMainProtocol &&
      g_plugin->remove_vhost(lws_get_vhost(wsi))) {
    g_plugin.reset();
  }
}

int dispatch(lws* wsi, lws_callback_reasons reason, void* user, void* in, std::size_t len) {
  auto* per_session = static_cast<PerSession*>(user);
  LwsSession* it = per_session != nullptr ? per_session->session : nullptr;
  switch (reason) {
    case LWS_CALLBACK_PROTOCOL_INIT:
      return on_init(wsi, in);
    case LWS_CALLBACK_PROTOCOL_DESTROY:
      on_destroy(wsi);
      return 0;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
      if (g_plugin != nullptr) {
        g_plugin->on_woken();
      }
      return 0;  // lws: anything else closes its own wake pipe
    case LWS_CALLBACK_HTTP:
      return on_http(wsi);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
      return on_confirm_upgrade(wsi);
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
      return on_filter(wsi);
    case LWS_CALLBACK_CONFIRM_EXTENSION_OKAY:
      return on_confirm_extension(wsi, static_cast<const char*>(in));
    case LWS_CALLBACK_ESTABLISHED:
      return on_established(wsi, *per_session);
    default:
      break;
  }
  if (it == nullptr) {
    return lws_callback_http_dummy(wsi, reason, user, in, len);
  }
  switch (reason) {
    case LWS_CALLBACK_SERVER_WRITEABLE:
      if (it->connection.wants_close()) {
        return it->connection.end_now();
      }
      it->session.on_writable();
      return 0;
    case LWS_CALLBACK_RECEIVE:
      return on_receive(wsi, *it, in, len);
    case LWS_CALLBACK_RECEIVE_PONG:
      it->session.on_pong();
      return 0;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
      if (len >= 2) {
        const auto* code = static_cast<const unsigned char*>(in);
        it->peer_code = static_cast<std::uint16_t>(code[0] << 8 | code[1]);
      }
      return 0;
    case LWS_CALLBACK_CLOSED:
      it->session.on_closed(it->peer_code);
      delete std::exchange(per_session->session, nullptr);
      return 0;
    default:
      return lws_callback_http_dummy(wsi, reason, user, in, len);
  }
}

}  // namespace

int on_lws_callback(lws* wsi, lws_callback_reasons reason, void* user, void* in,
                    size_t len) noexcept {
  try {
    return dispatch(wsi, reason, user, in, len);
  } catch (const std::exception& error) {
    log::error("unexpected: {} (callback {})", error.what(), static_cast<int>(reason));
  } catch (...) {
    log::error("unexpected: an unknown exception (callback {})", static_cast<int>(reason));
  }
  return reason == LWS_CALLBACK_EVENT_WAIT_CANCELLED || reason == LWS_CALLBACK_PROTOCOL_DESTROY
             ? 0
             : -1;
}

}  // namespace ringside
