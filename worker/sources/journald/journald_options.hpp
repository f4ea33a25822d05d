#pragma once
// [sources.journald] of ringside.toml.

#include <array>
#include <memory>

#include "core/config/binding.hpp"

namespace ringside {

class BuiltinSource;
struct SourceContext;

struct JournaldOptions {
  bool enabled = false;

  static constexpr auto bindings() {
    return std::array{
        bind_option<&JournaldOptions::enabled>({"sources.journald.enabled", OptionType::kBool,
                                                "false", 0, 0, true,
                                                "Follow this machine's journal."}),
    };
  }

  [[nodiscard]] bool is_wanted() const noexcept { return enabled; }
  static std::unique_ptr<BuiltinSource> make(const SourceContext& context, JournaldOptions options);
};

}  // namespace ringside
