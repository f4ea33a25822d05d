// How a message of the log looks in JetStream: the numbers are headers, the events the body.
#include <fmt/format.h>

#include <charconv>
#include <cinttypes>

#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "worker/cluster/nats_link.hpp"

namespace ringside::cluster::nats {
namespace {

constexpr const char* kSubject = "ringside.log";
constexpr const char* kFormat = "1";  // raised when a reader of the former one would be wrong

[[nodiscard]] std::string_view header_of(natsMsg* message, const char* name) {
  const char* value = nullptr;
  return natsMsgHeader_Get(message, name, &value) == NATS_OK && value != nullptr
             ? std::string_view(value)
             : std::string_view();
}

template <class Number>
[[nodiscard]] bool read_number(natsMsg* message, const char* name, Number& out, int base = 10) {
  const std::string_view text = header_of(message, name);
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return code == std::errc() && end == text.data() + text.size();
}

}  // namespace

// A message without our headers continues no history: its number is used all the same.
std::optional<LogMessage> read_message(natsMsg* message, std::uint64_t number,
                                       std::int64_t time_ns) {
  LogMessage out;
  out.number = number;
  out.time = wall_from_ns(time_ns);
  const int n_bytes = natsMsg_GetDataLength(message);
  if (n_bytes > 0) {
    out.body.assign(natsMsg_GetData(message), static_cast<std::size_t>(n_bytes));
  }
  out.node = header_of(message, "Ringside-Node");
  const std::string_view format = header_of(message, "Ringside-Format");
  if (!format.empty() && format != kFormat) {
    return std::nullopt;
  }
  const bool is_whole = read_number(message, "Ringside-Epoch", out.epoch.value, 16) &&
                        read_number(message, "Ringside-Base", out.base) &&
                        read_number(message, "Ringside-Count", out.count) &&
                        read_number(message, "Ringside-Chain", out.chain, 16) &&
                        read_number(message, "Ringside-Outbox", out.incarnation, 16) &&
                        read_number(message, "Ringside-N", out.first_n);
  const std::string_view past = header_of(message, "Ringside-Past");
  if (const auto id = parse_event_id(past)) {
    out.previous_epoch = id->epoch;
    out.valid_through = id->seq;
  }
  if (!is_whole || format.empty()) {
    LogMessage foreign;
    foreign.number = number;
    foreign.time = out.time;
    return foreign;
  }
  return out;
}

Message write_message(const LogMessage& message, const std::string& reply,
                      std::uint64_t expected_last) {
  natsMsg* made = nullptr;
  if (natsMsg_Create(&made, kSubject, reply.c_str(), message.body.data(),
                     static_cast<int>(message.body.size())) != NATS_OK) {
    return nullptr;
  }
  Message out(made);
  const auto set = [made](const char* name, const std::string& value) {
    return natsMsgHeader_Set(made, name, value.c_str()) == NATS_OK;
  };
  const bool is_whole =
      set("Nats-Expected-Last-Subject-Sequence", std::to_string(expected_last)) &&
      set("Ringside-Format", kFormat) && set("Ringside-Epoch", format_epoch(message.epoch)) &&
      set("Ringside-Base", std::to_string(message.base)) &&
      set("Ringside-Count", std::to_string(message.count)) &&
      set("Ringside-Chain", fmt::format("{:016x}", message.chain)) &&
      set("Ringside-Node", message.node) &&
      set("Ringside-Outbox", fmt::format("{:016x}", message.incarnation)) &&
      set("Ringside-N", std::to_string(message.first_n)) &&
      (message.previous_epoch == Epoch{} ||
       set("Ringside-Past", format_event_id({message.previous_epoch, message.valid_through})));
  return is_whole ? std::move(out) : nullptr;
}

Answer read_answer(std::string_view json) {
  constexpr std::int64_t kWrongLastSequence = 10071;
  Answer answer;
  const auto parsed = Json::parse(json);
  if (!parsed) {
    answer.error = "an answer that cannot be read";
    return answer;
  }
  const JsonRef error = (*parsed)["error"];
  if (!error.present()) {
    // Without a sequence it is no confirmation: 2.10 answers so for what it has not stored yet.
    const bool stored = (*parsed)["seq"].as_integer().value_or(0) > 0;
    answer.outcome = stored ? AppendOutcome::kTaken : AppendOutcome::kUnknown;
    return answer;
  }
  const std::string_view text = error["description"].as_string().value_or("");
  if (error["err_code"].as_integer() != kWrongLastSequence) {
    answer.error = escape_controls(text);
    return answer;
  }
  answer.outcome = AppendOutcome::kConflict;
  const std::size_t colon = text.rfind(": ");
  std::uint64_t last = 0;
  if (colon != std::string_view::npos &&
      std::from_chars(text.data() + colon + 2, text.data() + text.size(), last).ec == std::errc()) {
    answer.last = last;
  }
  return answer;
}

}  // namespace ringside::cluster::nats
