#pragma once
// Identity: who is at the other end, as a verified token says. Made by core/auth, read by policies.  Threads: pure.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/policy/filter.hpp"

namespace ringside {

struct Identity {
  std::string user;                // claim `sub`
  std::vector<std::string> roles;  // from claim `role` (string or array); may be empty
  std::optional<std::vector<std::string>>
      events;  // claim `events`: full names, narrows further; absent: no narrowing
  std::shared_ptr<const Filter> filter;  // claim `filter`: the rows it may see; null: no narrowing
  std::string token_id;                  // claim `jti`, may be empty
  std::optional<WallTime> expires;       // claim `exp`
  std::optional<WallTime>
      issued;  // claim `iat`; a revocation of the user spares tokens issued after it
};

// Whether the identity has one of these roles, in the form of options that name some: "admin|ops". Nobody has one of "".
[[nodiscard]] bool has_one_of(const Identity& identity, std::string_view roles);

}  // namespace ringside
