// The meaning of a value is determined once, when the filter is compiled: a string carries the number
// and the boolean that it spells, so that a comparison never parses or allocates.
#include "core/policy/filter_value.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "core/base/text.hpp"
#include "core/policy/filter_index.hpp"

namespace ringside {
namespace {

constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

}  // namespace

std::optional<FilterValue::Number> FilterValue::number_of(JsonRef value) noexcept {
  if (const auto integer = value.as_integer()) {
    return Number{static_cast<double>(*integer), *integer};
  }
  const auto real = value.as_number();
  if (!real) {
    return std::nullopt;
  }
  Number number{*real, std::nullopt};
  if (std::trunc(*real) == *real && std::abs(*real) <= kExactIntegers) {
    number.integer = static_cast<std::int64_t>(*real);
  }
  return number;
}

// A number as JSON writes it: no "inf", no leading '+' or '.'.
std::optional<FilterValue::Number> FilterValue::number_in(std::string_view text) noexcept {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || digits.front() < '0' || digits.front() > '9') {
    return std::nullopt;
  }
  const char* const end = text.data() + text.size();
  std::int64_t integer = 0;
  if (const auto [at, error] = std::from_chars(text.data(), end, integer);
      error == std::errc() && at == end) {
    return Number{static_cast<double>(integer), integer};
  }
  Number number;
  const auto [at, error] = std::from_chars(text.data(), end, number.real);
  if (error != std::errc() || at != end) {
    return std::nullopt;
  }
  if (std::trunc(number.real) == number.real && std::abs(number.real) <= kExactIntegers) {
    number.integer = static_cast<std::int64_t>(number.real);
  }
  return number;
}

std::optional<FilterValue> FilterValue::from(JsonRef value) {
  FilterValue made;
  if (const auto text = value.as_string()) {
    made.text_ = *text;
    made.number_ = number_in(*text);
    if (*text == "true" || *text == "false") {
      made.truth_ = *text == "true";
    }
    return made;
  }
  made.number_ = number_of(value);
  made.truth_ = value.as_bool();
  if (!made.number_ && !made.truth_) {
    return std::nullopt;
  }
  return made;
}

bool FilterValue::equals_scalar(JsonRef member) const noexcept {
  if (const auto text = member.as_string()) {
    return text_ && *text == *text_;
  }
  if (const auto truth = member.as_bool()) {
    return truth_ && *truth == *truth_;
  }
  if (!number_ || !member.is_number()) {
    return false;
  }
  const auto number = number_of(member);
  return number && (number->integer && number_->integer ? *number->integer == *number_->integer
                                                        : number->real == number_->real);
}

bool FilterValue::equals(JsonRef member) const noexcept {
  if (!member.is_array()) {
    return equals_scalar(member);
  }
  for (std::size_t i = 0; i < member.size(); ++i) {
    if (equals_scalar(member[i])) {
      return true;
    }
  }
  return false;
}

void FilterValue::append_hashes(std::vector<std::uint32_t>& out) const {
  if (text_) {
    out.push_back(hash_member_text(*text_));
  }
  if (number_) {
    out.push_back(hash_member_number(number_->real));
  }
  if (truth_) {
    out.push_back(hash_member_truth(*truth_));
  }
}

void FilterValue::append_key(std::string& out) const {
  if (text_) {
    append_json_string(out, *text_);
  } else if (truth_) {
    out += *truth_ ? "true" : "false";
  } else if (number_ && number_->integer) {
    fmt::format_to(std::back_inserter(out), "{}", *number_->integer);
  } else if (number_) {
    fmt::format_to(std::back_inserter(out), "{}", number_->real);
  }
}

}  // namespace ringside
