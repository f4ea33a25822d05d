#pragma once
// FilterCompiler: from a `filters` object to conditions, with every bound checked. Private to
// core/policy.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/policy/filter.hpp"
#include "core/policy/filter_condition.hpp"

namespace ringside {

class FilterCompiler {
 public:
  explicit FilterCompiler(const FilterLimits& limits) : limits_(limits) {}

  // Why `filters` was refused; nothing if conditions() and since() have the result.
  [[nodiscard]] std::optional<FilterError> compile(JsonRef filters);

  [[nodiscard]] std::vector<std::unique_ptr<const Condition>>& conditions() noexcept {
    return conditions_;
  }
  [[nodiscard]] std::optional<SinceFilter>& since() noexcept { return since_; }

 private:
  using Refusal = std::optional<FilterError>;
  using Visit = std::function<Refusal(const std::string& where, JsonRef value)>;

  Refusal compile_member(std::string_view key, JsonRef value);
  Refusal compile_equality(std::string_view key, const std::string& where, JsonRef value);
  Refusal compile_level(const std::string& where, JsonRef value);
  Refusal compile_min_level(const std::string& where, JsonRef value);
  Refusal compile_names(const std::string& where, JsonRef value);
  Refusal compile_search(const std::string& where, JsonRef value);
  Refusal add_regex(const std::string& where, JsonRef value, SearchPatterns& out) const;
  Refusal add_search(const std::string& where, SearchPatterns patterns);
  [[nodiscard]] SearchPatterns::Limits search_limits() const noexcept {
    return {limits_.max_expressions, limits_.max_program_size, limits_.max_search_bytes};
  }
  Refusal compile_since(const std::string& where, JsonRef value);

  // Calls `visit` for a single value, or for each of an array of them.
  [[nodiscard]] Refusal for_each_value(const std::string& where, JsonRef value,
                                       const Visit& visit) const;
  [[nodiscard]] Refusal read_text(const std::string& where, JsonRef value,
                                  std::string_view& out) const;
  [[nodiscard]] Refusal check_length(const std::string& where, std::string_view text) const;
  void add(std::unique_ptr<const Condition> condition) {
    conditions_.push_back(std::move(condition));
  }

  const FilterLimits& limits_;
  std::vector<std::unique_ptr<const Condition>> conditions_;
  std::optional<SinceFilter> since_;
};

}  // namespace ringside
