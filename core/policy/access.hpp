#pragma once
// Access: which roles see which event types, which rows of them, and which members of an event are left out for whom. A
// role's view is made before anything else: filters, search, replay and debug sessions see only what it leaves.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/event/event_view.hpp"
#include "core/policy/identity.hpp"
#include "core/policy/row_filter.hpp"

namespace ringside {

// The table, from configuration. Immutable once built; shared by all connections of a vhost.
class AccessRules {
 public:
  // The default: SystemHealthUpdate for admin; LogEntry for admin and developer; all else for any
  // valid token.
  AccessRules();

  // `type` (full name or alias) is for these roles only, whatever was said of it before. An empty
  // list opens the type to every valid token. Fails on what is no event type and on an empty role.
  [[nodiscard]] Status require_roles(std::string_view type, std::vector<std::string> roles);
  // The member at JSON pointer `pointer` ("/data/details/ip_address", `*` for every element or
  // member) is for these roles only. Fails on what is no pointer (RFC 6901), on event_type,
  // timestamp and id, which every client needs, and without a role.
  [[nodiscard]] Status restrict_field(std::string_view pointer, std::vector<std::string> roles);

  // Tokens with this role see only the events that `filter` passes, or those that the filter of another of their roles
  // passes; a filter without conditions opens every row. Roles that have none change nothing. Fails on an empty role and on
  // one that has a filter already.
  [[nodiscard]] Status filter_role(std::string role, std::shared_ptr<const Filter> filter);

  struct RequiredRoles {
    std::string type;  // full name
    std::vector<std::string> roles;
  };
  struct RestrictedField {
    std::string pointer;
    std::vector<std::string> steps;
    std::vector<std::string> roles;
  };
  [[nodiscard]] const std::vector<RequiredRoles>& required() const noexcept { return required_; }
  [[nodiscard]] const std::vector<RestrictedField>& restricted() const noexcept {
    return restricted_;
  }
  // What the role filters leave of the rows, and the token's own filter of those.
  [[nodiscard]] RowFilter rows_of(const Identity& identity) const;
  [[nodiscard]] bool filters_roles() const noexcept { return !role_filters_.empty(); }

 private:
  std::vector<RequiredRoles> required_;
  std::vector<RestrictedField> restricted_;
  std::map<std::string, std::shared_ptr<const Filter>, std::less<>> role_filters_;
};

// The permissions of one identity. Small and immutable; equal keys mean equal permissions, also of different users.
class RoleView {
 public:
  RoleView(const AccessRules& rules, const Identity& identity);

  [[nodiscard]] bool may_see(EventType type, std::string_view name) const noexcept;
  // The rows that it may see, decided by the whole event, hidden members included.
  [[nodiscard]] const RowFilter& rows() const noexcept { return rows_; }
  // Whether there are rows that it may not see. What would tell of them (counts, and numbers from which one can count) is
  // kept from it.
  [[nodiscard]] bool hides_rows() const noexcept { return rows_.limits(); }
  [[nodiscard]] bool hides_fields() const noexcept { return !hidden_.empty(); }
  // Removes the hidden members from a copy's root. Returns whether anything was removed.
  bool project(JsonRef root) const;
  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  // Equal for those that project() alike.
  [[nodiscard]] const std::string& projection_key() const noexcept { return projection_key_; }
  // For `welcome`: the narrowed list of the token's `events` claim, else "*".
  [[nodiscard]] std::vector<std::string> visible_events() const;

 private:
  std::vector<std::string> denied_;                  // full names that the roles do not open
  std::optional<std::vector<std::string>> allowed_;  // the token's own list
  std::vector<std::vector<std::string>> hidden_;     // pointers as steps
  RowFilter rows_;
  bool denied_core_[7] = {};  // by EventType, the quick test; true for none of kCustom
  std::string projection_key_;
  std::string key_;
};

}  // namespace ringside
