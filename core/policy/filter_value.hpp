#pragma once
// FilterValue: one value that a filter compares members of events with. Private to core/policy.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"

namespace ringside {

class FilterValue {
 public:
  // From a string, a number or a boolean; nothing from any other kind.
  [[nodiscard]] static std::optional<FilterValue> from(JsonRef value);

  // Whether `member` equals this value; for an array, whether one of its elements does.
  //   Strings compare exactly, numbers by value. A string also equals the number or the boolean that it spells, because
  //   filters in a URL are always strings.
  [[nodiscard]] bool equals(JsonRef member) const noexcept;

  // Appends the hashes of all members that equal this value; see core/policy/filter_index.hpp.
  void append_hashes(std::vector<std::uint32_t>& out) const;

  // Appended text is the same for values that select the same.
  void append_key(std::string& out) const;
  [[nodiscard]] std::size_t n_bytes() const noexcept {
    return sizeof(*this) + (text_ ? text_->capacity() : 0);
  }

 private:
  struct Number {
    double real = 0;
    std::optional<std::int64_t> integer;  // set where it is exact
  };
  FilterValue() = default;
  [[nodiscard]] static std::optional<Number> number_of(JsonRef value) noexcept;
  [[nodiscard]] static std::optional<Number> number_in(std::string_view text) noexcept;
  [[nodiscard]] bool equals_scalar(JsonRef member) const noexcept;

  std::optional<std::string> text_;
  std::optional<Number> number_;
  std::optional<bool> truth_;
};

}  // namespace ringside
