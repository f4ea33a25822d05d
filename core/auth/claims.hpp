#pragma once
// The claims of a token, read from its verified text: who it is, and what narrows it.  Threads: pure.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/base/time.hpp"
#include "core/policy/filter.hpp"
#include "core/policy/identity.hpp"
#include "core/policy/role_map.hpp"

namespace ringside {

struct TokenRules {
  std::string issuer;    // empty: any
  std::string audience;  // empty: any
  std::chrono::seconds leeway{30};
  bool require_expiry = false;
  std::string role_claim = "role";  // a member's name, a JSON pointer or a dotted path
  RoleMap role_map;                 // from that claim's values to roles
  FilterLimits filter_limits;       // of the claim `filter`
};

struct Claims {
  Identity identity;
  std::optional<WallTime> not_before;
};

// Nothing, and the reason in `why`, when a claim is of the wrong kind or a filter cannot be evaluated.
//   Cost: that of compiling the claim `filter`: verify the signature first.
[[nodiscard]] std::optional<Claims> read_claims(JsonRef claims, const TokenRules& rules,
                                                std::string& why);

// Whether the claim `aud`, a string or an array of them, names this audience.
[[nodiscard]] bool names_audience(JsonRef claim, std::string_view audience);

}  // namespace ringside
