// Strict on purpose: an unknown member is most often a misspelt one ("filter" for "filters"), and a client that gets an
// error at once finds its mistake; one that silently gets everything does not. The rules here are those of
// conf/schemas/client/, and tests/system/test_contract.py compares the two. What a schema cannot express (whether a regular
// expression compiles, whether a type may be seen) is refused by the filter and the session.
#include "core/proto/client_message.hpp"

#include <fmt/format.h>

#include <cmath>
#include <initializer_list>

#include "core/base/echo.hpp"
#include "core/base/text.hpp"
#include "core/event/since.hpp"
#include "core/event/type.hpp"

namespace ringside {
namespace {

constexpr std::int64_t kMaxStepCount = 1000;
constexpr double kMaxSpeed = 1000;

// Why a message is refused; nothing where it is not.
using Refusal = std::optional<std::string>;

std::string in_quotes(std::string_view text) { return '"' + echo(text) + '"'; }

std::string_view kind_of(JsonRef value) { return name_of(value.kind()); }

std::string with_article(JsonRef value) {
  const std::string_view kind = kind_of(value);
  const bool vowel = kind == "integer" || kind == "array" || kind == "object";
  return kind == "null" ? std::string(kind) : fmt::format("{} {}", vowel ? "an" : "a", kind);
}

Refusal refuse_unknown_members(JsonRef message, std::initializer_list<std::string_view> known) {
  Refusal refusal;
  message.for_each_member([&](std::string_view name, JsonRef) {
    for (const std::string_view k : known) {
      if (name == k) {
        return true;
      }
    }
    refusal = fmt::format("unknown member {}; this message has {}", in_quotes(name),
                          fmt::join(known, ", "));
    return false;
  });
  return refusal;
}

Refusal read_text(JsonRef message, std::string_view name, std::string& out) {
  const JsonRef value = message[name];
  if (!value.present()) {
    return fmt::format("{} is missing", name);
  }
  if (!value.is_string()) {
    return fmt::format("{} must be a string, is {}", name, with_article(value));
  }
  out = *value.as_string();
  return out.empty() ? Refusal(fmt::format("{} must not be empty", name)) : std::nullopt;
}

Refusal read_optional_text(JsonRef message, std::string_view name,
                           std::optional<std::string>& out) {
  return message[name].present() ? read_text(message, name, out.emplace()) : std::nullopt;
}

Refusal read_events(JsonRef message, std::vector<std::string>& out) {
  const JsonRef events = message["events"];
  if (!events.present()) {
    return "events is missing";
  }
  if (!events.is_array()) {
    return fmt::format("events must be an array of strings, is {}", with_article(events));
  }
  if (events.size() == 0) {
    return "events must not be empty";
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto name = events[i].as_string();
    if (!name) {
      return fmt::format("events[{}] must be a string, is {}", i, with_article(events[i]));
    }
    if (!is_subscribable_name(*name)) {
      return fmt::format("events[{}] is not an event type: {}", i, in_quotes(*name));
    }
    out.emplace_back(*name);
  }
  return std::nullopt;
}

Refusal read_filters(JsonRef message, Json& out) {
  const JsonRef filters = message["filters"];
  if (!filters.present()) {
    return std::nullopt;
  }
  if (!filters.is_object()) {
    return fmt::format("filters must be an object, is {}", with_article(filters));
  }
  out = Json::copy_of(filters);
  return std::nullopt;
}

// 2 and 2.0 are the same integer, as they are for JSON Schema.
Refusal read_count(JsonRef message, std::int64_t& out) {
  const JsonRef count = message["count"];
  if (!count.present()) {
    return std::nullopt;
  }
  const auto number = count.as_number();
  if (!number || std::trunc(*number) != *number || *number < 1 ||
      *number > static_cast<double>(kMaxStepCount)) {
    return fmt::format("count must be an integer from 1 to {}", kMaxStepCount);
  }
  out = static_cast<std::int64_t>(*number);
  return std::nullopt;
}

Refusal read_speed(JsonRef message, std::optional<double>& out) {
  const JsonRef speed = message["speed"];
  if (!speed.present()) {
    return std::nullopt;
  }
  out = speed.as_number();
  if (!out || !(*out > 0) || *out > kMaxSpeed) {
    return fmt::format("speed must be a number above 0, at most {}", kMaxSpeed);
  }
  return std::nullopt;
}

Refusal read_place(JsonRef message, std::string& out) {
  if (Refusal refusal = read_text(message, "to", out)) {
    return refusal;
  }
  return is_valid_since(out) ? std::nullopt : Refusal(fmt::format("to must be {}", kSinceForms));
}

Refusal read(JsonRef message, AuthMessage& out) {
  if (Refusal refusal = refuse_unknown_members(message, {"type", "token"})) {
    return refusal;
  }
  return read_text(message, "token", out.token);
}

Refusal read(JsonRef message, SubscribeMessage& out) {
  if (Refusal refusal = refuse_unknown_members(message, {"type", "events", "filters"})) {
    return refusal;
  }
  if (Refusal refusal = read_events(message, out.events)) {
    return refusal;
  }
  return read_filters(message, out.filters);
}

Refusal read(JsonRef message, UnsubscribeMessage& out) {
  if (Refusal refusal = refuse_unknown_members(message, {"type", "events"})) {
    return refusal;
  }
  return read_events(message, out.events);
}

Refusal read(JsonRef message, PingMessage&) { return refuse_unknown_members(message, {"type"}); }

Refusal read_attach(JsonRef message, DebugMessage& out) {
  if (Refusal refusal = refuse_unknown_members(
          message, {"type", "action", "task_id", "workflow_id", "batch_id", "filters"})) {
    return refusal;
  }
  for (const auto& [name, member] :
       {std::pair<std::string_view, std::optional<std::string>*>{"task_id", &out.task_id},
        {"workflow_id", &out.workflow_id},
        {"batch_id", &out.batch_id}}) {
    if (Refusal refusal = read_optional_text(message, name, *member)) {
      return refusal;
    }
  }
  if (Refusal refusal = read_filters(message, out.filters)) {
    return refusal;
  }
  if (!out.task_id && !out.workflow_id && !out.batch_id && !out.filters.present()) {
    return "attach needs a task_id, workflow_id, batch_id or filters";
  }
  return std::nullopt;
}

Refusal read(JsonRef message, DebugMessage& out) {
  using Action = DebugMessage::Action;
  if (Refusal refusal = read_text(message, "action", out.action_name)) {
    return refusal;
  }
  const std::string_view action = out.action_name;
  if (action == "attach") {
    out.action = Action::kAttach;
    return read_attach(message, out);
  }
  if (action == "step") {
    out.action = Action::kStep;
    Refusal refusal = refuse_unknown_members(message, {"type", "action", "count"});
    return refusal ? refusal : read_count(message, out.count);
  }
  if (action == "seek") {
    out.action = Action::kSeek;
    Refusal refusal = refuse_unknown_members(message, {"type", "action", "to"});
    return refusal ? refusal : read_place(message, out.to);
  }
  if (action == "resume") {
    out.action = Action::kResume;
    Refusal refusal = refuse_unknown_members(message, {"type", "action", "speed"});
    return refusal ? refusal : read_speed(message, out.speed);
  }
  for (const auto& [name, bare] : {std::pair{std::string_view("pause"), Action::kPause},
                                   {std::string_view("inspect"), Action::kInspect},
                                   {std::string_view("detach"), Action::kDetach}}) {
    if (action == name) {
      out.action = bare;
      return refuse_unknown_members(message, {"type", "action"});
    }
  }
  return fmt::format("action must be attach, pause, step, seek, resume, inspect or detach, is {}",
                     in_quotes(action));
}

template <class Message>
tl::expected<ClientMessage, MessageError> parse_as(JsonRef message, std::string_view type) {
  Message out;
  if (Refusal refusal = read(message, out)) {
    return tl::unexpected(MessageError{"invalid_message", std::move(*refusal), std::string(type)});
  }
  return ClientMessage(std::move(out));
}

}  // namespace

tl::expected<ClientMessage, MessageError> parse_client_message(std::string_view text) {
  const auto parsed = Json::parse(text);
  if (!parsed) {
    const JsonError& error = parsed.error();
    return tl::unexpected(
        MessageError{"invalid_message",
                     fmt::format("not JSON at byte {}: {}", error.offset, error.message),
                     {}});
  }
  const JsonRef message = parsed->ref();
  if (!message.is_object()) {
    return tl::unexpected(
        MessageError{"invalid_message",
                     fmt::format("a message must be an object, is {}", with_article(message)),
                     {}});
  }
  std::string type;
  if (Refusal refusal = read_text(message, "type", type)) {
    return tl::unexpected(MessageError{"invalid_message", std::move(*refusal), {}});
  }
  if (type == "ping") {
    return parse_as<PingMessage>(message, type);
  }
  if (type == "subscribe") {
    return parse_as<SubscribeMessage>(message, type);
  }
  if (type == "unsubscribe") {
    return parse_as<UnsubscribeMessage>(message, type);
  }
  if (type == "auth") {
    return parse_as<AuthMessage>(message, type);
  }
  if (type == "debug") {
    return parse_as<DebugMessage>(message, type);
  }
  return tl::unexpected(MessageError{
      "unknown_type",
      fmt::format("unknown type {}; known are auth, subscribe, unsubscribe, ping, debug",
                  in_quotes(type)),
      type.size() <= kMaxEchoBytes ? type : std::string()});
}

}  // namespace ringside
