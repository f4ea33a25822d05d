// A generated table of six and a rule. All other types are custom: an application names its own
// events, except by the short names, which a subscription could not distinguish.
#include "core/event/type.hpp"

#include <algorithm>
#include <array>

namespace ringside {
namespace {

constexpr auto kCoreTypes = std::to_array<EventTypeName>({
#define RS_EVENT_TYPE(enumerator, code, full, alias) {EventType::enumerator, full, alias},
#include "core/event/event_types.inc"
#undef RS_EVENT_TYPE
});

constexpr std::size_t kMaxNameBytes = 64;

const EventTypeName* find_alias(std::string_view name) noexcept {
  const auto* at = std::ranges::find(kCoreTypes, name, &EventTypeName::alias);
  return at == kCoreTypes.end() ? nullptr : at;
}

bool is_letter(char c) noexcept { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

bool is_name_character(char c) noexcept {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

}  // namespace

std::span<const EventTypeName> core_event_types() noexcept { return kCoreTypes; }

EventType event_type_of(std::string_view full_name) noexcept {
  const auto* at = std::ranges::find(kCoreTypes, full_name, &EventTypeName::full);
  return at == kCoreTypes.end() ? EventType::kCustom : at->type;
}

std::string_view resolve_event_name(std::string_view name) noexcept {
  const EventTypeName* core = find_alias(name);
  return core != nullptr ? core->full : name;
}

bool is_valid_event_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= kMaxNameBytes && is_letter(name.front()) &&
         std::ranges::all_of(name, is_name_character) && find_alias(name) == nullptr;
}

bool is_subscribable_name(std::string_view name) noexcept {
  return name == kAllEvents || find_alias(name) != nullptr || is_valid_event_name(name);
}

std::vector<std::string> resolve_event_names(const std::vector<std::string>& names) {
  std::vector<std::string> full;
  full.reserve(names.size());
  for (const std::string& name : names) {
    const std::string_view resolved = resolve_event_name(name);
    if (std::ranges::find(full, resolved) == full.end()) {
      full.emplace_back(resolved);
    }
  }
  return full;
}

}  // namespace ringside
