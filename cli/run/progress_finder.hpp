#pragma once
// ProgressFinder: how far a command is, as far as a line of its output says so.
//   Threads: one; const calls are safe from several. Cost: a search for "%" and "/" where none is
//   found; linear time otherwise (RE2), and only in the last kLongestText bytes.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace re2 {
class RE2;
}

namespace ringside::cli {

class ProgressFinder {
 public:
  static constexpr std::size_t kLongestText = 1024;

  ProgressFinder();  // "42%", "[3/8]"
  // An expression whose first group is a percentage or, with a second one, the part of a whole.
  // Errors: it does not compile, or has no group.
  [[nodiscard]] static Result<ProgressFinder> of(const std::string& expression);

  ProgressFinder(ProgressFinder&&) noexcept;
  ProgressFinder& operator=(ProgressFinder&&) noexcept;
  ~ProgressFinder();

  // 0 to 100: the last that `text` has.
  [[nodiscard]] std::optional<double> find(std::string_view text) const;

 private:
  std::unique_ptr<re2::RE2> own_;  // of --progress
};

}  // namespace ringside::cli
