#pragma once
// Event types: the six core ones, their short names, and the rule for custom ones.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside {

// Small integers, so that a type test is one comparison; the ring stores them as type_code. All
// custom types share kCustom and differ by name. The core types are rows of core/proto/protocol.json.
enum class EventType : std::uint8_t {
  kCustom = 0,
#define RS_EVENT_TYPE(enumerator, code, full, alias) enumerator = code,
#include "core/event/event_types.inc"
#undef RS_EVENT_TYPE
};

struct EventTypeName {
  EventType type;
  std::string_view full;   // "TaskStatusChanged"
  std::string_view alias;  // "task"
};

// The core types, in the order of their codes.
[[nodiscard]] std::span<const EventTypeName> core_event_types() noexcept;

// The type that a full name stands for; kCustom for any other name. Aliases are not full names.
[[nodiscard]] EventType event_type_of(std::string_view full_name) noexcept;

// The full name that a subscription means by `name`: the full name for an alias, `name` itself
// otherwise.
[[nodiscard]] std::string_view resolve_event_name(std::string_view name) noexcept;

// Whether a producer may use `name` as event_type: [A-Za-z][A-Za-z0-9_.-]{0,63} and none of the
// aliases.
[[nodiscard]] bool is_valid_event_name(std::string_view name) noexcept;

// The name of all types in a subscription.
inline constexpr std::string_view kAllEvents = "*";

// Whether a client may name `name` in a subscription: a valid event name, an alias, or "*".
[[nodiscard]] bool is_subscribable_name(std::string_view name) noexcept;

// Each name resolved to its full name, in the order given, without the second of two that mean the
// same.
[[nodiscard]] std::vector<std::string> resolve_event_names(const std::vector<std::string>& names);

}  // namespace ringside
