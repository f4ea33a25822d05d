// Every answer that says "later" is one to repeat; so is one that is not ours, since a proxy in between may be restarting.
#include "cli/http_batch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/json.hpp"
#include "core/base/text.hpp"

namespace ringside::cli {
namespace {

constexpr unsigned kMaxRetryAfter = 60;

[[nodiscard]] bool is_for_later(long status) noexcept {
  return status == 408 || status == 409 || status == 425 || status == 429 || status >= 500;
}

[[nodiscard]] std::uint64_t count_of(JsonRef value) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, value.as_integer().value_or(0)));
}

}  // namespace

void HttpBatch::add(std::string_view line) {
  ++n_lines_;
  if (trim(line).empty()) {
    return;
  }
  body_ += line;
  body_ += '\n';
  lines_.push_back(n_lines_);
}

std::uint64_t HttpBatch::line_of(std::uint64_t index) const noexcept {
  return index < lines_.size() ? lines_[index] : 0;
}

void HttpBatch::clear() noexcept {
  body_.clear();
  lines_.clear();
}

HttpAnswer parse_http_answer(long status, std::string_view body) {
  HttpAnswer answer;
  const auto json = Json::parse(body);
  const JsonRef object = json ? json->ref() : JsonRef();
  answer.n_accepted = count_of(object["accepted"]);
  object["rejected"].for_each_element([&](JsonRef each) {
    answer.rejected.push_back(
        {count_of(each["index"]), std::string(each["message"].as_string().value_or(""))});
    return true;
  });
  answer.n_rejected =
      std::max<std::uint64_t>(count_of(object["rejected_total"]), answer.rejected.size());
  const std::string_view error = object["error"].as_string().value_or("");
  if ((status == 200 && object["accepted"].present()) || error == "invalid_events") {
    answer.verdict = HttpAnswer::Verdict::kDone;
    return answer;
  }
  const std::string_view message = object["message"].as_string().value_or("");
  answer.message =
      message.empty()
          ? fmt::format("the server answers {} with something else than Ringside's form", status)
          : fmt::format("{} ({} {})", escape_controls(message), status, error);
  answer.verdict =
      is_for_later(status) ? HttpAnswer::Verdict::kTryAgain : HttpAnswer::Verdict::kFailed;
  return answer;
}

std::optional<unsigned> parse_retry_after(std::string_view value) {
  std::size_t seconds = 0;
  if (!parse_u64(trim(value), seconds)) {
    return std::nullopt;
  }
  return static_cast<unsigned>(std::min<std::size_t>(seconds, kMaxRetryAfter));
}

std::optional<std::string> events_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view name = url.substr(0, scheme);
  const std::string_view rest = url.substr(scheme + 3);
  if ((!equals_ignoring_case(name, "https") && !equals_ignoring_case(name, "http")) ||
      rest.empty() || rest.front() == '/' || rest.find_first_of("?#@ ") != std::string_view::npos) {
    return std::nullopt;
  }
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash + 1 == rest.size()) {
    return fmt::format("{}://{}/events", name, rest.substr(0, slash));
  }
  return std::string(url);
}

}  // namespace ringside::cli
