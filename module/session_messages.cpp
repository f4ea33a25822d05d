// Messages of the client. Each takes effect as a whole before the next is read, and one that is refused changes nothing; the
// answer goes out in order with the events.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/proto/server_message.hpp"
#include "module/session.hpp"
#include "module/session_debug.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxEchoBytes = 64;

// Before the token: more than any that the upgrade could carry.
constexpr std::size_t kMaxBytesBeforeAuth = std::size_t{16} << 10U;
constexpr std::uint32_t kMaxMessagesBeforeAuth = 10;

// Reading a byte from the socket, unmasking it and checking it, which the host does before this process can measure it. About
// twice the figure measured for messages of 64 KiB.
constexpr std::int64_t kReceiptNanosecondsPerByte = 5;

// The client is not noticed to be gone while nothing is read from it.
constexpr std::chrono::nanoseconds kMaxPause = std::chrono::seconds(1);

}  // namespace

void Session::on_receive(std::string_view piece, bool binary, bool last, std::size_t announced) {
  if (closing()) {
    return;
  }
  if (binary) {
    close(CloseCode::kUnsupportedData);
    return;
  }
  const std::size_t limit = message_limit();
  if (announced > limit || inbox_.size() + piece.size() + announced > limit) {
    std::string().swap(inbox_);
    close(CloseCode::kMessageTooBig, fmt::format("a message must have at most {} bytes", limit));
    return;
  }
  if (account_ != nullptr) {
    account_->messages.charge(std::chrono::nanoseconds(static_cast<std::int64_t>(piece.size()) *
                                                       kReceiptNanosecondsPerByte));
  }
  if (!last) {
    inbox_ += piece;
    return;
  }
  if (inbox_.empty()) {
    on_text(piece);
    return;
  }
  std::string whole;
  whole.swap(inbox_);  // gives the memory back when done
  whole += piece;
  on_text(whole);
}

std::size_t Session::message_limit() const noexcept {
  const std::size_t limit = vhost_.options().limit_message_bytes;
  return phase_ == Phase::kAwaitingAuth ? std::min(limit, kMaxBytesBeforeAuth) : limit;
}

// The network holds back what the client sends; it waits in the client, or in the kernel's buffers.
void Session::stop_reading_until(MonoTime when) {
  unread_until_ = when;
  connection_.read(false);
  hub_.count(Counter::kReadsPaused);
  hub_.touch(*this);
  hub_.call_at(when);
}

void Session::read_on_in_time() {
  if (unread_until_ && hub_.clock().mono_now() >= *unread_until_) {
    read_on();
  }
}

void Session::read_on() {
  unread_until_.reset();
  connection_.read(true);
}

// A client may send so many messages a second, and its user's messages may use so much CPU time. Over either it is told
// once, with the time to wait; one that continues as if nothing had been said is closed. Over the time, nothing more is read
// from it for as long: to receive messages costs time, too.
bool Session::admit_message() {
  const std::uint32_t limit = vhost_.options().limit_messages_per_second;
  const MonoTime now = hub_.clock().mono_now();
  if (messages_.roll(now)) {
    n_over_rate_ = 0;
  }
  const bool overdrawn = limit != 0 && account_ != nullptr && account_->messages.overdrawn(now);
  if (limit == 0 || (messages_.used() < limit && !overdrawn)) {
    messages_.use(1);
    n_over_rate_ = 0;
    return true;
  }
  const auto wait = std::max<std::chrono::nanoseconds>(
      overdrawn ? account_->messages.until_positive(now) : messages_.ends() - now,
      std::chrono::milliseconds(1));
  if (overdrawn && !unread_until_) {
    stop_reading_until(now + std::min(wait, kMaxPause));
  }
  if (n_over_rate_++ == 0) {
    send_control(error_message(
        {.code = "rate_limited",
         .message = overdrawn ? "the messages and filters of this user use too much processor time"
                              : fmt::format("more than {} messages a second", limit),
         .request = {},
         .event = {},
         .retry_after = std::chrono::ceil<std::chrono::milliseconds>(wait)}));
  } else if (n_over_rate_ >= limit) {
    close(CloseCode::kRateLimited);
  }
  return false;
}

void Session::on_text(std::string_view text) {
  hub_.count(Counter::kMessagesIn);
  if (!admit_message()) {
    return;
  }
  const auto begin = hub_.clock().thread_cpu();
  dispatch(text);
  if (account_ != nullptr) {
    account_->messages.charge(hub_.clock().thread_cpu() - begin);
  }
  hub_.pump_now(*this);
}

void Session::dispatch(std::string_view text) {
  if (phase_ == Phase::kAwaitingAuth && ++n_before_auth_ > kMaxMessagesBeforeAuth) {
    close(CloseCode::kPolicyViolation, "too many messages before the one with the token");
    return;
  }
  if (!is_valid_utf8(text)) {
    close(CloseCode::kInvalidPayload);
    return;
  }
  const auto message = parse_client_message(text);
  if (!message) {
    hub_.count(Counter::kMessagesInvalid);
    send_error(message.error().code, message.error().message, message.error().request);
    return;
  }
  if (phase_ == Phase::kAwaitingAuth && !std::holds_alternative<AuthMessage>(*message)) {
    send_error("unauthenticated", R"(the first message must be {"type":"auth","token":"..."})", "");
    return;
  }
  std::visit([this](const auto& it) { handle(it); }, *message);
}

void Session::send_error(std::string_view code, std::string_view message,
                         std::string_view request) {
  send_control(error_message(
      {.code = code, .message = message, .request = request, .event = {}, .retry_after = {}}));
}

