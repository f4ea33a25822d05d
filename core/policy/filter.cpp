// A filter is a list of conditions, the cheap ones first, and a key made of theirs in sorted order: two clients that wrote
// the same filter in different orders share one view, and each event is evaluated once for both.
#include "core/policy/filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/check.hpp"
#include "core/policy/filter_compiler.hpp"
#include "core/policy/filter_condition.hpp"
#include "core/policy/filter_path.hpp"

namespace ringside {
namespace {

using Conditions = std::vector<std::unique_ptr<const Condition>>;

std::string key_of(const Conditions& conditions) {
  std::vector<std::string> keys;
  for (const auto& condition : conditions) {
    keys.push_back(condition->key());
  }
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::string out;
  for (const std::string& key : keys) {
    out += out.empty() ? "" : ";";
    out += key;
  }
  return out;
}

class CompiledFilter final : public Filter {
 public:
  CompiledFilter(Conditions conditions, std::optional<SinceFilter> since)
      : conditions_(std::move(conditions)), since_(std::move(since)), key_(key_of(conditions_)) {
    for (const auto& condition : conditions_) {
      if (std::ranges::find(paths_, condition->path()) == paths_.end()) {
        paths_.emplace_back(condition->path());
      }
      if (condition->index() != nullptr && indexed_.size() < kMostIndexed) {
        indexed_.push_back(condition->index());
      }
    }
    std::ranges::stable_sort(conditions_, {},
                             [](const auto& condition) { return condition->is_costly(); });
  }

  [[nodiscard]] bool matches(const EventView& event) const override {
    RS_CHECK(conditions_.empty() || event.root.present());
    return std::ranges::all_of(conditions_,
                               [&](const auto& condition) { return condition->holds(event); });
  }
  [[nodiscard]] bool needs_json() const noexcept override { return !conditions_.empty(); }
  [[nodiscard]] bool is_costly() const noexcept override {
    return std::ranges::any_of(conditions_,
                               [](const auto& condition) { return condition->is_costly(); });
  }
  [[nodiscard]] std::size_t n_bytes() const noexcept override {
    std::size_t n_bytes = sizeof(*this) + key_.capacity();
    for (const auto& condition : conditions_) {
      n_bytes += condition->n_bytes();
    }
    return n_bytes;
  }
  [[nodiscard]] const std::vector<std::string>& paths() const noexcept override { return paths_; }
  [[nodiscard]] const std::vector<const IndexedCondition*>& indexed() const noexcept override {
    return indexed_;
  }
  [[nodiscard]] const std::string& key() const noexcept override { return key_; }
  [[nodiscard]] const std::optional<SinceFilter>& since() const noexcept override { return since_; }

 private:
  static constexpr std::size_t kMostIndexed =
      4;  // each of them is compared for each block of events
  Conditions conditions_;
  std::vector<const IndexedCondition*> indexed_;
  std::optional<SinceFilter> since_;
  std::vector<std::string> paths_;
  std::string key_;
};

}  // namespace

JsonRef read_filter_path(const EventView& event, std::string_view path) {
  return FilterPath(path).read(event);
}

tl::expected<std::shared_ptr<const Filter>, FilterError> Filter::compile(
    JsonRef filters, const FilterLimits& limits) {
  FilterCompiler compiler(limits);
  if (auto refusal = compiler.compile(filters)) {
    return tl::unexpected(std::move(*refusal));
  }
  auto filter = std::make_shared<const CompiledFilter>(std::move(compiler.conditions()),
                                                       std::move(compiler.since()));
  if (filter->n_bytes() > limits.max_bytes) {
    return tl::unexpected(
        FilterError{"filters", fmt::format("needs {} bytes of memory; at most {} are allowed",
                                           filter->n_bytes(), limits.max_bytes)});
  }
  return filter;
}

}  // namespace ringside
