// Members are in the order in which a person would read them, `type` first. What came from
// elsewhere (names, reasons) may be anything: Json repairs its UTF-8, so that no builder can make a
// frame that a client must refuse.
#include "core/proto/server_message.hpp"

namespace ringside {
namespace {

Json message_of_type(std::string_view type) {
  Json message = Json::object();
  message.set("type", type);
  return message;
}

Json strings_of(const std::vector<std::string>& texts) {
  Json array = Json::array();
  for (const std::string& text : texts) {
    array.append(text);
  }
  return array;
}

void set_missed(Json& message, std::optional<std::uint64_t> missed) {
  if (missed) {
    message.set("missed", *missed);
  } else {
    message.set("missed", Json::null());
  }
}

// Puts a member with a borrowed value at the end of a dumped object that has members.
void append_member(std::string& object, std::string_view quoted_name, JsonRef value) {
  object.pop_back();
  object += ',';
  object += quoted_name;
  object += ':';
  value.dump_to(object);
  object += '}';
}

}  // namespace

std::string welcome_message(const WelcomeFields& fields) {
  Json message = message_of_type("welcome");
  message.set("connection_id", fields.connection_id)
      .set("protocol", fields.protocol)
      .set("user", fields.user)
      .set("roles", strings_of(fields.roles))
      .set("events", strings_of(fields.events));
  if (fields.filters_rows) {
    message.set("rows", "filtered");
  }
  if (fields.is_admin) {
    message.set("admin", true);
  }
  message.set("batch_size", static_cast<std::int64_t>(fields.batch_size));
  if (fields.limits.present()) {
    message.set("limits", fields.limits);
  } else {
    message.set("limits", Json::object());
  }
  message.set("epoch", fields.epoch)
      .set("head", fields.head)
      .set("time", format_rfc3339(fields.time));
  if (!fields.cluster_state.empty()) {
    message.set("cluster", Json::object()
                               .set("node", fields.cluster_node)
                               .set("state", fields.cluster_state)
                               .deep_copy());
  }
  if (fields.token_expires_at) {
    message.set("token_expires_at", format_rfc3339(*fields.token_expires_at));
  }
  return message.dump();
}

std::string subscribed_message(const std::vector<std::string>& events, JsonRef filters) {
  const Json none = Json::object();
  std::string text = message_of_type("subscribed").set("events", strings_of(events)).dump();
  append_member(text, "\"filters\"", filters.is_object() ? filters : none.ref());
  return text;
}

std::string unsubscribed_message(const std::vector<std::string>& events) {
  return message_of_type("unsubscribed").set("events", strings_of(events)).dump();
}

std::string pong_message(std::chrono::milliseconds lag) {
  return message_of_type("pong").set("lag_ms", static_cast<std::int64_t>(lag.count())).dump();
}

std::string error_message(const ErrorFields& fields) {
  Json out = message_of_type("error");
  out.set("code", fields.code).set("message", fields.message);
  if (!fields.request.empty()) {
    out.set("request", fields.request);
  }
  if (!fields.event.empty()) {
    out.set("event", fields.event);
  }
  if (fields.retry_after) {
    out.set("retry_after_ms", static_cast<std::int64_t>(fields.retry_after->count()));
  }
  return out.dump();
}

std::string gap_message(std::string_view reason, std::optional<std::uint64_t> missed,
                        std::string_view from, std::string_view to) {
  Json message = message_of_type("gap");
  message.set("reason", reason);
  set_missed(message, missed);
  return message.set("from", from).set("to", to).dump();
}

std::string notice_message(std::string_view code, std::string_view message) {
  return message_of_type("notice").set("code", code).set("message", message).dump();
}

std::string auth_expiring_message(std::chrono::seconds expires_in) {
  return message_of_type("auth_expiring")
      .set("expires_in", static_cast<std::int64_t>(expires_in.count()))
      .dump();
}

std::string replay_end_message(bool recovered, std::optional<std::uint64_t> missed,
                               const std::vector<std::string>& cuts) {
  Json message = message_of_type("replay_end");
  message.set("recovered", recovered);
  set_missed(message, missed);
  if (!cuts.empty()) {
    Json list = Json::array();
    for (const std::string& id : cuts) {
      list.append(std::string_view(id));
    }
    message.set("cuts", list);
  }
  return message.dump();
}

std::string debug_message(std::string_view action, bool ok, const Json& extra) {
  Json message = message_of_type("debug");
  message.set("action", action).set("ok", ok);
  std::string text = message.dump();
  if (extra.ref().is_object() && extra.ref().size() > 0) {
    text.back() = ',';
    text += extra.dump().substr(1);
  }
  return text;
}

std::string close_message(CloseCode code, std::string_view reason) {
  Json message = message_of_type("close");
  message.set("code", static_cast<std::int64_t>(code));
  message.set("reason", reason);
  return message.dump();
}

std::string_view type_of_message(std::string_view message) noexcept {
  constexpr std::string_view kBegin = R"({"type":")";
  if (!message.starts_with(kBegin)) {
    return {};
  }
  message.remove_prefix(kBegin.size());
  return message.substr(0, message.find('"'));
}

}  // namespace ringside
