// A fraction counts only where it is alone or in brackets: "/3/8/" is a path, and 11/26/2026 a day.
#include "cli/run/progress_finder.hpp"

#include <re2/re2.h>

#include <array>
#include <charconv>

#include "core/base/text.hpp"

namespace ringside::cli {
namespace {

const re2::RE2& percentage() {
  static const re2::RE2 kExpression(R"((?:^|[^\w.,/-])(\d{1,3}(?:\.\d+)?) ?%)");
  return kExpression;
}

const re2::RE2& fraction() {
  static const re2::RE2 kExpression(
      R"((?:^|[\s(\[])\s*(\d{1,9}(?:\.\d+)?)\s?/\s?(\d{1,9}(?:\.\d+)?)(?:$|[\s)\]:,;]|\.(?:\s|$)))");
  return kExpression;
}

std::optional<double> number_of(re2::StringPiece text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

// The percentage that a match's groups say.
std::optional<double> percent_of(re2::StringPiece first, re2::StringPiece second) {
  const auto part = number_of(first);
  if (!part || second.data() == nullptr) {
    return part && *part >= 0 && *part <= 100 ? part : std::nullopt;
  }
  const auto whole = number_of(second);
  return whole && *whole > 0 && *part >= 0 && *part <= *whole ? std::optional(100 * *part / *whole)
                                                              : std::nullopt;
}

std::optional<double> last_match(const re2::RE2& expression, std::string_view text) {
  const re2::StringPiece whole(text.data(), text.size());
  std::array<re2::StringPiece, 3> groups;
  std::optional<double> found;
  const int n_groups = 1 + std::min(2, expression.NumberOfCapturingGroups());
  for (std::size_t at = 0; at <= text.size();) {
    if (!expression.Match(whole, at, text.size(), re2::RE2::UNANCHORED, groups.data(), n_groups)) {
      break;
    }
    if (const auto percent = percent_of(groups[1], groups[2])) {
      found = percent;
    }
    // What is after the number may be what is before the next one.
    const re2::StringPiece& last = groups[2].data() != nullptr ? groups[2] : groups[1];
    const re2::StringPiece& seen = last.data() != nullptr ? last : groups[0];
    at = std::max(static_cast<std::size_t>(seen.data() + seen.size() - text.data()), at + 1);
    groups = {};
  }
  return found;
}

}  // namespace

ProgressFinder::ProgressFinder() = default;
ProgressFinder::ProgressFinder(ProgressFinder&&) noexcept = default;
ProgressFinder& ProgressFinder::operator=(ProgressFinder&&) noexcept = default;
ProgressFinder::~ProgressFinder() = default;

Result<ProgressFinder> ProgressFinder::of(const std::string& expression) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  ProgressFinder finder;
  finder.own_ = std::make_unique<re2::RE2>(expression, options);
  if (!finder.own_->ok()) {
    return fail("--progress: " + finder.own_->error());
  }
  if (finder.own_->NumberOfCapturingGroups() < 1) {
    return fail(
        "--progress: the expression needs a group for the percentage, as in \"(\\d+) %\", "
        "or two, as in \"(\\d+) of (\\d+)\"");
  }
  return finder;
}

std::optional<double> ProgressFinder::find(std::string_view text) const {
  text = text.substr(text.size() - std::min(text.size(), kLongestText));
  if (own_) {
    return last_match(*own_, text);
  }
  if (text.find('%') != std::string_view::npos) {
    if (const auto percent = last_match(percentage(), text)) {
      return percent;
    }
  }
  return text.find('/') != std::string_view::npos ? last_match(fraction(), text) : std::nullopt;
}

}  // namespace ringside::cli
