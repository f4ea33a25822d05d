// A ring of its own, so that a producer that sends garbage all day cannot push out the events of
// others, and so that a subscriber never meets an EventRejected among them. One mebibyte holds the
// last one or two thousand.
#include "worker/rejects.hpp"

#include <algorithm>

#include "core/base/json.hpp"
#include "core/base/json_escape.hpp"
#include "core/base/text.hpp"
#include "core/event/type.hpp"

namespace ringside {
namespace {

// Redaction comes before cutting, or a secret that lies across the cut would not be known for one;
// but not without a bound.
constexpr std::size_t kMaxLookedAtBytes = 8192;

// Redacted as the event that it was meant to be, where it can be read as one.
std::string redacted(std::string_view text, Redactor& redactor) {
  const std::string repaired = repaired_json(text).value_or(std::string(text));
  if (const auto parsed = Json::parse(repaired, {.allow_duplicates = true});
      parsed && (parsed->ref().is_object() || parsed->ref().is_array())) {
    redactor.redact(parsed->ref());
    return parsed->dump();
  }
  return redactor.redact_text(without_ascii_escapes(text));
}

std::string shown(std::string_view text, Redactor& redactor) {
  // One that is too long to be looked at whole may end in a secret that is cut in two.
  const std::string looked_at = to_valid_utf8(text.substr(0, kMaxLookedAtBytes));
  std::string out = escape_controls(redacted(looked_at, redactor));
  if (out.size() > Rejects::kMaxTextBytes) {
    std::size_t end = Rejects::kMaxTextBytes;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) {
      --end;
    }
    out.resize(end);
  }
  return out;
}

// Parser errors quote the input, which may contain a secret; strip the quote. The text itself is
// next to the message, redacted.
std::string without_excerpt(std::string_view message) {
  std::string out(message.substr(0, message.find(" near ")));
  if (const auto place = message.rfind(" (byte ");
      place != std::string_view::npos && out.size() < message.size()) {
    out += message.substr(place);
  }
  return out;
}

}  // namespace

void Rejects::add(const Rejection& rejection, std::string_view text, const EventOrigin& origin,
                  WallTime received, Redactor& redactor) {
  Json data = Json::object();
  // Names of members are the sender's, and may be a secret themselves.
  data.set("reason", redactor.redact_text(without_excerpt(rejection.message)));
  if (!rejection.member.empty()) {
    data.set("member", redactor.redact_text(rejection.member));
  }
  data.set("source", origin.source);
  if (origin.line != 0) {
    data.set("line", origin.line);
  }
  data.set("bytes", std::uint64_t{text.size()}).set("text", shown(text, redactor));
  Json metadata = Json::object();
  if (origin.uid) {
    metadata.set("uid", std::uint64_t{*origin.uid});
  }
  if (origin.pid) {
    metadata.set("pid", std::uint64_t{*origin.pid});
  }
  if (!origin.producer.empty()) {
    metadata.set("producer", origin.producer);
  }
  constexpr std::string_view kName = "EventRejected";
  Json event = Json::object();
  event.set("event_type", kName)
      .set("timestamp", format_rfc3339(received))
      .set("data", data)
      .set("metadata", metadata)
      .set("id", format_event_id({ring_.epoch(), ring_.next_seq()}));
  if (const std::string record = event.dump();
      kName.size() + record.size() <= ring_.max_record_bytes()) {
    ring_.append(static_cast<std::uint8_t>(EventType::kCustom), kName, record, received);
    appended_ = true;
  }
}

void Rejects::end_turn() noexcept {
  if (appended_) {
    ring_.wake();
    appended_ = false;
  }
}

}  // namespace ringside
