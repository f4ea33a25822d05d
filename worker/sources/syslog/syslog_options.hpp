#pragma once
// [sources.syslog] of ringside.toml.

#include <array>
#include <memory>
#include <string>

#include "core/config/binding.hpp"
#include "core/config/option_checks.hpp"

namespace ringside {

class BuiltinSource;
struct SourceContext;

struct SyslogOptions {
  std::string socket;  // empty: no syslog source

  static constexpr auto bindings() {
    return std::array{
        bind_option<&SyslogOptions::socket>(
            {"sources.syslog.socket", OptionType::kPath, "", 0, 0, true,
             "A datagram socket to create for syslog messages, with the mode events.socket_mode; "
             "empty for none.",
             &option_checks::socket_path_or_empty}),
    };
  }

  [[nodiscard]] bool is_wanted() const noexcept { return !socket.empty(); }
  static std::unique_ptr<BuiltinSource> make(const SourceContext& context, SyslogOptions options);
};

}  // namespace ringside
