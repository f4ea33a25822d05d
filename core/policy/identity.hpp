#pragma once
// Identity: who is at the other end, as a verified token says. Made by core/auth, read by policies.

#include <memory>
#include <optional>
#include <string>
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

}  // namespace ringside
