// A session's memory is what this class holds and nothing that grows with what the client does not read: events stay in the
// ring, and the few messages that wait for a full socket are bounded (kMaxControlBytes). Past that the client is a slow
// consumer that does not even read the answers to its own questions.
#include "module/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "core/control/connection_json.hpp"
#include "core/proto/server_message.hpp"
#include "module/session_debug.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxControlBytes = 256u << 10u;

// By endpoint, in the order of the enumerators.
constexpr std::array<Counter, 3> kConnectionCounters{
    Counter::kConnectionsEvents, Counter::kConnectionsMetrics, Counter::kConnectionsLogs};

Counter connections_counter(Endpoint endpoint) {
  return kConnectionCounters[static_cast<std::size_t>(endpoint)];
}

struct CloseCounter {
  std::uint16_t code;
  Counter counter;
};
constexpr std::array<CloseCounter, 10> kCloseCounters{{{1000, Counter::kClose1000},
                                                       {1001, Counter::kClose1001},
                                                       {1003, Counter::kClose1003},
                                                       {1007, Counter::kClose1007},
                                                       {1008, Counter::kClose1008},
                                                       {1009, Counter::kClose1009},
                                                       {4001, Counter::kClose4001},
                                                       {4008, Counter::kClose4008},
                                                       {4009, Counter::kClose4009},
                                                       {4029, Counter::kClose4029}}};

Counter close_counter(std::uint16_t code) {
  const auto* at = std::ranges::find(kCloseCounters, code, &CloseCounter::code);
  return at == kCloseCounters.end() ? Counter::kCloseOther : at->counter;
}

Json limits_json(const PluginOptions& options) {
  const auto number = [](auto value) { return static_cast<std::int64_t>(value); };
  return Json::object()
      .set("connections_per_user", number(options.limit_connections_per_user))
      .set("messages_per_second", number(options.limit_messages_per_second))
      .set("events_per_subscription", number(options.limit_events_per_subscription))
      .set("message_bytes", number(options.limit_message_bytes))
      .set("replays_per_user", number(options.limit_replays_per_user))
      .set("filter_bytes", number(options.limit_filter_bytes))
      .deep_copy();
}

}  // namespace

Session::Session(Connection& connection, Vhost& vhost, Admission admission, Encoding& encoding)
    : connection_(connection),
      encoding_(encoding),
      vhost_(vhost),
      hub_(vhost.hub()),
      endpoint_(admission.endpoint),
      query_(std::make_unique<ConnectionQuery>(std::move(admission.query))),
      batch_size_(query_->batch_size.value_or(vhost.options().batch_size)),
      flush_(query_->flush.value_or(vhost.options().flush)),
      max_rate_(query_->max_rate),
      interval_(query_->interval),
      address_(std::move(admission.address)),
      id_(random_number()),
      listing_(hub_),
      expired_at_upgrade_(admission.expired),
      identity_(std::move(admission.identity)),
      connection_quota_(hub_, UserQuota::Kind::kConnections,
                        vhost.options().limit_connections_per_user),
      replay_quota_(hub_, UserQuota::Kind::kReplays, vhost.options().limit_replays_per_user),
      waiting_(std::move(admission.waiting)) {
  hub_.count(connections_counter(endpoint_));
  hub_.count(Counter::kConnectionsOpened);
  if (waiting_ != nullptr) {
    hub_.count(Counter::kConnectionsAwaitingAuth);
  }
  hub_.add(*this);
}

Session::~Session() {
  hub_.remove(*this);
  hub_.uncount(connections_counter(endpoint_));
  end_waiting();
}

void Session::start() {
  const MonoTime now = hub_.clock().mono_now();
  next_ping_ = now + vhost_.options().ping_interval;
  liveness_.start(now);
  auth_deadline_ = now + vhost_.options().auth_timeout;
  if (expired_at_upgrade_) {
    close(CloseCode::kTokenExpired);
  } else if (identity_) {
    open(*identity_);
  }
  hub_.pump_now(*this);
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
  expiry_announced_ = false;
  ends_at_ = identity_->expires;
  if (ends_at_ && *ends_at_ <= hub_.clock().wall_now()) {
    *ends_at_ += vhost_.options().leeway;
  }
}

// The connection has its identity: from the upgrade's token, or from the first message.
void Session::open(const Identity& identity) {
  RS_CHECK(phase_ == Phase::kAwaitingAuth);
  adopt(identity);
  if (!connection_quota_.acquire(identity_->user)) {
    close(CloseCode::kConnectionLimit);
    return;
  }
  // With a token in the upgrade the filters are compiled already.
  if (const auto error = compile_filters(*query_, filter_limits_of(vhost_.options()))) {
    close(CloseCode::kPolicyViolation, error->message);
    return;
  }
  phase_ = Phase::kOpen;
  if (hub_.control() != nullptr) {
    user_key_ = hub_.control()->cut_key_of(identity_->user);
  }
  account_ = hub_.account_of(identity_->user);
  Subscription subscription = subscription_of(endpoint_, *query_);
  set_view(RoleView(vhost_.rules(), *identity_), std::move(subscription));
  hub_.catch_up();
  position_.set_live(hub_.head().next());
  list_connection();
  FrameBuffer head;
  encoding_.begin_stream(head);
  if (!head.empty()) {
    send_now(head);
  }
  welcome();
  begin_stream(*query_);
  query_.reset();
}

