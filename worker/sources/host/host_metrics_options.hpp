#pragma once
// [sources.host_metrics] of ringside.toml.

#include <array>
#include <chrono>
#include <memory>

#include "core/config/binding.hpp"

namespace ringside {

class BuiltinSource;
struct SourceContext;

struct HostMetricsOptions {
  bool enabled = false;
  std::chrono::milliseconds interval{0};
  std::chrono::milliseconds check_interval{0};  // of SystemHealthUpdate

  static constexpr auto bindings() {
    using O = HostMetricsOptions;
    constexpr std::int64_t kDayMs = 86'400'000;
    return std::array{
        bind_option<&O::enabled>({"sources.host_metrics.enabled", OptionType::kBool, "true", 0, 0,
                                  true, "CPU, memory, disks, network and load of this machine."}),
        bind_option<&O::interval>({"sources.host_metrics.interval", OptionType::kDuration, "5s",
                                   100, kDayMs, true, "How often they are measured."}),
        bind_option<&O::check_interval>(
            {"sources.host_metrics.check_interval", OptionType::kDuration, "30s", 1000, kDayMs,
             true,
             "How often the machine's health is sent (SystemHealthUpdate); a change is sent at "
             "once."}),
    };
  }

  [[nodiscard]] bool is_wanted() const noexcept { return enabled; }
  static std::unique_ptr<BuiltinSource> make(const SourceContext& context,
                                             HostMetricsOptions options);
};

}  // namespace ringside
