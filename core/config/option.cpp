// Values are written as people write them ("64MiB", "10s") and errors say what would have been
// right, because whoever reads them has a file open and wants to know what to type.
#include "core/config/option.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "core/base/text.hpp"

namespace ringside {
namespace {

struct Unit {
  std::string_view suffix;
  std::int64_t factor;
};

constexpr std::array kByteUnits{Unit{"GiB", 1ll << 30}, Unit{"MiB", 1ll << 20},
                                Unit{"KiB", 1ll << 10}, Unit{"B", 1}};
constexpr std::array kTimeUnits{Unit{"ms", 1}, Unit{"s", 1000}, Unit{"min", 60'000},
                                Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};

// A whole number, or a decimal one where a unit follows ("1.5s").
template <std::size_t N>
std::optional<std::int64_t> parse_with_unit(std::string_view text,
                                            const std::array<Unit, N>& units) {
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || number < 0) {
    return std::nullopt;
  }
  const std::string_view suffix = trim(text.substr(static_cast<std::size_t>(end - text.data())));
  for (const Unit& unit : units) {
    if (suffix == unit.suffix || (suffix.empty() && unit.factor == 1)) {
      const double value = number * static_cast<double>(unit.factor);
      return value < 9e18 && value == std::floor(value)
                 ? std::optional(static_cast<std::int64_t>(value))
                 : std::nullopt;
    }
  }
  return std::nullopt;
}

template <std::size_t N>
std::string format_with_unit(std::int64_t value, const std::array<Unit, N>& units) {
  const Unit* best = nullptr;
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0 && (best == nullptr || unit.factor > best->factor)) {
      best = &unit;
    }
  }
  return best == nullptr ? fmt::format("{}", value)
                         : fmt::format("{}{}", value / best->factor, best->suffix);
}

std::string format_number(const OptionSpec& spec, std::int64_t value) {
  switch (spec.type) {
    case OptionType::kBytes:
      return format_bytes(value);
    case OptionType::kDuration:
      return format_duration_ms(value);
    default:
      return fmt::format("{}", value);
  }
}

std::string_view kind_of(OptionType type) {
  switch (type) {
    case OptionType::kBool:
      return "true or false";
    case OptionType::kInteger:
      return "a whole number";
    case OptionType::kBytes:
      return "a size such as 64KiB or 16MiB";
    case OptionType::kDuration:
      return "a time such as 250ms, 10s or 5min";
    case OptionType::kString:
    case OptionType::kPath:
      return "text";
    case OptionType::kStringList:
      return "a list";
  }
  return "text";
}

tl::unexpected<OptionError> refuse(const OptionSpec& spec, std::string_view what,
                                   std::string_view text) {
  return tl::unexpected(
      OptionError{std::string(spec.name),
                  fmt::format("must be {}, is \"{}\"", what, escape_controls(text)), 0});
}

}  // namespace

std::string format_bytes(std::int64_t bytes) { return format_with_unit(bytes, kByteUnits); }

std::string format_duration_ms(std::int64_t ms) { return format_with_unit(ms, kTimeUnits); }

tl::expected<OptionValue, OptionError> parse_option(const OptionSpec& spec, std::string_view text) {
  OptionValue value;
  const std::string_view trimmed = trim(text);
  std::optional<std::int64_t> number;
  switch (spec.type) {
    case OptionType::kBool:
      if (trimmed != "true" && trimmed != "false") {
        return refuse(spec, kind_of(spec.type), text);
      }
      value.number = trimmed == "true" ? 1 : 0;
      return value;
    case OptionType::kString:
    case OptionType::kPath:
      value.text = trimmed;
      if (value.text.find('\0') != std::string::npos) {
        return refuse(spec, "text without NUL", text);
      }
      return value;
    case OptionType::kStringList:
      for (const std::string_view piece : split(trimmed, ',')) {
        if (!trim(piece).empty()) {
          value.list.emplace_back(trim(piece));
        }
      }
      return value;
    case OptionType::kInteger: {
      std::size_t parsed = 0;
      if (parse_u64(trimmed, parsed) && parsed <= static_cast<std::size_t>(INT64_MAX)) {
        number = static_cast<std::int64_t>(parsed);
      }
      break;
    }
    case OptionType::kBytes:
      number = parse_with_unit(trimmed, kByteUnits);
      break;
    case OptionType::kDuration:
      number = parse_with_unit(trimmed, kTimeUnits);
      break;
  }
  if (!number) {
    return refuse(spec, kind_of(spec.type), text);
  }
  if (*number < spec.min || *number > spec.max) {
    return refuse(spec, format_number(spec, spec.min) + " to " + format_number(spec, spec.max),
                  text);
  }
  value.number = *number;
  return value;
}

std::optional<std::string> check_option(const OptionSpec& spec, const OptionValue& value) {
  if (spec.type == OptionType::kDuration && value.number % spec.granularity_ms != 0) {
    return fmt::format(
        "must be whole seconds, such as \"30s\", is {} ms (a number without a unit is "
        "milliseconds)",
        value.number);
  }
  return spec.check == nullptr ? std::nullopt : spec.check(value);
}

}  // namespace ringside