// By value: the arguments may belong to the view that is replaced.
void Session::set_view(RoleView role, Subscription subscription) {
  if (position_.replaying()) {
    Replay& replay = position_.replay();
    replay.frames = hub_.frame_cache(role, replay.frames->view().subscription(), shape());
  }
  if (interval_) {  // metrics come from the series table, everything else from the stream
    Subscription rest = subscription;
    rest.unsubscribe({"MetricUpdate"});
    frames_ = hub_.frame_cache(role, rest, shape());
    interval_view_ = std::make_shared<const View>(std::move(role), std::move(subscription));
  } else {
    frames_ = hub_.frame_cache(role, subscription, shape());
  }
  view_digest_ = std::hash<std::string>()(View::key_of(view().role(), view().subscription()));
  hub_.views_changed();
  hub_.touch(*this);
}

void Session::list_connection() {
  ConnectionInfo info;
  info.id = id_;
  info.user = identity_->user;
  info.roles = fmt::format("{}", fmt::join(identity_->roles, ", "));
  info.address = address_;
  info.endpoint = static_cast<std::uint8_t>(endpoint_);
  info.transport = static_cast<std::uint8_t>(encoding_.transport());
  info.since = hub_.clock().wall_now();
  info.numbers = numbers();
  listing_.enter(info);
}

ConnectionNumbers Session::numbers() const noexcept {
  return {position_.behind(hub_.attached() ? hub_.head() : Seq{0}), n_sent_, n_bytes_, n_missed_,
          view_digest_};
}

void Session::welcome() {
  WelcomeFields fields;
  fields.connection_id = connection_id_text(id_);
  fields.protocol = info_of(endpoint_).subprotocol;
  fields.user = identity_->user;
  fields.roles = identity_->roles;
  fields.events = role().visible_events();
  fields.batch_size = batch_size_;
  fields.limits = limits_json(vhost_.options());
  fields.epoch = format_epoch(hub_.epoch());
  fields.filters_rows = role().hides_rows();
  fields.is_admin = has_one_of(*identity_, vhost_.options().admin_role);
  fields.head = place_id(hub_.head());
  const ClusterStatus& cluster = hub_.cluster();
  fields.cluster_node = cluster.node;
  fields.cluster_state = name_of(cluster.state);
  told_cut_ = hub_.is_cut_off();
  fields.token_expires_at = identity_->expires;
  fields.time = hub_.clock().wall_now();
  send_control(welcome_message(fields));
}

void Session::close(CloseCode code, std::string_view reason) {
  if (closing()) {
    return;
  }
  phase_ = Phase::kClosing;
  close_code_ = static_cast<std::uint16_t>(code);
  if (unread_until_) {
    read_on();  // or the peer's answer to the close would not be
  }
  connection_.close(code, reason.empty() ? info_of(code).reason : reason);
}

void Session::on_closed(std::uint16_t code) noexcept {
  phase_ = Phase::kClosing;
  hub_.count(close_counter(close_code_ != 0 ? close_code_ : code));
}

void Session::send_now(FrameBuffer& frames) {
  hub_.count(Counter::kWritesOut);
  hub_.count(Counter::kBytesOut, frames.size());
  connection_.note_plain(frames.plain());
  if (!connection_.send(frames.frames())) {
    connection_lost();
  }
}

// Messages keep their order with the events that are sent after them: pump() sends nothing while some wait.
void Session::send_control(const std::string& json) {
  if (closing()) {
    return;
  }
  hub_.count(Counter::kFramesOut);
  if (control_ == nullptr && !connection_.busy()) {
    FrameBuffer frame;
    encoding_.add_message(frame, json);
    if (!frame.empty()) {
      send_now(frame);
    }
    return;
  }
  if (control_ == nullptr) {
    control_ = std::make_unique<FrameBuffer>();
  }
  encoding_.add_message(*control_, json);
  if (control_->empty()) {
    control_.reset();  // the encoding has left it out
  } else if (control_->size() > kMaxControlBytes) {
    close(CloseCode::kSlowConsumer, "answers are not being read");
  } else {
    connection_.request_writable();
  }
}

bool Session::flush_control() {
  if (control_ != nullptr) {
    const std::unique_ptr<FrameBuffer> frames = std::move(control_);
    send_now(*frames);
  }
  return !closing();
}

Attendee::IdleUntil Session::pump() {
  read_on_in_time();
  IdleUntil idle = pump_stream();
  if (unread_until_) {
    idle.until = std::min(idle.until, *unread_until_);
    hub_.call_at(*unread_until_);
  }
  return idle;
}

void Session::on_writable() {
  if (closing()) {
    return;
  }
  if (connection_.busy()) {
    connection_.request_writable();
    return;
  }
  if (!flush_control()) {
    return;
  }
  hub_.pump_now(*this);
  if (has_history() || deferred_ || snapshot_) {
    hub_.want_turn();
  }
}

}  // namespace ringside
