// A refusal names its line; refusals that were too many to be sent are summed up in one answer
// without a line; and a connection that is not wanted is refused as a whole, which counts no event.
#include "cli/worker_answer.hpp"

#include <algorithm>

#include "core/base/json.hpp"

namespace ringside::cli {
namespace {

std::uint64_t count_of(std::optional<std::int64_t> number) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(number.value_or(0), 0));
}

}  // namespace

std::optional<WorkerAnswer> parse_worker_answer(std::string_view line) {
  const auto parsed = Json::parse(line);
  if (!parsed || !parsed->ref().is_object()) {
    return std::nullopt;
  }
  const Json& answer = *parsed;
  WorkerAnswer out;
  if (const auto ack = answer["ack"].as_integer()) {
    out.n_acknowledged = count_of(ack);
  }
  if (answer["error"].present()) {
    out.error = std::string(answer["message"].as_string().value_or("rejected"));
    if (const auto number = answer["line"].as_integer()) {
      out.line = count_of(*number - 1);
      out.n_rejected = 1;
    } else {
      out.n_rejected = count_of(answer["count"].as_integer());
    }
  }
  return out;
}

}  // namespace ringside::cli
