#pragma once
// Checks of option values that a type and a range cannot express, for OptionSpec::check. Each
// returns what to print after the option's name, or nothing when the value is valid.
//
// Threads: pure.

#include "core/config/option.hpp"

namespace ringside::option_checks {

// "debug", "info", "warn" or "error".
[[nodiscard]] std::optional<std::string> log_level(const OptionValue& value);
[[nodiscard]] std::optional<std::string> log_format(const OptionValue& value);
// "gap" or "close".
[[nodiscard]] std::optional<std::string> slow_policy(const OptionValue& value);
// Starts with '/'.
[[nodiscard]] std::optional<std::string> absolute_path(const OptionValue& value);
[[nodiscard]] std::optional<std::string> https_address(const OptionValue& value);
// Empty, or starts with '/'.
[[nodiscard]] std::optional<std::string> absolute_path_or_empty(const OptionValue& value);
// Empty, or an absolute path that fits into sockaddr_un.
[[nodiscard]] std::optional<std::string> socket_path_or_empty(const OptionValue& value);
// Empty, an absolute path that fits into sockaddr_un, or an address that
// core/base/socket_address.hpp accepts.
[[nodiscard]] std::optional<std::string> listen_address_or_empty(const OptionValue& value);
// Three or four octal digits.
[[nodiscard]] std::optional<std::string> file_mode(const OptionValue& value);
[[nodiscard]] std::optional<std::string> power_of_two(const OptionValue& value);
// A list of "nats://host:port" or "tls://host:port"; the port may be missing.
[[nodiscard]] std::optional<std::string> nats_addresses(const OptionValue& value);
// Letters, digits, '-' and '_', at most 32.
[[nodiscard]] std::optional<std::string> stream_name(const OptionValue& value);
// Empty, or letters, digits, '.', '-' and '_', at most 64.
[[nodiscard]] std::optional<std::string> node_name_or_empty(const OptionValue& value);
// "batch", or a time from 100ms to 1min.
[[nodiscard]] std::optional<std::string> history_sync(const OptionValue& value);
[[nodiscard]] std::optional<std::string> redact_patterns(const OptionValue& value);
[[nodiscard]] std::optional<std::string> redact_pii(const OptionValue& value);

}  // namespace ringside::option_checks
