// An empty name between the bars is no role: a token may have one that is empty, and must not pass for it.
#include "core/policy/identity.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace ringside {

bool has_one_of(const Identity& identity, std::string_view roles) {
  return std::ranges::any_of(split(roles, '|'), [&](std::string_view role) {
    return !trim(role).empty() &&
           std::ranges::find(identity.roles, trim(role)) != identity.roles.end();
  });
}

}  // namespace ringside
