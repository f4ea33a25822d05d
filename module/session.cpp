// A session's memory is what this class holds and nothing that grows with what the client does not
// read: events stay in the ring, and the few control messages that wait for a full socket are
// bounded (kMaxControlBytes), past which the client is a slow consumer that does not even read
// answers to its own questions.
#include "module/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/proto/server_message.hpp"
#include "module/session_debug.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxControlBytes = 256u << 10u;
constexpr std::string_view kPingPayload =
    "ringside";  // lws keeps a pong without a payload to itself

std::string make_connection_id() {
  static std::mt19937_64 random{std::random_device{}()};
  return fmt::format("{:016x}", random());
}

Counter connections_counter(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::kEvents:
      return Counter::kConnectionsEvents;
    case Endpoint::kMetrics:
      return Counter::kConnectionsMetrics;
    case Endpoint::kLogs:
      return Counter::kConnectionsLogs;
  }
  return Counter::kConnectionsEvents;
}

Counter close_counter(std::uint16_t code) {
  switch (code) {
    case 1000:
      return Counter::kClose1000;
    case 1001:
      return Counter::kClose1001;
    case 1003:
      return Counter::kClose1003;
    case 1007:
      return Counter::kClose1007;
    case 1008:
      return Counter::kClose1008;
    case 1009:
      return Counter::kClose1009;
    case 4001:
      return Counter::kClose4001;
    case 4008:
      return Counter::kClose4008;
    case 4009:
      return Counter::kClose4009;
    case 4029:
      return Counter::kClose4029;
    default:
      return Counter::kCloseOther;
  }
}

Json limits_json(const PluginOptions& options) {
  return Json::object()
      .set("connections_per_user", static_cast<std::int64_t>(options.limit_connections_per_user))
      .set("messages_per_second", static_cast<std::int64_t>(options.limit_messages_per_second))
      .set("events_per_subscription",
           static_cast<std::int64_t>(options.limit_events_per_subscription))
      .set("message_bytes", static_cast<std::int64_t>(options.limit_message_bytes))
      .set("replays_per_user", static_cast<std::int64_t>(options.limit_replays_per_user))
      .deep_copy();
}

}  // namespace

Session::Session(Connection& connection, Vhost& vhost, Admission admission, bool compressed)
    : connection_(connection),
      vhost_(vhost),
      hub_(vhost.hub()),
      endpoint_(admission.endpoint),
      query_(std::move(admission.query)),
      batch_size_(query_.batch_size.value_or(vhost.options().batch_size)),
      flush_(query_.flush.value_or(vhost.options().flush)),
      address_(std::move(admission.address)),
      connection_id_(make_connection_id()),
      compressed_(compressed),
      identity_(std::move(admission.identity)),
      expired_at_upgrade_(admission.expired),
      waiting_(std::move(admission.waiting)) {
  if (waiting_ != nullptr) {
    hub_.count(Counter::kConnectionsAwaitingAuth);
  }
  hub_.count(connections_counter(endpoint_));
  hub_.count(Counter::kConnectionsOpened);
  hub_.add(*this);
}

Session::~Session() {
  hub_.remove(*this);
  hub_.uncount(connections_counter(endpoint_));
  release_replay_quota();
  end_waiting();
  if (has_connection_quota_ && hub_.control() != nullptr) {
    hub_.control()->release(ControlSegment::Quota::kConnections, identity_->user);
  }
}

void Session::start() {
  const MonoTime now = hub_.clock().mono_now();
  next_ping_ = now + vhost_.options().ping_interval;
  liveness_.start(now);
  if (expired_at_upgrade_) {
    close(CloseCode::kTokenExpired);
  } else if (identity_) {
    open(*identity_);
  } else {
    auth_deadline_ = now + vhost_.options().auth_timeout;
  }
}

void Session::end_waiting() noexcept {
  if (waiting_ != nullptr) {
    waiting_.reset();
    hub_.uncount(Counter::kConnectionsAwaitingAuth);
  }
}

// A token that was accepted within the leeway lasts until the leeway ends.
void Session::adopt(const Identity& identity) {
  identity_ = identity;
  expiry_told_ = false;
  ends_at_ = identity_->expires;
  if (ends_at_ && *ends_at_ <= hub_.clock().wall_now()) {
    *ends_at_ += vhost_.options().leeway;
  }
}

bool Session::acquire_connection_quota() {
  const unsigned limit = vhost_.options().limit_connections_per_user;
  if (limit == 0 || hub_.control() == nullptr) {
    return true;
  }
  has_connection_quota_ =
      hub_.control()->try_acquire(ControlSegment::Quota::kConnections, identity_->user, limit);
  return has_connection_quota_;
}

// The connection has its identity: from the upgrade's token, or from the first message.
void Session::open(const Identity& identity) {
  adopt(identity);
  if (!acquire_connection_quota()) {
    close(CloseCode::kConnectionLimit);
    return;
  }
  // With a token in the upgrade they are compiled already.
  if (const auto error = compile_filters(query_, filter_limits_of(vhost_.options()))) {
    close(CloseCode::kPolicyViolation, error->message);
    return;
  }
  phase_ = Phase::kOpen;
  const std::shared_ptr<const Filter> filter = std::exchange(query_.filter, nullptr);
  const auto defaults = info_of(endpoint_).default_events;
  Subscription subscription = Subscription::everything(filter);
  if (!query_.events.empty()) {
    subscription = Subscription::of(query_.events, filter);
  } else if (!defaults.empty()) {
    subscription = Subscription::of({defaults.begin(), defaults.end()}, filter);
  }
  query_.events = {};  // no longer needed, and a connection may be idle for days
  set_view(RoleView(vhost_.rules(), *identity_), std::move(subscription));
  hub_.catch_up();
  cursor_ = hub_.head().next();
  welcome();
  begin_stream();
}

