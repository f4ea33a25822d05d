// Rounded so that a line of status stays readable; exact figures are what --json is for.
#include "cli/duration.hpp"

#include <fmt/format.h>

#include "core/config/option.hpp"

namespace ringside::cli {

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::string spelled(text);
  if (spelled.size() > 1 && spelled.back() == 'm') {
    spelled += "in";
  }
  OptionSpec spec;
  spec.type = OptionType::kDuration;
  spec.min = 0;
  spec.max = 3650ll * 86'400'000;
  const auto parsed = parse_option(spec, spelled);
  if (!parsed) {
    return std::nullopt;
  }
  return std::chrono::milliseconds(parsed->number);
}

std::string describe_duration(std::chrono::milliseconds span) {
  const auto ms = span.count();
  if (ms < 1000) {
    return fmt::format("{} ms", ms);
  }
  if (ms < 60'000) {
    return fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
  }
  const auto minutes = ms / 60'000;
  if (minutes < 60) {
    return fmt::format("{} min", minutes);
  }
  if (minutes < 48 * 60) {
    return fmt::format("{} h {} min", minutes / 60, minutes % 60);
  }
  return fmt::format("{} days", minutes / 1440);
}

std::string describe_bytes(std::uint64_t n_bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(n_bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", n_bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string describe_count(std::uint64_t n) {
  std::string digits = fmt::format("{}", n);
  for (std::size_t at = digits.size(); at > 3; at -= 3) {
    digits.insert(at - 3, 1, ',');
  }
  return digits;
}

}  // namespace ringside::cli
