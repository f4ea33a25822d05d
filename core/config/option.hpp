#pragma once
// Options: each one's name, type, unit, range, default and whether a reload takes it, in tables.
// Loading, validation, the commented default files, `ringside check` and the man pages all read the
// same tables.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace ringside {

enum class OptionType { kBool, kInteger, kBytes, kDuration, kString, kPath, kStringList };

// A parsed value; the member that the type calls for is set.
struct OptionValue {
  std::int64_t number = 0;  // kBool 0/1, kInteger, kBytes, kDuration in ms
  std::string text;
  std::vector<std::string> list;

  bool operator==(const OptionValue&) const = default;
};

// Checks that a type and a range cannot express (core/config/option_checks.hpp): the error message,
// to follow the option's name, or nothing when the value is valid.
using OptionCheck = std::optional<std::string> (*)(const OptionValue& value);

struct OptionSpec {
  std::string_view name;  // "ring.size"; in a vhost's protocol options "limit-connections-per-user"
  OptionType type = OptionType::kString;
  std::string_view default_text;  // as it would be written
  std::int64_t min =
      0;  // kInteger as it is, kBytes in bytes, kDuration in milliseconds, kStringList its length
  std::int64_t max = 0;
  bool reloadable = false;
  std::string_view help;  // one or more sentences, for people
  OptionCheck check = nullptr;
  std::int64_t granularity_ms = 1;  // kDuration: finer values are refused, not rounded
};

struct OptionError {
  std::string name;
  std::string message;   // "must be 64KiB to 64GiB, is \"12\""
  std::size_t line = 0;  // in the file, 0 where unknown
};

// Parses `text` as `spec` says: "64MiB", "10s", "250ms", "true", "a, b". Ranges are checked.
[[nodiscard]] tl::expected<OptionValue, OptionError> parse_option(const OptionSpec& spec,
                                                                  std::string_view text);
// Why the parsed `value` is not valid for `spec`, for granularity and `spec.check`; nothing when it is.
[[nodiscard]] std::optional<std::string> check_option(const OptionSpec& spec,
                                                      const OptionValue& value);
[[nodiscard]] std::string format_bytes(std::int64_t bytes);     // "64MiB"
[[nodiscard]] std::string format_duration_ms(std::int64_t ms);  // "10s"

}  // namespace ringside