void Session::send_forbidden(const std::string& event, std::string_view request) {
  send_control(error_message({.code = "forbidden",
                              .message = fmt::format("this token's role may not see {}", event),
                              .request = request,
                              .event = event,
                              .retry_after = {}}));
}

// On a new connection: who it is. On a live one: the same user for longer, or with other roles, from the next event on.
void Session::handle(const AuthMessage& message) {
  const Vhost::Verified verified = vhost_.verify(message.token);
  const bool first = phase_ == Phase::kAwaitingAuth;
  if (verified.token.outcome != TokenOutcome::kValid || verified.revoked) {
    if (first) {
      refuse_first_token(verified);
    } else {
      send_error("unauthenticated",
                 verified.revoked ? "the token was revoked" : verified.token.detail, "auth");
    }
    return;
  }
  if (first) {
    end_waiting();
    open(verified.token.identity);
    return;
  }
  if (verified.token.identity.user != identity_->user) {
    send_error("unauthenticated", "the token belongs to another user: open a separate connection",
               "auth");
    return;
  }
  adopt(verified.token.identity);
  set_view(RoleView(vhost_.rules(), *identity_), subscription());
  separate_series();
  welcome();
}

void Session::refuse_first_token(const Vhost::Verified& verified) {
  if (verified.token.outcome == TokenOutcome::kExpired) {
    close(CloseCode::kTokenExpired);
  } else {
    const Refusal refusal{HttpError::kUnauthenticated,
                          verified.revoked ? "the token was revoked" : verified.token.detail,
                          {}};
    if (vhost_.refusals().admits()) {
      log::info("{}", vhost_.refusals().line(address_, info_of(endpoint_).path, refusal));
    }
    close(CloseCode::kPolicyViolation, refusal.message);
  }
}

// The names of a message, resolved to full ones, each once. Nothing, after an error, when one is no event type or there
// are more than the limit.
std::optional<std::vector<std::string>> Session::checked_names(
    const std::vector<std::string>& names, std::string_view request) {
  const std::size_t limit = vhost_.options().limit_events_per_subscription;
  if (names.size() > limit) {
    send_too_many_events(request);
    return std::nullopt;
  }
  std::vector<std::string> full;
  std::unordered_set<std::string_view> seen;
  for (const std::string& name : names) {
    const std::string_view resolved = resolve_event_name(name);
    if (resolved != "*" && !is_valid_event_name(resolved)) {
      send_error("invalid_message",
                 fmt::format("events: \"{}\" is not an event type",
                             escape_controls(std::string_view(name).substr(0, kMaxEchoBytes))),
                 request);
      return std::nullopt;
    }
    if (seen.insert(resolved).second) {
      full.emplace_back(resolved);
    }
  }
  return full;
}

void Session::send_too_many_events(std::string_view request) {
  send_error("too_many_events",
             fmt::format("a connection may name {} event types",
                         vhost_.options().limit_events_per_subscription),
             request);
}

// Whether the connection may have this subscription; sends the error when it may not.
bool Session::admit_subscription(const Subscription& changed, std::string_view request) {
  const PluginOptions& options = vhost_.options();
  if (changed.n_types() > options.limit_events_per_subscription) {
    send_too_many_events(request);
    return false;
  }
  if (const std::size_t n_bytes = changed.filter_bytes(); n_bytes > options.limit_filter_bytes) {
    send_error("bad_filter",
               fmt::format("the filters of this connection would need {} bytes of memory; at most "
                           "{} are allowed",
                           n_bytes, options.limit_filter_bytes),
               request);
    return false;
  }
  return true;
}

void Session::handle(const SubscribeMessage& message) {
  auto names = checked_names(message.events, "subscribe");
  if (!names) {
    return;
  }
  std::erase_if(*names, [&](const std::string& name) {
    const bool denied = name != "*" && !role().may_see(event_type_of(name), name);
    if (denied) {
      send_forbidden(name, "subscribe");
    }
    return denied;
  });
  if (names->empty() && !message.events.empty()) {
    return;
  }
  std::shared_ptr<const Filter> filter;
  if (message.filters.present()) {
    auto compiled = Filter::compile(message.filters.ref(), filter_limits_of(vhost_.options()));
    if (!compiled) {
      send_error("bad_filter", compiled.error().key + ": " + compiled.error().message, "subscribe");
      return;
    }
    filter = std::move(*compiled);
  }
  Subscription changed = subscription();
  changed.subscribe(*names, filter);
  if (!admit_subscription(changed, "subscribe")) {
    return;
  }
  set_view(role(), std::move(changed));
  send_control(subscribed_message(*names, message.filters.ref()));
  if (filter != nullptr && filter->since()) {
    start_replay(filter->since()->text, Subscription::of(*names, filter));
  }
}

void Session::handle(const UnsubscribeMessage& message) {
  const auto names = checked_names(message.events, "unsubscribe");
  if (!names) {
    return;
  }
  Subscription changed = subscription();
  changed.unsubscribe(*names);
  if (!admit_subscription(changed, "unsubscribe")) {
    return;
  }
  set_view(role(), std::move(changed));
  send_control(unsubscribed_message(*names));
}

// The lag is that of the oldest event that this connection has not been sent yet.
void Session::handle(const PingMessage& /*message*/) {
  std::chrono::milliseconds lag{0};
  if (position_.live() <= hub_.head()) {
    const RecordCache::Lookup found = hub_.records().find(position_.live());
    if (found.record != nullptr && may_know_lag_of(*found.record)) {
      lag = std::chrono::duration_cast<std::chrono::milliseconds>(hub_.clock().wall_now() -
                                                                  found.record->record.received);
    }
  }
  send_control(pong_message(std::max(lag, std::chrono::milliseconds(0))));
}

}  // namespace ringside
