#pragma once
// [sources.statsd] of ringside.toml.

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "core/config/binding.hpp"
#include "core/config/option_checks.hpp"

namespace ringside {

class BuiltinSource;
struct SourceContext;

struct StatsdOptions {
  std::string listen;  // an address or the path of a socket; empty: no StatsD source
  std::chrono::milliseconds interval{0};

  static constexpr auto bindings() {
    using O = StatsdOptions;
    constexpr std::int64_t kDayMs = 86'400'000;
    return std::array{
        bind_option<&O::listen>({"sources.statsd.listen", OptionType::kString, "", 0, 0, true,
                                 "Where StatsD datagrams are received: \"127.0.0.1:8125\" or the "
                                 "path of a socket, which gets the mode events.socket_mode; empty "
                                 "for none.",
                                 &option_checks::listen_address_or_empty}),
        bind_option<&O::interval>({"sources.statsd.interval", OptionType::kDuration, "10s", 100,
                                   kDayMs, true,
                                   "How often StatsD values are summed up and sent."}),
    };
  }

  [[nodiscard]] bool is_wanted() const noexcept { return !listen.empty(); }
  static std::unique_ptr<BuiltinSource> make(const SourceContext& context, StatsdOptions options);
};

}  // namespace ringside
