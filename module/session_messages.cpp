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

}  // namespace

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
