// Every wrong entry is reported, not only the first: an operator corrects a list in one go.
#include "core/policy/access_config.hpp"

#include <string_view>
#include <utility>

#include "core/base/text.hpp"

namespace ringside {
namespace {

template <class Add>
void read_rules(std::string_view option, const std::vector<std::string>& entries, AccessConfig& out,
                const Add& add) {
  for (const std::string& entry : entries) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos || trim(std::string_view(entry).substr(0, equals)).empty()) {
      out.errors.push_back({std::string(option), "\"" + entry + "\" must be NAME=ROLE|ROLE"});
      continue;
    }
    std::vector<std::string> roles;
    for (const std::string_view role : split(std::string_view(entry).substr(equals + 1), '|')) {
      if (!trim(role).empty()) {
        roles.emplace_back(trim(role));
      }
    }
    if (const Status added = add(trim(std::string_view(entry).substr(0, equals)), std::move(roles));
        !added) {
      out.errors.push_back({std::string(option), added.error().message});
    }
  }
}

}  // namespace

AccessConfig read_access_config(const std::vector<std::string>& required_roles,
                                const std::vector<std::string>& restricted_fields) {
  AccessConfig out;
  read_rules("roles", required_roles, out,
             [&](std::string_view type, std::vector<std::string> roles) {
               return out.rules.require_roles(type, std::move(roles));
             });
  read_rules("restrict", restricted_fields, out,
             [&](std::string_view pointer, std::vector<std::string> roles) {
               return out.rules.restrict_field(pointer, std::move(roles));
             });
  return out;
}

}  // namespace ringside
