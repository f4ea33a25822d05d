#pragma once
// Access configuration: the options `roles`, `restrict` and `role-filters` as AccessRules. The plugin and `ringside check` both read them
// here, so that a configuration that passes the check is one that the plugin takes.  Threads: pure.

#include <string>
#include <vector>

#include "core/policy/access.hpp"

namespace ringside {

struct AccessConfigError {
  std::string option;   // "roles", "restrict" or "role-filters"
  std::string message;  // starts with the entry at fault
};

struct AccessConfig {
  AccessRules rules;
  std::vector<AccessConfigError> errors;  // every wrong entry, in order; empty: `rules` is complete
};

// Each entry reads "NAME=ROLE|ROLE": an event type (or its alias) in `required_roles`, a JSON pointer in
// `restricted_fields`. An empty list of roles opens the type to every valid token. Those of `role_filters` read
// "ROLE: KEY=VALUE|VALUE; KEY=VALUE" with the keys of Filter::compile(), or "ROLE: *" for every row.
[[nodiscard]] AccessConfig read_access_config(const std::vector<std::string>& required_roles,
                                              const std::vector<std::string>& restricted_fields,
                                              const std::vector<std::string>& role_filters = {});

}  // namespace ringside
