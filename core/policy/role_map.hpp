#pragma once
// RoleMap: from the values that an identity provider puts into a token ("/teams/ops", "ringside-admins") to roles of this
// server.  Threads: any; immutable once built.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace ringside {

class RoleMap {
 public:
  RoleMap() = default;  // values are roles
  // Entries read "VALUE=ROLE|ROLE"; a value may contain '='.
  //   Errors: an entry without a value or a role, or a value given twice; the message begins with the entry.
  [[nodiscard]] static Result<RoleMap> make(const std::vector<std::string>& entries);

  // The roles that these values give, each once, in the order of the values. With entries, a value that none of them names
  // gives no role: a role is never granted by a name that only happens to be equal.
  [[nodiscard]] std::vector<std::string> roles_of(std::vector<std::string> values) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> roles_;
};

}  // namespace ringside
