// One function for each kind of key. Every refusal names the key as the client would write it,
// "filters.status[3]", and never repeats more of what was sent than fits a line.
#include "core/policy/filter_compiler.hpp"

#include <fmt/format.h>

#include "core/base/echo.hpp"
#include "core/base/text.hpp"
#include "core/event/since.hpp"

namespace ringside {
namespace {

FilterError refuse(const std::string& where, std::string message) {
  return FilterError{where, std::move(message)};
}

}  // namespace

std::optional<FilterError> FilterCompiler::compile(JsonRef filters) {
  if (!filters.is_object()) {
    return refuse("filters", fmt::format("must be an object, is {}", name_of(filters.kind())));
  }
  if (filters.size() > limits_.max_keys) {
    return refuse("filters", fmt::format("has more than {} keys", limits_.max_keys));
  }
  Refusal refusal;
  filters.for_each_member([&](std::string_view key, JsonRef value) {
    refusal = compile_member(key, value);
    return !refusal;
  });
  return refusal;
}

FilterCompiler::Refusal FilterCompiler::compile_member(std::string_view key, JsonRef value) {
  const std::string where = "filters." + echo(key);
  if (key.size() > limits_.max_value_bytes) {
    return refuse(where, fmt::format("is longer than {} bytes", limits_.max_value_bytes));
  }
  const std::size_t steps = n_path_steps(key);
  if (steps == 0) {
    return refuse(where, "has an empty step in its path");
  }
  if (steps > limits_.max_path_steps) {
    return refuse(where, fmt::format("is deeper than {} steps", limits_.max_path_steps));
  }
  if (key == "level") {
    return compile_level(where, value);
  }
  if (key == "min_level") {
    return compile_min_level(where, value);
  }
  if (key == "names") {
    return compile_names(where, value);
  }
  if (key == "search") {
    return compile_search(where, value);
  }
  if (key == "since") {
    return compile_since(where, value);
  }
  if (key == "search.regex") {  // how a URL says {"search": {"regex": ...}}
    SearchPatterns patterns;
    if (Refusal refusal = add_regex(where, value, patterns)) {
      return refusal;
    }
    return add_search(where, std::move(patterns));
  }
  return compile_equality(key, where, value);
}

FilterCompiler::Refusal FilterCompiler::compile_equality(std::string_view key,
                                                         const std::string& where, JsonRef value) {
  std::vector<FilterValue> values;
  Refusal refusal =
      for_each_value(where, value, [&](const std::string& at, JsonRef one) -> Refusal {
        auto made = FilterValue::from(one);
        if (!made) {
          return refuse(at, fmt::format("must be a string, a number or a boolean, is {}",
                                        name_of(one.kind())));
        }
        values.push_back(std::move(*made));
        return check_length(at, one.as_string().value_or(""));
      });
  if (!refusal) {
    add(make_equality(FilterPath(key), values));
  }
  return refusal;
}

FilterCompiler::Refusal FilterCompiler::compile_level(const std::string& where, JsonRef value) {
  std::vector<LogLevel> levels;
  std::vector<FilterValue> values;
  Refusal refusal =
      for_each_value(where, value, [&](const std::string& at, JsonRef one) -> Refusal {
        if (const auto name = one.as_string()) {
          const auto level = parse_log_level(*name);
          if (!level) {
            return refuse(at, fmt::format("must be {}, is \"{}\"", log_level_names(), echo(*name)));
          }
          levels.push_back(*level);
          return std::nullopt;
        }
        auto made = FilterValue::from(one);
        if (!made) {
          return refuse(at, fmt::format("must be a string, a number or a boolean, is {}",
                                        name_of(one.kind())));
        }
        values.push_back(std::move(*made));
        return std::nullopt;
      });
  if (!refusal) {
    add(make_level(levels, values));
  }
  return refusal;
}

FilterCompiler::Refusal FilterCompiler::compile_min_level(const std::string& where, JsonRef value) {
  std::string_view name;
  if (Refusal refusal = read_text(where, value, name)) {
    return refusal;
  }
  const auto least = parse_log_level(name);
  if (!least) {
    return refuse(where, fmt::format("must be {}, is \"{}\"", log_level_names(), echo(name)));
  }
  add(make_min_level(*least));
  return std::nullopt;
}

FilterCompiler::Refusal FilterCompiler::compile_names(const std::string& where, JsonRef value) {
  std::vector<std::string> globs;
  Refusal refusal = for_each_value(where, value, [&](const std::string& at, JsonRef one) {
    std::string_view glob;
    Refusal inner = read_text(at, one, glob);
    globs.emplace_back(glob);
    return inner;
  });
  if (!refusal) {
    add(make_names(std::move(globs)));
  }
  return refusal;
}

FilterCompiler::Refusal FilterCompiler::compile_search(const std::string& where, JsonRef value) {
  SearchPatterns patterns;
  Refusal refusal =
      for_each_value(where, value, [&](const std::string& at, JsonRef one) -> Refusal {
        if (one.is_object()) {
          if (one.size() != 1 || !one["regex"].present()) {
            return refuse(at, "must be a string or {\"regex\": \"...\"}");
          }
          return add_regex(at + ".regex", one["regex"], patterns);
        }
        std::string_view text;
        if (Refusal inner = read_text(at, one, text)) {
          return inner;
        }
        patterns.add_substring(text);
        return std::nullopt;
      });
  return refusal ? refusal : add_search(where, std::move(patterns));
}

FilterCompiler::Refusal FilterCompiler::add_regex(const std::string& where, JsonRef value,
                                                  SearchPatterns& out) const {
  std::string_view expression;
  if (Refusal refusal = read_text(where, value, expression)) {
    return refusal;
  }
  if (const Status added = out.add_regex(expression, search_limits()); !added) {
    return refuse(where, added.error().message);
  }
  return std::nullopt;
}

FilterCompiler::Refusal FilterCompiler::add_search(const std::string& where,
                                                   SearchPatterns patterns) {
  if (const Status compiled = patterns.compile(search_limits()); !compiled) {
    return refuse(where, compiled.error().message);
  }
  add(make_search(std::move(patterns)));
  return std::nullopt;
}

FilterCompiler::Refusal FilterCompiler::compile_since(const std::string& where, JsonRef value) {
  std::string_view text;
  if (Refusal refusal = read_text(where, value, text)) {
    return refusal;
  }
  if (!is_valid_since(text)) {
    return refuse(where, fmt::format("must be {}", kSinceForms));
  }
  since_ = SinceFilter{std::string(text)};
  return std::nullopt;
}

FilterCompiler::Refusal FilterCompiler::for_each_value(const std::string& where, JsonRef value,
                                                       const Visit& visit) const {
  if (!value.is_array()) {
    return visit(where, value);
  }
  if (value.size() == 0) {
    return refuse(where, "must have at least one value");
  }
  if (value.size() > limits_.max_values_per_key) {
    return refuse(where, fmt::format("has more than {} values", limits_.max_values_per_key));
  }
  Refusal refusal;
  for (std::size_t i = 0; i < value.size() && !refusal; ++i) {
    refusal = visit(fmt::format("{}[{}]", where, i), value[i]);
  }
  return refusal;
}

FilterCompiler::Refusal FilterCompiler::read_text(const std::string& where, JsonRef value,
                                                  std::string_view& out) const {
  const auto text = value.as_string();
  if (!text) {
    return refuse(where, fmt::format("must be a string, is {}", name_of(value.kind())));
  }
  if (text->empty()) {
    return refuse(where, "must not be empty");
  }
  out = *text;
  return check_length(where, out);
}

FilterCompiler::Refusal FilterCompiler::check_length(const std::string& where,
                                                     std::string_view text) const {
  if (text.size() > limits_.max_value_bytes) {
    return refuse(where, fmt::format("is longer than {} bytes", limits_.max_value_bytes));
  }
  return std::nullopt;
}

}  // namespace ringside
