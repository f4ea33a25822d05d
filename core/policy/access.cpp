// Everything is decided when the view is made: what a role opens, what the token's own list leaves,
// which pointers apply. The rest, for each event, is a look into a small table and, for those who may
// not see all members, a walk along the pointers.
#include "core/policy/access.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/text.hpp"

namespace ringside {
namespace {

using Steps = std::vector<std::string>;

constexpr std::string_view kEvery = "*";

bool has_role(const Identity& identity, const std::vector<std::string>& roles) {
  return std::ranges::any_of(identity.roles, [&](const std::string& role) {
    return std::ranges::find(roles, role) != roles.end();
  });
}

Status check_roles(const std::vector<std::string>& roles) {
  return std::ranges::any_of(roles, &std::string::empty) ? Status(fail("a role must not be empty"))
                                                         : Status();
}

// RFC 6901: "~1" is '/', "~0" is '~', any other '~' is an error.
Result<std::string> unescape_step(std::string_view step) {
  std::string out;
  for (std::size_t i = 0; i < step.size(); ++i) {
    if (step[i] != '~') {
      out += step[i];
    } else if (i + 1 < step.size() && (step[i + 1] == '0' || step[i + 1] == '1')) {
      out += step[++i] == '0' ? '~' : '/';
    } else {
      return fail("'~' must be followed by 0 or 1");
    }
  }
  return out;
}

Result<Steps> parse_pointer(std::string_view pointer) {
  if (!pointer.starts_with('/')) {
    return fail("must begin with '/'");
  }
  Steps steps;
  for (const std::string_view step : split(pointer.substr(1), '/')) {
    auto unescaped = unescape_step(step);
    if (!unescaped) {
      return tl::unexpected(unescaped.error());
    }
    steps.push_back(std::move(*unescaped));
  }
  if (steps.size() == 1 && (steps[0] == kEvery || steps[0] == "event_type" ||
                            steps[0] == "timestamp" || steps[0] == "id")) {
    return fail("every client needs event_type, timestamp and id");
  }
  return steps;
}

std::vector<std::string> member_names(JsonRef object) {
  std::vector<std::string> names;
  object.for_each_member([&](std::string_view name, JsonRef) {
    names.emplace_back(name);
    return true;
  });
  return names;
}

bool remove_here(JsonRef at, const std::string& step) {
  if (at.is_array()) {
    std::size_t index = 0;
    if (step != kEvery) {
      return parse_u64(step, index) && at.remove_element(index);
    }
    bool removed = false;
    while (at.size() > 0 && at.remove_element(at.size() - 1)) {
      removed = true;
    }
    return removed;
  }
  if (step != kEvery) {
    return at.remove_member(step);
  }
  bool removed = false;
  for (const std::string& name : member_names(at)) {
    removed = at.remove_member(name) || removed;
  }
  return removed;
}

bool remove_at(JsonRef at, const Steps& steps, std::size_t depth) {
  const std::string& step = steps[depth];
  if (depth + 1 == steps.size()) {
    return remove_here(at, step);
  }
  bool removed = false;
  if (step == kEvery) {
    at.for_each_member([&](std::string_view, JsonRef member) {
      removed = remove_at(member, steps, depth + 1) || removed;
      return true;
    });
    at.for_each_element([&](JsonRef element) {
      removed = remove_at(element, steps, depth + 1) || removed;
      return true;
    });
    return removed;
  }
  std::size_t index = 0;
  const JsonRef next = at.is_array() ? (parse_u64(step, index) ? at[index] : JsonRef()) : at[step];
  return next.present() && remove_at(next, steps, depth + 1);
}

std::size_t index_of(EventType type) noexcept { return static_cast<std::size_t>(type); }

// Lists in a key: each element preceded by its length, for pointers may contain any character.
void append_list(std::string& key, std::string_view name, std::vector<std::string> list) {
  std::ranges::sort(list);
  key += name;
  for (const std::string& element : list) {
    fmt::format_to(std::back_inserter(key), " {}:{}", element.size(), element);
  }
  key += ';';
}

}  // namespace

AccessRules::AccessRules()
    : required_{{"SystemHealthUpdate", {"admin"}}, {"LogEntry", {"admin", "developer"}}} {}

Status AccessRules::require_roles(std::string_view type, std::vector<std::string> roles) {
  const std::string_view full = resolve_event_name(type);
  if (!is_valid_event_name(full)) {
    return fail(fmt::format("not an event type: \"{}\"", escape_controls(type)));
  }
  if (Status checked = check_roles(roles); !checked) {
    return checked;
  }
  std::erase_if(required_, [&](const RequiredRoles& entry) { return entry.type == full; });
  if (!roles.empty()) {
    required_.push_back({std::string(full), std::move(roles)});
  }
  return {};
}

Status AccessRules::restrict_field(std::string_view pointer, std::vector<std::string> roles) {
  auto steps = parse_pointer(pointer);
  if (!steps) {
    return fail_from(steps.error(), fmt::format("\"{}\"", escape_controls(pointer)));
  }
  if (Status checked = check_roles(roles); !checked) {
    return checked;
  }
  if (roles.empty()) {
    return fail(
        "a restricted field needs at least one role; to hide it from everyone, use redaction");
  }
  restricted_.push_back({std::string(pointer), std::move(*steps), std::move(roles)});
  return {};
}

Status AccessRules::filter_role(std::string role, std::shared_ptr<const Filter> filter) {
  if (role.empty()) {
    return fail("a role must not be empty");
  }
  const std::string quoted = "\"" + escape_controls(role) + "\"";
  if (!role_filters_.emplace(std::move(role), std::move(filter)).second) {
    return fail(quoted + " has a filter already");
  }
  return {};
}

RowFilter AccessRules::rows_of(const Identity& identity) const {
  RowFilter::Filters of_roles;
  for (const std::string& role : identity.roles) {
    if (const auto at = role_filters_.find(role); at != role_filters_.end()) {
      of_roles.push_back(at->second);
    }
  }
  RowFilter rows;
  rows.require_one_of({identity.filter});
  rows.require_one_of(std::move(of_roles));
  return rows;
}

RoleView::RoleView(const AccessRules& rules, const Identity& identity)
    : rows_(rules.rows_of(identity)) {
  for (const auto& entry : rules.required()) {
    if (!has_role(identity, entry.roles)) {
      denied_.push_back(entry.type);
      if (const EventType type = event_type_of(entry.type); type != EventType::kCustom) {
        denied_core_[index_of(type)] = true;
      }
    }
  }
  if (identity.events) {
    allowed_ = resolve_event_names(*identity.events);
    if (std::ranges::find(*allowed_, kAllEvents) != allowed_->end()) {
      allowed_.reset();
    } else {
      std::erase_if(*allowed_, [&](const std::string& name) {
        return std::ranges::find(denied_, name) != denied_.end();
      });
      std::ranges::sort(*allowed_);
    }
  }
  std::vector<std::string> pointers;
  for (const auto& field : rules.restricted()) {
    if (!has_role(identity, field.roles) &&
        std::ranges::find(pointers, field.pointer) == pointers.end()) {
      hidden_.push_back(field.steps);
      pointers.push_back(field.pointer);
    }
  }
  if (allowed_) {
    append_list(key_, "only", *allowed_);
  } else {
    append_list(key_, "not", denied_);
  }
  append_list(projection_key_, "hide", pointers);
  key_ += projection_key_;
  if (rows_.limits()) {
    append_list(key_, "rows", {rows_.key()});
  }
}

bool RoleView::may_see(EventType type, std::string_view name) const noexcept {
  if (type != EventType::kCustom ? denied_core_[index_of(type)]
                                 : std::ranges::find(denied_, name) != denied_.end()) {
    return false;
  }
  return !allowed_ || std::ranges::find(*allowed_, name) != allowed_->end();
}

bool RoleView::project(JsonRef root) const {
  bool removed = false;
  for (const Steps& steps : hidden_) {
    removed = remove_at(root, steps, 0) || removed;
  }
  return removed;
}

std::vector<std::string> RoleView::visible_events() const {
  return allowed_.value_or(std::vector<std::string>{std::string(kAllEvents)});
}

}  // namespace ringside
