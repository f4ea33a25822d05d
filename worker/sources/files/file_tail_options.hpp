#pragma once
// [sources.files] of ringside.toml.

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/config/binding.hpp"

namespace ringside {

class BuiltinSource;
struct SourceContext;

struct FileTailOptions {
  std::vector<std::string> paths;  // globs
  bool join_lines = false;

  static constexpr auto bindings() {
    using O = FileTailOptions;
    return std::array{
        bind_option<&O::paths>({"sources.files.paths", OptionType::kStringList, "", 0, 0, true,
                                "Log files to follow, as globs: [\"/var/log/*.log\"]."}),
        bind_option<&O::join_lines>({"sources.files.join_lines", OptionType::kBool, "true", 0, 0,
                                     true,
                                     "Whether indented lines, as of a stack trace, are joined to "
                                     "the line before them."}),
    };
  }

  [[nodiscard]] bool is_wanted() const noexcept { return !paths.empty(); }
  static std::unique_ptr<BuiltinSource> make(const SourceContext& context, FileTailOptions options);
};

}  // namespace ringside