// By value: what is given may belong to the view that is replaced.
void Session::set_view(RoleView role, Subscription subscription) {
  if (replay_) {
    replay_->frames = hub_.frame_cache(role, replay_->frames->view().subscription(), shape());
  }
  if (query_.interval) {  // metrics come from the series table, all else from the stream
    Subscription rest = subscription;
    rest.unsubscribe({"MetricUpdate"});
    frames_ = hub_.frame_cache(role, rest, shape());
    interval_view_ = std::make_shared<const View>(std::move(role), std::move(subscription));
  } else {
    frames_ = hub_.frame_cache(role, subscription, shape());
  }
  hub_.views_changed();
}

void Session::welcome() {
  WelcomeFields fields;
  fields.connection_id = connection_id_;
  fields.protocol = info_of(endpoint_).subprotocol;
  fields.user = identity_->user;
  fields.roles = identity_->roles;
  fields.events = role().visible_events();
  fields.batch_size = batch_size_;
  fields.limits = limits_json(vhost_.options());
  fields.epoch = format_epoch(hub_.epoch());
  fields.head = hub_.id_of(hub_.head());
  fields.token_expires_at = identity_->expires;
  send_control(welcome_message(fields));
}

void Session::close(CloseCode code, std::string_view reason) {
  if (closing_) {
    return;
  }
  closing_ = true;
  close_code_ = static_cast<std::uint16_t>(code);
  connection_.close(code, reason.empty() ? info_of(code).reason : reason);
}

void Session::on_closed(std::uint16_t code) noexcept {
  closing_ = true;
  hub_.count(close_counter(close_code_ != 0 ? close_code_ : code));
}

// Control messages keep their order with the events that are sent after them: pump() sends nothing
// while some wait.
void Session::send_control(const std::string& json) {
  if (closing_) {
    return;
  }
  hub_.count(Counter::kFramesOut);
  if (control_ == nullptr && !connection_.busy()) {
    FrameBuffer frame;
    frame.append(Opcode::kText, json);
    hub_.count(Counter::kWritesOut);
    hub_.count(Counter::kBytesOut, frame.size());
    if (!connection_.send(frame.frames())) {
      closing_ = true;
    }
    return;
  }
  if (control_ == nullptr) {
    control_ = std::make_unique<FrameBuffer>();
  }
  control_->append(Opcode::kText, json);
  if (control_->size() > kMaxControlBytes) {
    close(CloseCode::kSlowConsumer, "answers are not being read");
    return;
  }
  connection_.request_writable();
}

bool Session::flush_control() {
  if (control_ != nullptr) {
    hub_.count(Counter::kWritesOut);
    hub_.count(Counter::kBytesOut, control_->size());
    const std::unique_ptr<FrameBuffer> frames = std::move(control_);
    if (!connection_.send(frames->frames())) {
      closing_ = true;
    }
  }
  return !closing_;
}

void Session::on_writable() {
  if (closing_ || connection_.busy() || !flush_control()) {
    return;
  }
  pump();
  pump_replay();
}

void Session::on_pong() { liveness_.on_received(); }

void Session::ping_if_due(MonoTime now) {
  const auto interval = vhost_.options().ping_interval;
  if (interval.count() == 0 || now < next_ping_) {
    return;
  }
  next_ping_ = now + interval;
  if (!liveness_.is_alive(now, connection_.progress(), 2 * interval)) {
    closing_ = true;
    connection_.cut_off();
    return;
  }
  if (connection_.busy() || liveness_.awaits_pong()) {
    return;
  }
  FrameBuffer frame;
  frame.append(Opcode::kPing, kPingPayload);
  if (!connection_.send(frame.frames())) {
    closing_ = true;
    return;
  }
  liveness_.on_ping(now);
}

void Session::check_token_deadline() {
  if (!ends_at_) {
    return;
  }
  const WallTime now = hub_.clock().wall_now();
  if (now >= *ends_at_) {
    close(CloseCode::kTokenExpired);
  } else if (!expiry_told_ && now >= *ends_at_ - vhost_.options().auth_expiring_notice) {
    expiry_told_ = true;
    send_control(auth_expiring_message(std::chrono::ceil<std::chrono::seconds>(*ends_at_ - now)));
  }
}

void Session::on_tick(MonoTime now) {
  if (closing_) {
    return;
  }
  if (close_at_ && now >= close_at_->first) {
    close(close_at_->second);
    return;
  }
  if (phase_ == Phase::kAwaitingAuth) {
    if (now >= auth_deadline_) {
      close(CloseCode::kPolicyViolation, "no token was sent in time");
    }
    return;
  }
  check_token_deadline();
  if (!closing_) {
    ping_if_due(now);
  }
}

void Session::on_revocations() {
  if (!closing_ && identity_ &&
      hub_.control()->is_revoked(identity_->user, identity_->token_id, identity_->issued)) {
    close(CloseCode::kPolicyViolation, "the token was revoked");
  }
}

void Session::close_at(MonoTime when, CloseCode code) noexcept { close_at_ = {when, code}; }

}  // namespace ringside
