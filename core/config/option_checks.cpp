// Messages name the accepted values, because the reader has a file open and wants to know what to
// type.
#include "core/config/option_checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/un.h>

#include <algorithm>
#include <bit>
#include <string_view>

#include "core/base/socket_address.hpp"
#include "core/base/text.hpp"

namespace ringside::option_checks {
namespace {

using Finding = std::optional<std::string>;
using Words = std::vector<std::string_view>;

constexpr std::size_t kMaxSocketPath = sizeof(sockaddr_un::sun_path) - 1;

Finding must_be(std::string_view what, const OptionValue& value) {
  return fmt::format("must be {}, is \"{}\"", what, escape_controls(value.text));
}

// Names the first word of the list that is not one of `known`.
Finding unknown_word(const OptionValue& value, std::string_view what, const Words& known) {
  for (const std::string& word : value.list) {
    if (std::ranges::find(known, word) == known.end()) {
      return fmt::format("has no {} \"{}\"; use some of {}", what, escape_controls(word),
                         fmt::join(known, ", "));
    }
  }
  return std::nullopt;
}

Finding fits_a_socket(const OptionValue& value) {
  if (value.text.size() > kMaxSocketPath) {
    return fmt::format("is too long: the path of a socket has at most {} bytes, this one has {}",
                       kMaxSocketPath, value.text.size());
  }
  return std::nullopt;
}

}  // namespace

Finding log_level(const OptionValue& value) {
  const Words levels{"debug", "info", "warn", "error"};
  return std::ranges::find(levels, value.text) != levels.end()
             ? std::nullopt
             : must_be("debug, info, warn or error", value);
}

Finding log_format(const OptionValue& value) {
  return value.text == "text" || value.text == "json" ? std::nullopt
                                                      : must_be("text or json", value);
}

// What core/setup/log_server.cpp accepts; a layer above this one.
Finding nats_addresses(const OptionValue& value) {
  for (const std::string& url : value.list) {
    const bool has_scheme = url.starts_with("nats://") || url.starts_with("tls://");
    const std::string_view host =
        has_scheme ? std::string_view(url).substr(url.find("//") + 2) : std::string_view();
    if (host.empty() || host.find_first_of(" /\\\"'?#,@") != std::string_view::npos) {
      return fmt::format(
          "has \"{}\", which is not an address such as tls://log-1:4222 or nats://127.0.0.1:4222",
          escape_controls(url));
    }
  }
  return std::nullopt;
}

namespace {

bool has_only(std::string_view text, std::string_view others, std::size_t most) {
  return text.size() <= most && std::ranges::all_of(text, [others](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  others.find(c) != std::string_view::npos;
         });
}

}  // namespace

Finding stream_name(const OptionValue& value) {
  constexpr std::size_t kMost = 32;
  return !value.text.empty() && has_only(value.text, "-_", kMost)
             ? std::nullopt
             : must_be("1 to 32 letters, digits, - or _", value);
}

Finding node_name_or_empty(const OptionValue& value) {
  constexpr std::size_t kMost = 64;
  return has_only(value.text, "-_.", kMost)
             ? std::nullopt
             : must_be("at most 64 letters, digits, ., - or _", value);
}

Finding slow_policy(const OptionValue& value) {
  return value.text == "gap" || value.text == "close" ? std::nullopt
                                                      : must_be("gap or close", value);
}

Finding absolute_path(const OptionValue& value) {
  return value.text.starts_with('/') ? std::nullopt : must_be("an absolute path", value);
}

Finding absolute_path_or_empty(const OptionValue& value) {
  return value.text.empty() ? std::nullopt : absolute_path(value);
}

Finding https_address(const OptionValue& value) {
  return value.text.empty() || value.text.starts_with("https://")
             ? std::nullopt
             : must_be("an https:// address", value);
}

Finding socket_path_or_empty(const OptionValue& value) {
  if (auto why = absolute_path_or_empty(value)) {
    return why;
  }
  return fits_a_socket(value);
}

Finding listen_address_or_empty(const OptionValue& value) {
  if (value.text.empty()) {
    return std::nullopt;
  }
  if (value.text.find('/') != std::string::npos) {
    return socket_path_or_empty(value);
  }
  const auto parsed = parse_socket_address(value.text);
  return parsed ? std::nullopt : Finding("is wrong: " + escape_controls(parsed.error().message));
}

Finding file_mode(const OptionValue& value) {
  const bool is_octal = value.text.size() >= 3 && value.text.size() <= 4 &&
                        value.text.find_first_not_of("01234567") == std::string::npos;
  return is_octal ? std::nullopt : must_be("an octal file mode such as \"0660\"", value);
}

Finding power_of_two(const OptionValue& value) {
  const auto number = static_cast<std::uint64_t>(value.number);
  if (std::has_single_bit(number)) {
    return std::nullopt;
  }
  const auto above = std::bit_ceil(number);
  return fmt::format("must be a power of two, such as {} or {}",
                     format_bytes(static_cast<std::int64_t>(above / 2)),
                     format_bytes(static_cast<std::int64_t>(above)));
}

Finding history_sync(const OptionValue& value) {
  OptionSpec time;
  time.type = OptionType::kDuration;
  time.min = 100;
  time.max = 60'000;
  return value.text == "batch" || parse_option(time, value.text)
             ? std::nullopt
             : must_be("\"batch\" or a time from 100ms to 1min", value);
}

Finding redact_patterns(const OptionValue& value) {
  return unknown_word(value, "pattern",
                      {"jwt", "pem", "aws", "token", "url", "card", "assignment", "email"});
}

Finding redact_pii(const OptionValue& value) {
  return unknown_word(value, "kind of personal data", {"email", "phone", "iban", "national_id"});
}

}  // namespace ringside::option_checks
