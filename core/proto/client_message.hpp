#pragma once
// Messages of clients, parsed and checked. The contract is conf/schemas/client/*.schema.json; tests
// compare this code with those files, using an independent validator.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"

namespace ringside {

struct AuthMessage {
  std::string token;
};
struct SubscribeMessage {
  std::vector<std::string> events;
  Json filters;  // absent when none were sent
};
struct UnsubscribeMessage {
  std::vector<std::string> events;
};
struct PingMessage {};
struct DebugMessage {
  enum class Action { kAttach, kPause, kStep, kSeek, kResume, kInspect, kDetach };
  Action action = Action::kInspect;
  std::string action_name;                                    // as sent, for the answer
  std::optional<std::string> task_id, workflow_id, batch_id;  // attach
  Json filters;                                               // attach
  std::int64_t count = 1;                                     // step: 1 to 1000
  std::string to;               // seek: a place as in core/event/since.hpp, checked
  std::optional<double> speed;  // resume: above 0, at most 1000
};

using ClientMessage =
    std::variant<AuthMessage, SubscribeMessage, UnsubscribeMessage, PingMessage, DebugMessage>;

// Why a message was refused: goes back as {"type":"error","code":...,"message":...,"request":...}.
struct MessageError {
  std::string code;     // invalid_message or unknown_type
  std::string message;  // what, and where: "events[1] must be a string"
  std::string request;  // the message's type where it could be read, else empty
};

// Parses one text message. Refuses what is not JSON, not an object, lacks a member, has one of
// another type or one that is not known; changes nothing anywhere.  Threads: pure.
[[nodiscard]] tl::expected<ClientMessage, MessageError> parse_client_message(std::string_view text);

}  // namespace ringside
