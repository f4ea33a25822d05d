// Every wrong entry is reported, not only the first: an operator corrects a list in one go.
#include "core/policy/access_config.hpp"

#include <string_view>
#include <utility>

#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/policy/filter.hpp"

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

// One value where the key takes a text of its own, a list of values otherwise.
bool takes_one_text(std::string_view key) {
  return key == "min_level" || key == "search" || key == "search.regex";
}

// "KEY=VALUE|VALUE; KEY=VALUE" as an object of filters.
Result<Json> read_conditions(std::string_view text) {
  Json filters = Json::object();
  for (const std::string_view condition : split(text, ';')) {
    const std::size_t equals = condition.find('=');
    const std::string_view key = trim(condition.substr(0, equals));
    if (equals == std::string_view::npos || key.empty()) {
      return fail("must be ROLE: KEY=VALUE|VALUE; KEY=VALUE, or ROLE: * for every row");
    }
    if (filters[key].present()) {
      return fail(std::string(key) + " is given twice");
    }
    const std::string_view value = trim(condition.substr(equals + 1));
    if (takes_one_text(key)) {
      filters.set(key, value);
      continue;
    }
    Json values = Json::array();
    for (const std::string_view one : split(value, '|')) {
      if (trim(one).empty()) {
        return fail(std::string(key) + " has an empty value");
      }
      values.append(trim(one));
    }
    filters.set(key, values);
  }
  return filters;
}

Status read_role_filter(std::string_view entry, AccessRules& rules) {
  // Names of roles may contain a colon ("cognito:ops"), names of members do not.
  const std::size_t colon = entry.substr(0, entry.find('=')).rfind(':');
  if (colon == std::string_view::npos) {
    return fail("must be ROLE: KEY=VALUE|VALUE; KEY=VALUE, or ROLE: * for every row");
  }
  const std::string_view conditions = trim(entry.substr(colon + 1));
  auto filters = conditions == "*" ? Result<Json>(Json::object()) : read_conditions(conditions);
  if (!filters) {
    return tl::unexpected(filters.error());
  }
  auto filter = Filter::compile(filters->ref());
  if (!filter) {
    return fail(filter.error().key + ": " + filter.error().message);
  }
  if ((*filter)->since()) {
    return fail("filters.since: a role's filter has no place in the history");
  }
  return rules.filter_role(std::string(trim(entry.substr(0, colon))), std::move(*filter));
}

}  // namespace

AccessConfig read_access_config(const std::vector<std::string>& required_roles,
                                const std::vector<std::string>& restricted_fields,
                                const std::vector<std::string>& role_filters) {
  AccessConfig out;
  read_rules("roles", required_roles, out,
             [&](std::string_view type, std::vector<std::string> roles) {
               return out.rules.require_roles(type, std::move(roles));
             });
  read_rules("restrict", restricted_fields, out,
             [&](std::string_view pointer, std::vector<std::string> roles) {
               return out.rules.restrict_field(pointer, std::move(roles));
             });
  for (const std::string& entry : role_filters) {
    if (const Status read = read_role_filter(entry, out.rules); !read) {
      out.errors.push_back(
          {"role-filters", "\"" + escape_controls(entry) + "\" " + read.error().message});
    }
  }
  return out;
}

}  // namespace ringside
