// The last '=' separates: names of groups in directories contain some ("cn=ops"), names of roles do not.
#include "core/policy/role_map.hpp"

#include <algorithm>
#include <utility>

#include "core/base/text.hpp"

namespace ringside {

Result<RoleMap> RoleMap::make(const std::vector<std::string>& entries) {
  RoleMap made;
  for (const std::string& entry : entries) {
    const std::string quoted = "\"" + escape_controls(entry) + "\"";
    const std::size_t equals = entry.rfind('=');
    const std::string_view text = entry;
    const std::string value(trim(text.substr(0, equals)));
    std::vector<std::string> roles;
    if (equals != std::string::npos) {
      for (const std::string_view role : split(text.substr(equals + 1), '|')) {
        if (!trim(role).empty()) {
          roles.emplace_back(trim(role));
        }
      }
    }
    if (value.empty() || roles.empty()) {
      return fail(quoted + " must be VALUE=ROLE|ROLE");
    }
    if (!made.roles_.emplace(value, std::move(roles)).second) {
      return fail(quoted + ": this value is mapped already");
    }
  }
  return made;
}

std::vector<std::string> RoleMap::roles_of(std::vector<std::string> values) const {
  if (roles_.empty()) {
    return values;
  }
  std::vector<std::string> roles;
  for (const std::string& value : values) {
    const auto at = roles_.find(value);
    if (at == roles_.end()) {
      continue;
    }
    for (const std::string& role : at->second) {
      if (std::ranges::find(roles, role) == roles.end()) {
        roles.push_back(role);
      }
    }
  }
  return roles;
}

}  // namespace ringside
